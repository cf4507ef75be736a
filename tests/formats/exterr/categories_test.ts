import { assertEquals } from "@std/assert";
import {
  CATEGORIES,
  categoryPath,
  findCategory,
  findCategoryByName,
} from "../../../formats/exterr/mod.ts";

/** Number, name, file: the list of the design documents. */
const EXPECTED: [number, string, string?][] = [
  [1, "MMAP", "vm/vm_mmap.c"],
  [2, "FILEDESC", "kern/kern_descrip.c"],
  [3, "KTRACE"],
  [4, "FUSE_VNOPS", "fs/fuse/fuse_vnops.c"],
  [5, "INOTIFY", "kern/vfs_inotify.c"],
  [6, "GENIO", "kern/sys_generic.c"],
  [7, "BRIDGE", "net/if_bridge.c"],
  [8, "SWAP", "vm/swap_pager.c"],
  [9, "VFSSYSCALL", "kern/vfs_syscalls.c"],
  [10, "VFSBIO", "kern/vfs_bio.c"],
  [11, "GEOMVFS", "geom/geom_vfs.c"],
  [12, "GEOM", "geom/geom_subr.c"],
  [13, "FUSE_VFS", "fs/fuse/fuse_vfsops.c"],
  [14, "FUSE_DEVICE", "fs/fuse/fuse_device.c"],
  [15, "FORK", "kern/kern_fork.c"],
  [16, "PROCEXIT", "kern/kern_exit.c"],
  [17, "VMM"],
  [18, "HWPMC_IBS"],
  [19, "LINKER"],
  [20, "HWPMC_AMD"],
  [21, "HWPMC_MOD"],
];

Deno.test("CATEGORIES has FreeBSD's numbers, names and files", () => {
  assertEquals(
    CATEGORIES.map(({ number, name, file }) => [number, name, file]),
    EXPECTED.map(([number, name, file]) => [number, name, file]),
  );
});

Deno.test("findCategory() and findCategoryByName() lead from one to the other", () => {
  for (const [number, name, file] of EXPECTED) {
    assertEquals(findCategory(number)?.name, name);
    assertEquals(findCategoryByName(name)?.number, number);
    assertEquals(findCategoryByName(`EXTERR_CAT_${name}`)?.number, number);
    if (file === undefined) continue;
    assertEquals(findCategoryByName(file)?.number, number);
    assertEquals(findCategoryByName(`sys/${file}`)?.number, number);
  }
  assertEquals(findCategoryByName("EXTERR_KTRACE")?.number, 3);
  assertEquals(findCategoryByName("FUSE")?.number, 4); // its name in the first header
  assertEquals(findCategoryByName("kern/nothing.c"), undefined);
  for (const number of [0, 22, -1, 1.5, 0xffffffff]) {
    assertEquals(findCategory(number), undefined);
  }
});

Deno.test("categoryPath() names files, and says where a number without one is from", () => {
  assertEquals(categoryPath(1), "sys/vm/vm_mmap.c");
  assertEquals(categoryPath(3), "sys/unknown:kern");
  assertEquals(categoryPath(99), "sys/unknown:kern");
  assertEquals(categoryPath(0), "sys/unknown:kern");
  assertEquals(categoryPath(0x80000001), "unknown");
});

Deno.test("categoryPath() asks the caller about sources beyond the fixed list", () => {
  const split = (category: number) => ({
    source: (["kernel", "dynamic", "user", "other"] as const)[category >>> 28]!,
    number: category & 0xfffffff,
  });
  const dynamicName = (number: number) =>
    number === 7 ? "dev/x/x.c" : undefined;
  const options = { split, dynamicName };
  assertEquals(categoryPath(2, options), "sys/kern/kern_descrip.c");
  assertEquals(categoryPath(0x10000007, options), "sys/dev/x/x.c");
  assertEquals(categoryPath(0x10000008, options), "sys/unknown:kern");
  assertEquals(categoryPath(0x10000007, { split }), "sys/unknown:kern");
  assertEquals(categoryPath(0x20000001, options), "unknown:user");
  assertEquals(categoryPath(0x30000001, options), "unknown");
  const long = { split, dynamicName: () => "n".repeat(300) };
  assertEquals(categoryPath(0x10000007, long), `sys/${"n".repeat(127)}`);
});
