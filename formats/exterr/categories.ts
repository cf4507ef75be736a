/**
 * Categories: which source file of the kernel failed a call.
 *
 * Numbers are part of FreeBSD's ABI: they are never used again or changed, only appended.
 * Source: sys/sys/exterr_cat.h, lib/libc/gen/exterr_cat_filenames.h of FreeBSD 15 and main of early 2026.
 *
 * @module
 */

/** Where categories come from: the kernel's fixed list, numbers that it gave out while running, a program. */
export type CategorySource = "kernel" | "dynamic" | "user" | "other";

/** A category of the kernel's fixed list. */
export interface Category {
  /** Its number. */
  number: number;
  /** Name behind `EXTERR_CAT_`. */
  name: string;
  /** Source file without `sys/`; `undefined` where the C library has no name for it. */
  file: string | undefined;
}

/** How numbers beyond the fixed list are taken apart and named. */
export interface CategoryOptions {
  /**
   * Takes a category word apart. The bits are not part of any document; without this, words below 2^16 are numbers of
   * the fixed list and all others come from `other` sources.
   */
  split?: (category: number) => { source: CategorySource; number: number };
  /** Names a category of a program; FreeBSD's C library knows none and writes `unknown:user`. */
  userName?: (number: number) => string | undefined;
  /** Names a dynamic category, as the sysctl node `kern.exterr.categories` does. */
  dynamicName?: (number: number) => string | undefined;
}

/** Categories by number, from 1 on; the third exists only so that a source file can include the header. */
const LIST: readonly (readonly [name: string, file?: string])[] = [
  ["MMAP", "vm/vm_mmap.c"],
  ["FILEDESC", "kern/kern_descrip.c"],
  ["KTRACE"],
  ["FUSE_VNOPS", "fs/fuse/fuse_vnops.c"],
  ["INOTIFY", "kern/vfs_inotify.c"],
  ["GENIO", "kern/sys_generic.c"],
  ["BRIDGE", "net/if_bridge.c"],
  ["SWAP", "vm/swap_pager.c"],
  ["VFSSYSCALL", "kern/vfs_syscalls.c"],
  ["VFSBIO", "kern/vfs_bio.c"],
  ["GEOMVFS", "geom/geom_vfs.c"],
  ["GEOM", "geom/geom_subr.c"],
  ["FUSE_VFS", "fs/fuse/fuse_vfsops.c"],
  ["FUSE_DEVICE", "fs/fuse/fuse_device.c"],
  ["FORK", "kern/kern_fork.c"],
  ["PROCEXIT", "kern/kern_exit.c"],
  ["VMM"],
  ["HWPMC_IBS"],
  ["LINKER"],
  ["HWPMC_AMD"],
  ["HWPMC_MOD"],
];

const FIRST_OTHER = 0x1_0000;
/** The kernel's answer has at most 128 bytes with its NUL. */
const MAX_DYNAMIC_NAME = 127;

/** The categories of the fixed list in the order of their numbers. */
export const CATEGORIES: readonly Category[] = LIST.map((
  [name, file],
  index,
) => ({ number: index + 1, name, file }));

/** Finds a category by its number; `undefined` for one that is not in the list. */
export function findCategory(number: number): Category | undefined {
  return CATEGORIES[number - 1];
}

/** Finds a category by its name (`MMAP` or `EXTERR_CAT_MMAP`) or its file (`vm/vm_mmap.c`, `sys/vm/vm_mmap.c`). */
export function findCategoryByName(name: string): Category | undefined {
  const bare = name === "FUSE" ? "FUSE_VNOPS" : name; // its first name
  const suffix = bare.replace(/^EXTERR_(CAT_)?/, "");
  const file = bare.replace(/^sys\//, "");
  return CATEGORIES.find((category) =>
    category.name === suffix || category.file === file
  );
}

/**
 * Path of a category's source file as texts show it: `sys/vm/vm_mmap.c`; `sys/unknown:kern`, `unknown:user` or
 * `unknown` where it has no name. Only the kernel's files have the prefix.
 */
export function categoryPath(
  category: number,
  options: CategoryOptions = {},
): string {
  const { source, number } = (options.split ?? splitPlain)(category);
  switch (source) {
    case "kernel":
      return `sys/${findCategory(number)?.file ?? "unknown:kern"}`;
    case "dynamic":
      return `sys/${
        options.dynamicName?.(number)?.slice(0, MAX_DYNAMIC_NAME) ??
          "unknown:kern"
      }`;
    case "user":
      return options.userName?.(number) ?? "unknown:user";
    default:
      return "unknown";
  }
}

function splitPlain(
  category: number,
): { source: CategorySource; number: number } {
  const source = category < FIRST_OTHER ? "kernel" : "other";
  return { source, number: category };
}
