/**
 * framewalk reads the binary records by which a kernel and its programs tell each other where a thread is, and walks
 * stacks with them: SFrame sections, `.eh_frame`, Linux core dumps.
 *
 * {@linkcode backtrace} takes a core dump and gives every thread's frames, named. The formats and the walker have
 * subpaths of their own. Nothing here touches the operating system: the same code runs in a page.
 *
 * @example The stacks of a core, from bytes
 * ```ts
 * import { backtrace, BytesSource } from "@framewalk/framewalk";
 *
 * async function show(core: Uint8Array, program: Uint8Array) {
 *   const { threads } = await backtrace(core, { executable: new BytesSource(program) });
 *   for (const { pc, symbol } of threads[0]!.frames) console.log(pc, symbol);
 * }
 * ```
 *
 * @module
 */
export {
  FormatError,
  TruncatedError,
  UnsupportedError,
} from "./formats/base/error.ts";
export {
  BlobSource,
  type ByteSource,
  BytesSource,
} from "./formats/base/byte_source.ts";
export {
  type Backtrace,
  backtrace,
  type BacktraceFrame,
  type BacktraceModule,
  type BacktraceOptions,
  type BacktraceSignal,
  type BacktraceThread,
} from "./kernel/mod.ts";
