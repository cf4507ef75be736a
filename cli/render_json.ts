/**
 * A backtrace as one JSON object, written thread by thread: the shape of `Backtrace` in the kernel, which is what
 * programs may rely on.
 *
 * @module
 */
import { formatAddress } from "../formats/base/address.ts";
import {
  type BacktraceHead,
  type FrameBuffer,
  FrameFlag,
  sourcePath,
  type StopReason,
  TABLE_NAMES,
} from "../kernel/reader.ts";
import {
  FrameNames,
  type NamedFrame,
  type NameOptions,
  type NameSource,
} from "./frame_names.ts";
import type { ThreadFacts } from "./render_text.ts";
import type { TextOutput } from "./text_output.ts";

const ENCODER = new TextEncoder();
const COMMA = ENCODER.encode(",");
const NULL = ENCODER.encode("null");
const TABLES: readonly Uint8Array[] = TABLE_NAMES.map((name) =>
  ENCODER.encode(JSON.stringify(name))
);

/** What of a frame's text depends on its pc alone: all but the CFA and the table. */
interface FrameParts {
  beforeCfa: Uint8Array;
  beforeTable: Uint8Array;
  afterTable: Uint8Array;
}

/** Writes a backtrace piece by piece: `head`, any number of `thread`, `end`. */
export class JsonRenderer {
  private readonly out: TextOutput;
  private readonly names: FrameNames<FrameParts>;
  private threadCount = 0;

  /** Writes to `out`; names come from `source`. */
  constructor(out: TextOutput, source: NameSource, options: NameOptions) {
    this.out = out;
    this.names = new FrameNames(source, options, frameParts);
  }

  /** Writes all that comes before the threads. */
  head(head: BacktraceHead): void {
    const { modules, ...rest } = head;
    const lines = modules.map((module) => `\n  ${JSON.stringify(module)}`);
    this.out.text(
      `${JSON.stringify(rest).slice(0, -1)},"modules":[${lines.join(",")}],`,
    );
    this.out.text(`\n"threads":[`);
  }

  /** Writes one thread; `more` is what stands before its frames, such as registers. */
  async thread(
    facts: ThreadFacts,
    frames: FrameBuffer,
    stop: StopReason,
    more: Record<string, unknown> = {},
  ): Promise<void> {
    await this.names.prepare(frames);
    const { tid, name, crashed } = facts;
    const head = { tid, name: name ?? null, crashed, stop };
    const all = { ...head, ...more };
    this.out.text(this.threadCount++ === 0 ? "\n " : ",\n ");
    this.out.text(`${JSON.stringify(all).slice(0, -1)},"frames":[`);
    this.frames(frames);
    this.out.text("]}");
  }

  /** Writes the end. */
  end(warnings: readonly string[]): void {
    this.out.text(`],\n"warnings":${JSON.stringify(warnings)}}\n`);
  }

  private frames(frames: FrameBuffer): void {
    const { out, names } = this;
    for (let i = 0; i < frames.count; i++) {
      const cfa = frames.cfas[i]!;
      const all = names.get(frames.pcs[i]!, frames.flags[i]!);
      for (let part = 0; part < all.length; part++) {
        const { beforeCfa, beforeTable, afterTable } = all[part]!;
        const isInlined = part < all.length - 1;
        if (i + part > 0) out.bytes(COMMA);
        out.bytes(beforeCfa);
        if (Number.isNaN(cfa)) out.bytes(NULL);
        else out.quotedAddress(cfa);
        out.bytes(beforeTable);
        out.bytes(isInlined ? NULL : TABLES[frames.tables[i]!]!);
        out.bytes(afterTable);
      }
    }
  }
}

function frameParts(frame: NamedFrame): FrameParts {
  const { pc, flags, moduleIndex, symbol, offset, inlined, source } = frame;
  const name = {
    module: moduleIndex < 0 ? null : moduleIndex,
    symbol: symbol ?? null,
    offset: symbol === undefined || inlined ? null : offset,
  };
  const kind = {
    signal: (flags & FrameFlag.SIGNAL) !== 0,
    trusted: (flags & FrameFlag.UNTRUSTED) === 0,
    inlined,
    file: source === undefined ? null : sourcePath(source),
    line: source?.line || null,
    column: source?.column || null,
  };
  const inner = JSON.stringify(name).slice(1, -1);
  return {
    beforeCfa: ENCODER.encode(`\n  {"pc":"${formatAddress(pc)}","cfa":`),
    beforeTable: ENCODER.encode(`,${inner},"table":`),
    afterTable: ENCODER.encode(`,${JSON.stringify(kind).slice(1)}`),
  };
}
