/**
 * A core dump: its threads, modules and thread areas.
 *
 * @module
 */
import type { ByteSource } from "../../../formats/base/byte_source.ts";
import {
  describeHead,
  describeThread,
  findCrashed,
  FrameBuffer,
  loadFrameLines,
  loadFrameSymbols,
  returnAdjustment,
  type Session,
} from "../../../kernel/mod.ts";
import { formatAddress } from "../../../formats/base/address.ts";
import { headFacts } from "../../core_facts.ts";
import type {
  AreaList,
  ModuleRow,
  StackPart,
  ThreadList,
  ThreadSummary,
} from "../protocol.ts";
import type { Progress } from "./progress.ts";

/** Frames among which a name for the list of threads is looked for. */
const NAMED_FRAMES = 8;
/** Frames that tell stacks apart; a recursion that is as deep but for its outermost frames counts as the same. */
const KEY_FRAMES = 256;

/** An open core. */
export class CoreDocument {
  /** What it is. */
  readonly kind = "core";
  /** The core itself. */
  readonly session: Session;
  private readonly frames: FrameBuffer = new FrameBuffer();
  /** Warnings that came when the core was opened. */
  private readonly knownWarnings: number;

  /** Shows `session`. */
  constructor(session: Session) {
    this.session = session;
    this.knownWarnings = session.warnings.length;
  }

  /** What is to be said of it at once. */
  facts(): [string, string][] {
    const { program, pid, signal, abortMessage, machine, threadCount } =
      headFacts(this.session);
    const facts: [string, string][] = [];
    if (program !== "") facts.push(["Program", program]);
    if (pid !== undefined) facts.push(["Process", `${pid}`]);
    if (signal.length > 0) facts.push(["Signal", signal.join("; ")]);
    if (abortMessage !== undefined) facts.push(["Message", abortMessage]);
    facts.push(["Machine", machine], ["Threads", `${threadCount}`]);
    return facts;
  }

  /** Walks all threads, that which got the signal first. */
  async threads(report: Progress): Promise<ThreadList> {
    const { session, frames } = this;
    const { threads } = session.core;
    const order = [...threads.keys()];
    const crashed = findCrashed(session.core);
    if (crashed > 0) order.unshift(...order.splice(crashed, 1));
    const groups = new Map<string, number>();
    const list: ThreadSummary[] = [];
    for (const index of order) {
      await session.walkThread(index, frames);
      const key = stackKey(frames);
      if (!groups.has(key)) groups.set(key, groups.size);
      const { tid, name = null } = threads[index]!;
      list.push({
        index,
        tid,
        name,
        crashed: index === crashed,
        frameCount: frames.count,
        top: await this.topName(),
        group: groups.get(key)!,
      });
      report(list.length / threads.length, "walking stacks");
    }
    return {
      signal: describeHead(session).signal,
      threads: list,
      warnings: session.warnings.slice(this.knownWarnings),
    };
  }

  /** The innermost function of what was walked last that has a name: stripped libraries have none for their own. */
  private async topName(): Promise<string> {
    const { session, frames } = this;
    const count = Math.min(frames.count, NAMED_FRAMES);
    for (let i = 0; i < count; i++) {
      const module = frames.modules[i]!;
      if (module < 0) continue;
      await session.loadSymbols(module);
      const back = returnAdjustment(frames.flags[i]!);
      const found = session.symbolAt(module, frames.pcs[i]! - back);
      if (found !== undefined) return found.name;
    }
    return frames.count === 0 ? "no frames" : formatAddress(frames.pcs[0]!);
  }

  /** The stack of thread `index`, cut at `limit` frames. */
  async stack(index: number, limit: number): Promise<StackPart> {
    const { session, frames } = this;
    const stop = await session.walkThread(index, frames);
    const walked = frames.count;
    // Names and lines of a million frames of a recursion that nobody looks at would take minutes.
    frames.count = Math.min(walked, limit);
    await loadFrameSymbols(session, frames);
    await loadFrameLines(session, frames);
    const thread = describeThread(session, index, stop, frames);
    const inlined = thread.frames.length - frames.count;
    return { ...thread, frameCount: walked + inlined };
  }

  /** The modules, with all their tables. */
  async modules(): Promise<ModuleRow[]> {
    const { session } = this;
    await session.loadAllTables();
    return describeHead(session).modules.map((module, index) => ({
      ...module,
      index,
      // The linker's own code has rules of its own in front of the file's.
      tables: [
        ...new Set(session.modules[index]!.tables?.map(({ kind }) => kind)),
      ],
    }));
  }

  /** The restartable-sequence areas. */
  async areas(): Promise<AreaList> {
    const { findRseqAreas } = await import("../../../kernel/rseq/mod.ts");
    const { rseqLines, runtimeText } = await import("../../rseq_text.ts");
    const found = await findRseqAreas(this.session);
    const { runtime, kernel, featureSize } = found;
    const announced = kernel.isAnnounced ? "" : " (nothing is announced)";
    const facts: [string, string][] = [
      ["C library", runtimeText(runtime)],
      [
        "Kernel",
        `feature size ${kernel.featureSize}, alignment ${kernel.alignment}${announced}`,
      ],
    ];
    if (runtime.offset === undefined) return { facts, threads: [] };
    facts.push(["Shown", `${featureSize} bytes of each area`]);
    return {
      facts,
      threads: found.threads.map((thread) => ({
        tid: thread.tid,
        name: thread.name ?? null,
        lines: rseqLines(thread),
      })),
    };
  }

  /** The file of a module. */
  moduleSource(index: number): ByteSource | undefined {
    return this.session.sourceOf(index);
  }
}

function stackKey({ pcs, count }: FrameBuffer): string {
  return `${count} ${pcs.subarray(0, Math.min(count, KEY_FRAMES)).join()}`;
}
