/**
 * What the C library said before it aborted.
 *
 * @module
 */
import type { ModuleFile } from "./module_file.ts";
import type { SourceMemory } from "./source_memory.ts";

const MAX_MESSAGE_SIZE = 4096;
/** Names of libraries that keep a message. */
const LIBRARY = /\/libc[.-][^/]*$/;

/**
 * Reads glibc's `__abort_msg`: a pointer to a 32-bit size and the text.
 *
 * @param files The modules; libc's is asked, or the program's if libc is linked into it.
 * @returns The message without its final line break, or `undefined`.
 */
export async function readAbortMessage(
  memory: SourceMemory,
  files: readonly ModuleFile[],
): Promise<string | undefined> {
  const library = files.find((file) => LIBRARY.test(file.module.path)) ??
    files.find((file) => file.elf !== undefined);
  if (library?.elf === undefined) return undefined;
  await library.loadSymbols();
  const address = library.symbols?.findByName("__abort_msg");
  if (address === undefined) return undefined;
  const pointer = await memory.readPointer(address + library.module.bias);
  if (!(pointer > 0)) return undefined;
  const bytes = await memory.readRange(pointer, 4 + MAX_MESSAGE_SIZE);
  if (bytes.length < 5) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = Math.min(
    Math.max(view.getUint32(0, memory.littleEndian) - 4, 0),
    bytes.length - 4,
  );
  const text = bytes.subarray(4, 4 + size);
  const end = text.indexOf(0);
  return new TextDecoder().decode(end < 0 ? text : text.subarray(0, end))
    .trimEnd() || undefined;
}
