/**
 * Registering what lies in files: SFrame sections that nobody maps, and sidecars.
 *
 * @module
 */
import type { CodeRange } from "./code_range.ts";
import { attach, checkRoom, readHeader, textOf } from "./code_register.ts";
import { isRange, SECTION_HEADER_SIZE } from "./code_section.ts";
import { type Refusal, refuse, SITES } from "./codectl_sites.ts";
import type { SFRAME_FILE, SIDECAR } from "./codectl_structs.ts";
import type { Kernel } from "./kernel.ts";
import type { Thread } from "./state.ts";

/**
 * Registers a section by file, offset and size. It is not mapped into the process: the kernel reads the file. The
 * section's own address is the one from which its functions are counted. A hint where to map it is ignored.
 */
export function registerFileSection(
  kernel: Kernel,
  thread: Thread,
  info: ReturnType<typeof SFRAME_FILE.decode>,
): Refusal | undefined {
  const { sectionAddress: address, size, fileOffset } = info;
  if (!isRange(address, size)) return refuse(SITES.sectionRange, address, size);
  const space = kernel.spaceOf(thread);
  const text = textOf(space.memory, info.textStart, info.textSize);
  if ("site" in text) return text;
  const bad = checkRoom(space);
  if (bad !== undefined) return bad;
  const path = findPath(kernel, thread, info);
  if (typeof path !== "string") return path;
  const { bytes } = kernel.files.get(path)!;
  if (!(fileOffset >= 0 && fileOffset + size <= bytes.length)) {
    return refuse(SITES.fileRange, size, fileOffset);
  }
  const section = bytes.subarray(fileOffset, fileOffset + size);
  const head = section.subarray(0, SECTION_HEADER_SIZE);
  const where = { address, size, text };
  const header = readHeader(kernel, head, () => section, where);
  if ("site" in header) return header;
  const value = { address, size, header, path, fileOffset, bad: false };
  return attach(kernel, space, text, "file", value);
}

/**
 * Registers a sidecar, in either form. Nothing of it is read before a walk needs it, whatever the validation: what is
 * wrong with it shows then.
 */
export function registerSidecar(
  kernel: Kernel,
  thread: Thread,
  info: ReturnType<typeof SIDECAR.decode>,
): Refusal | undefined {
  const { loadBias } = info;
  const space = kernel.spaceOf(thread);
  const text = textOf(space.memory, info.textStart, info.textSize);
  if ("site" in text) return text;
  const bad = checkRoom(space);
  if (bad !== undefined) return bad;
  if (!Number.isSafeInteger(text.start - loadBias)) {
    return refuse(SITES.bias, loadBias);
  }
  const path = findPath(kernel, thread, info);
  if (typeof path !== "string") return path;
  const value: CodeRange["sidecar"] = { path, loadBias, bad: false };
  return attach(kernel, space, text, "sidecar", value!);
}

/** A file by the path at `path`, or where that is 0 by open descriptor. */
function findPath(
  kernel: Kernel,
  thread: Thread,
  { path: address, descriptor, reserved }: {
    path: number;
    descriptor: number;
    reserved: number;
  },
): string | Refusal {
  if (reserved !== 0) return refuse(SITES.reserved, reserved);
  if (address === 0) {
    const path = kernel.pathOf(thread, descriptor);
    return path !== undefined && kernel.files.has(path)
      ? path
      : refuse(SITES.descriptor, descriptor);
  }
  const path = kernel.copyInPath(thread, address);
  if (path === undefined) return refuse(SITES.path, address);
  return kernel.files.has(path) ? path : refuse(SITES.noFile);
}
