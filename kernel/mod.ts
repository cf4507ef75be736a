/**
 * The core: maps text ranges to unwind tables and walks stacks with them.
 *
 * {@linkcode backtrace} does the whole job. {@linkcode openSession} gives its parts: threads that are walked into a
 * reused buffer, names on demand. {@linkcode Walk} is the walker alone, for whatever has registers, memory and a
 * {@linkcode CodeMap}.
 *
 * @example Every frame of the first thread
 * ```ts
 * import { type ByteSource, openSession, FrameBuffer } from "@framewalk/framewalk/kernel";
 *
 * async function print(core: ByteSource) {
 *   const session = await openSession(core);
 *   const frames = new FrameBuffer();
 *   const stop = await session.walkThread(0, frames);
 *   for (let i = 0; i < frames.count; i++) console.log(frames.pcs[i]!.toString(16));
 *   console.log(stop);
 * }
 * ```
 *
 * @module
 */
export * from "./reader.ts";
// In place of those of the same names that have only the parts given to them.
export { backtrace, openProcess, openSession } from "./walk/whole.ts";
