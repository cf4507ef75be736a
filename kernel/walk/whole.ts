/**
 * Opening and walking with all parts of the walker in the module graph, for whoever does not mind the few milliseconds.
 *
 * @module
 */
import {
  type ByteSource,
  BytesSource,
} from "../../formats/base/byte_source.ts";
import type { CoreDump } from "../../formats/core_dump/mod.ts";
import {
  type Backtrace,
  type BacktraceOptions,
  type BacktraceThread,
  describeHead,
  describeThread,
  loadFrameLines,
  loadFrameSymbols,
} from "./backtrace.ts";
import { FrameBuffer } from "./frame_buffer.ts";
import { ALL_PARTS } from "./module_parts.ts";
import * as session from "./session.ts";

/**
 * Opens a core for walking.
 *
 * @throws {FormatError} If it is no core that can be used. Damage that leaves something to tell becomes a warning.
 */
export async function openSession(
  source: ByteSource,
  options: session.SessionOptions = {},
): Promise<session.Session> {
  return await session.openSession(source, { parts: ALL_PARTS, ...options });
}

/**
 * Opens for walking what has the shape of a core and need not be one: a live process, as `liveProcess` makes it of what
 * the system tells.
 *
 * @throws {FormatError} If nothing of it can be used.
 */
export async function openProcess(
  core: CoreDump,
  options: session.SessionOptions = {},
): Promise<session.Session> {
  return await session.openProcess(core, { parts: ALL_PARTS, ...options });
}

/**
 * Walks every thread of a core.
 *
 * @param core The core's bytes, or where they are.
 * @throws {FormatError} If it is no core that can be used; what is merely damaged becomes a warning.
 *
 * @example A core and its program, as a page has them
 * ```ts
 * import { backtrace, BytesSource } from "@framewalk/framewalk";
 *
 * async function show(core: Uint8Array, program: Uint8Array) {
 *   const { threads } = await backtrace(core, { executable: new BytesSource(program) });
 *   for (const { pc, symbol } of threads[0]!.frames) console.log(pc, symbol);
 * }
 * ```
 */
export async function backtrace(
  core: ByteSource | Uint8Array,
  options: BacktraceOptions = {},
): Promise<Backtrace> {
  const opened = await openSession(
    core instanceof Uint8Array ? new BytesSource(core) : core,
    options,
  );
  const frames = new FrameBuffer();
  const threads: BacktraceThread[] = [];
  for (let i = 0; i < opened.core.threads.length; i++) {
    const stop = await opened.walkThread(i, frames);
    if (options.symbols !== false) await loadFrameSymbols(opened, frames);
    if (options.lines !== false) await loadFrameLines(opened, frames);
    threads.push(describeThread(opened, i, stop, frames));
  }
  await opened.loadAllTables();
  return { ...describeHead(opened), threads, warnings: [...opened.warnings] };
}
