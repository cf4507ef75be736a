/**
 * System calls over mappings: mmap, munmap, mprotect, and the files that they map.
 *
 * @module
 */
import { Errno } from "./errno.ts";
import type { Kernel } from "./kernel.ts";
import { Category, defineSites } from "./site.ts";
import type { Thread } from "./state.ts";
import type { Subsystem } from "./subsystem.ts";
import {
  type MappingOptions,
  PAGE_SIZE,
  roundToPages,
  USER_END,
} from "./user_memory.ts";

/** Flags of mmap that the model knows. */
export const MapFlag = {
  /** Its bytes are gone in a forked process (and may go at any time). */
  DROPPABLE: 8,
  FIXED: 0x10,
  ANONYMOUS: 0x20,
} as const;
/** Bytes of a path, with its NUL. */
export const PATH_MAX = 4096;
/** Descriptors of a process. */
const FILE_LIMIT = 1024;

const SITES = defineSites(Category.MEMORY, {
  length: [1, Errno.EINVAL, "length %#jx at offset %#jx"],
  address: [2, Errno.EINVAL, "address %#jx is no page of user space"],
  protection: [3, Errno.EINVAL, "unknown protection %#jx"],
  noRoom: [4, Errno.ENOMEM, "no room for %#jx bytes"],
  hole: [5, Errno.ENOMEM, "not all of %#jx to %#jx is mapped"],
  descriptor: [6, Errno.EBADF, "no open file %jd"],
  path: [7, Errno.EFAULT, "path at %#jx cannot be read"],
  noFile: [8, Errno.ENOENT, "no such file"],
  tooManyFiles: [9, Errno.ENOMEM, "%jd files are open"],
});

/** mmap(address, length, protection, flags, descriptor, offset); of the flags, {@linkcode MapFlag} mean something. */
function mmap(
  kernel: Kernel,
  thread: Thread,
  args: readonly number[],
): number {
  const [address, length, protection, flags, descriptor, offset] = args as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (!(length > 0) || offset < 0 || offset % PAGE_SIZE !== 0) {
    return kernel.fail(thread, SITES.length, length, offset);
  }
  if (!isProtection(protection)) {
    return kernel.fail(thread, SITES.protection, protection);
  }
  const options: MappingOptions = {};
  if ((flags & MapFlag.ANONYMOUS) === 0) {
    const path = kernel.pathOf(thread, descriptor);
    if (path === undefined) {
      return kernel.fail(thread, SITES.descriptor, descriptor);
    }
    options.name = path;
    options.fileOffset = offset;
    options.content = kernel.files.get(path)!.bytes.subarray(offset);
  } else if ((flags & MapFlag.DROPPABLE) !== 0) options.isDroppable = true;
  const size = roundToPages(length);
  const space = kernel.spaceOf(thread);
  const { memory } = space;
  const isFixed = (flags & MapFlag.FIXED) !== 0;
  if (isFixed && !(address >= PAGE_SIZE && address % PAGE_SIZE === 0)) {
    return kernel.fail(thread, SITES.address, address);
  }
  const start = isFixed ? address : memory.findFree(size, address);
  const fits = kernel.hasRoom(space, size) && start + size <= USER_END;
  if (!fits) {
    return kernel.fail(thread, SITES.noRoom, size);
  }
  kernel.map(space, start, start + size, protection, options);
  return start;
}

function munmap(
  kernel: Kernel,
  thread: Thread,
  [address, length]: readonly number[],
): number {
  const size = roundToPages(length!);
  if (!(size > 0) || !isPageRange(address!, size)) {
    return kernel.fail(thread, SITES.address, address);
  }
  kernel.unmap(kernel.spaceOf(thread), address!, address! + size);
  return 0;
}

function mprotect(
  kernel: Kernel,
  thread: Thread,
  [address, length, protection]: readonly number[],
): number {
  const size = roundToPages(length!);
  if (!isProtection(protection!)) {
    return kernel.fail(thread, SITES.protection, protection);
  }
  if (!(size >= 0) || !isPageRange(address!, size)) {
    return kernel.fail(thread, SITES.address, address);
  }
  const end = address! + size;
  return kernel.spaceOf(thread).memory.protect(address!, end, protection!)
    ? 0
    : kernel.fail(thread, SITES.hole, address, end);
}

/** open(path): the lowest free descriptor. */
function open(
  kernel: Kernel,
  thread: Thread,
  [address]: readonly number[],
): number {
  const path = kernel.copyInPath(thread, address!);
  if (path === undefined) return kernel.fail(thread, SITES.path, address);
  if (!kernel.files.has(path)) return kernel.fail(thread, SITES.noFile);
  const { files } = kernel.processOf(thread);
  const free = files.indexOf(null);
  const descriptor = free < 0 ? files.length : free;
  if (descriptor >= FILE_LIMIT) {
    return kernel.fail(thread, SITES.tooManyFiles, descriptor);
  }
  files[descriptor] = path;
  return descriptor;
}

function close(
  kernel: Kernel,
  thread: Thread,
  [descriptor]: readonly number[],
): number {
  if (kernel.pathOf(thread, descriptor!) === undefined) {
    return kernel.fail(thread, SITES.descriptor, descriptor);
  }
  kernel.processOf(thread).files[descriptor!] = null;
  return 0;
}

function isProtection(protection: number): boolean {
  return protection >= 0 && protection <= 7;
}

function isPageRange(address: number, size: number): boolean {
  return address >= PAGE_SIZE && address % PAGE_SIZE === 0 &&
    address + size <= USER_END;
}

/** Mappings as a part of the kernel. */
export const MEMORY_CALLS: Subsystem = {
  calls: { mmap, munmap, mprotect, open, close },
};
