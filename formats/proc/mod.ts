/**
 * Text that Linux shows of a running process below `/proc`: its mappings and its state. Nothing is read here; the
 * caller has the text.
 *
 * @example Where the code of a process is
 * ```ts
 * import { parseMaps } from "@framewalk/framewalk/formats/proc";
 * const text = "7f6b1c028000-7f6b1c1bd000 r-xp 00028000 fe:01 1234                       /usr/lib/libc.so.6\n";
 * for (const { start, path } of parseMaps(text)) console.log(start.toString(16), path);
 * ```
 *
 * Where it is specified: proc(5); fs/proc of Linux.
 *
 * @module
 */
export { type MemoryMap, parseMaps } from "./maps.ts";
export {
  parseTaskStat,
  parseTaskStatus,
  type TaskStat,
  type TaskStatus,
} from "./status.ts";
// What the signatures above name, so that this module can be used on its own.
export {
  FormatError,
  type FormatErrorCode,
  type FormatErrorFields,
} from "../base/error.ts";
