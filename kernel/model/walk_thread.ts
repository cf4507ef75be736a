/**
 * Walking a thread of the model: the walk of real cores, by the kernel's policy, over what codectl registered.
 *
 * @module
 */
import {
  FrameBuffer,
  Stop,
  STOP_REASONS,
  type StopReason,
  TABLE_NAMES,
  type TableName,
  type Walk,
} from "../mod.ts";
import { CodeTables } from "./code_tables.ts";
import { reportProblems } from "./code_reports.ts";
import type { Kernel } from "./kernel.ts";
import type { AddressSpace, Thread } from "./state.ts";

/** One frame. */
export interface TraceFrame {
  /** Program counter: the thread's own for the first frame, return addresses as they were found for the others. */
  pc: number;
  /** CFA; `null` where the walk ends. */
  cfa: number | null;
  /** What gave the next frame; `null` where the walk ends. */
  table: TableName | null;
}

/** Frames of one thread. */
export interface ThreadTrace {
  /** Innermost first. */
  frames: TraceFrame[];
  /** Why there are no more. */
  stop: StopReason;
}

/** Registered code of `space` in the form that walks use. */
export function codeTablesOf(kernel: Kernel, space: AddressSpace): CodeTables {
  const tables = kernel.codeTables.get(space);
  if (tables instanceof CodeTables) return tables;
  const made = new CodeTables(kernel, space);
  kernel.codeTables.set(space, made);
  return made;
}

/**
 * Walks thread `tid` as it is now. The answer is a promise only if a part of a sidecar has to be read for it. Of a thread
 * that does not live there are no frames.
 */
export function walkThread(
  kernel: Kernel,
  tid: number,
): ThreadTrace | Promise<ThreadTrace> {
  const thread = kernel.threads.get(tid);
  if (thread === undefined) return { frames: [], stop: "end-of-stack" };
  const tables = codeTablesOf(kernel, kernel.spaceOf(thread));
  const { frames } = tables;
  const walk = tables.takeWalk();
  frames.count = 0;
  walk.begin(thread.registers);
  const pending = run(walk, frames, tables);
  if (typeof pending === "number") {
    tables.idleWalk = walk;
    reportProblems(tables, thread);
    return makeTrace(frames, pending);
  }
  return walkOn(walk, copyFrames(frames), tables, thread, pending);
}

/** Walks to the end, or to where something has to be waited for. */
function run(
  walk: Walk,
  frames: FrameBuffer,
  tables: CodeTables,
): number | Promise<void> {
  for (;;) {
    const stop = walk.run(frames);
    if (stop !== Stop.NEEDS_DATA) return stop;
    const table = walk.takeMissingTable();
    if (table !== undefined) {
      const pending = table.fill?.();
      if (pending !== undefined) return pending;
      continue;
    }
    // A module that codectl has taken away in the meantime is in no text, so that this one is registered.
    tables.open(walk.missingModule);
    walk.missingModule = -1;
  }
}

async function walkOn(
  walk: Walk,
  frames: FrameBuffer,
  tables: CodeTables,
  thread: Thread,
  pending: Promise<void>,
): Promise<ThreadTrace> {
  for (;;) {
    await pending;
    const stop = run(walk, frames, tables);
    if (typeof stop !== "number") {
      pending = stop;
      continue;
    }
    tables.idleWalk = walk;
    reportProblems(tables, thread);
    return makeTrace(frames, stop);
  }
}

/** Frames of a walk that waits, since others go on in the shared buffer. */
function copyFrames(from: FrameBuffer): FrameBuffer {
  const copy = new FrameBuffer();
  for (let i = 0; i < from.count; i++) {
    copy.push(from.pcs[i]!, from.modules[i]!, from.flags[i]!);
    copy.cfas[i] = from.cfas[i]!;
    copy.tables[i] = from.tables[i]!;
  }
  return copy;
}

function makeTrace(frames: FrameBuffer, stop: number): ThreadTrace {
  const list: TraceFrame[] = [];
  for (let i = 0; i < frames.count; i++) {
    const cfa = frames.cfas[i]!;
    list.push({
      pc: frames.pcs[i]!,
      cfa: cfa === cfa ? cfa : null,
      table: TABLE_NAMES[frames.tables[i]!]!,
    });
  }
  return { frames: list, stop: STOP_REASONS[stop]! };
}
