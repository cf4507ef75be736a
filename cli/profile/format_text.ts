/**
 * `--format text`: each sample with its frames, as `perf script` prints them.
 *
 * @module
 */
import { formatHex } from "../../formats/base/address.ts";
import {
  type FrameNames,
  type Profile,
  type ProfileSample,
  SampleStop,
} from "../../kernel/profile/mod.ts";
import { printable } from "../plain_text.ts";
import type { FormatContext, ProfileFormat, ProfileWriter } from "./format.ts";

const ENCODER = new TextEncoder();
const FLUSH_AT = 1 << 16;

/** Prints samples as they come; names are loaded when a sample first needs them. */
class TextWriter implements ProfileWriter {
  private readonly profile: Profile;
  private readonly names: FrameNames;
  private readonly context: FormatContext;
  /** What stands behind the address of each frame, by line. */
  private readonly lines: string[][] = [];
  private text = "";

  constructor(context: FormatContext) {
    this.context = context;
    this.profile = context.profile;
    this.names = context.names;
  }

  sample(sample: ProfileSample): void | Promise<void> {
    const { frames, count } = sample;
    for (let i = 0; i < count; i++) {
      if (this.needsLoad(frames[i]!)) return this.loadAndPrint(sample);
    }
    this.print(sample);
  }

  private needsLoad(frame: number): boolean {
    if (this.lines[frame] !== undefined) return false;
    const { names, context } = this;
    return names.needsLoad(frame) || context.lines && names.needsSources(frame);
  }

  end(): void {
    this.flush();
  }

  private async loadAndPrint(sample: ProfileSample): Promise<void> {
    for (let i = 0; i < sample.count; i++) {
      const frame = sample.frames[i]!;
      if (this.names.needsLoad(frame)) await this.names.load(frame);
      const needsSources = this.context.lines && this.names.needsSources(frame);
      if (needsSources) await this.names.loadSources(frame);
    }
    this.print(sample);
  }

  private print(sample: ProfileSample): void {
    const { frames, addresses, count } = sample;
    let text = this.head(sample);
    for (let i = 0; i < count; i++) {
      const address = `\t${formatHex(addresses[i]!).padStart(16)}`;
      const lines = this.lines[frames[i]!] ??= this.describe(frames[i]!);
      for (let j = 0; j < lines.length; j++) text += address + lines[j]!;
    }
    if (sample.stop === SampleStop.CUT) {
      text += "\t                 (the copy of the stack ends here)\n";
    }
    this.text += text + "\n";
    if (this.text.length >= FLUSH_AT) this.flush();
  }

  /** `comm pid/tid [cpu] time: period event:`. */
  private head(sample: ProfileSample): string {
    const { comms, events } = this.profile;
    const { pid, tid, cpu, time, period, count } = sample;
    const seconds = Math.floor(time / 1e9);
    const micros = Math.floor((time - seconds * 1e9) / 1e3);
    const width = Math.max(...events.map(({ name }) => name.length));
    const event = events[sample.event]!.name.padStart(width);
    return `${printable(comms[sample.comm]!)} ${`${pid}`.padStart(7)}/${
      `${tid}`.padEnd(7)
    } ${cpu < 0 ? "" : `[${`${cpu}`.padStart(3, "0")}] `}${
      `${seconds}`.padStart(5)
    }.${`${micros}`.padStart(6, "0")}: ${`${period}`.padStart(10)} ${event}: ${
      count === 0 ? "" : "\n"
    }`;
  }

  /** What stands behind the address of a frame: a line for each function that was inlined there, then its own. */
  private describe(frame: number): string[] {
    const { names, context } = this;
    const { symbol, offset, module } = names.name(frame);
    const own = ` ${named(symbol, offset)} (${printable(module)})\n`;
    const sources = context.lines ? names.sources(frame) : [];
    if (sources.length === 0) return [own];
    return sources.map(({ symbol: name, inlined, file, line }) => {
      const text = inlined ? ` ${named(name, offset)} (inlined)\n` : own;
      return context.showLines && file !== undefined
        ? `${text}  ${printable(file)}:${line}\n`
        : text;
    });
  }

  private flush(): void {
    this.context.write(ENCODER.encode(this.text));
    this.text = "";
  }
}

function named(symbol: string | undefined, offset: number): string {
  return symbol === undefined
    ? "[unknown]"
    : `${printable(symbol)}+0x${offset.toString(16)}`;
}

/** The format. */
export const format: ProfileFormat = {
  name: "text",
  refusesBy: "which names the thread and processor of each sample anyway",
  refusesInverted: "which prints samples as they come",
  hasLines: true,
  asksAsItGoes: true,
  open: (context) => new TextWriter(context),
};
