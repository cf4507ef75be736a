/**
 * Paths of source files.
 *
 * @module
 */
import type { SourceFrame } from "../../formats/dwarf/mod.ts";

/** Path of a frame's source file: from the root, if the debug information tells where that is; null if unknown. */
export function sourcePath(
  { file, directory }: Pick<SourceFrame, "file" | "directory">,
): string | null {
  if (file === undefined) return null;
  if (file.startsWith("/") || directory === "") return file;
  return `${directory.replace(/\/+$/, "")}/${file}`;
}
