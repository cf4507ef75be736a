import { assertEquals, assertThrows } from "@std/assert";
import { FormatError, parseMaps } from "../../../formats/proc/mod.ts";

const TEXT =
  `55d0a1c00000-55d0a1c01000 r--p 00000000 fe:01 1234                       /usr/bin/a program
55d0a1c01000-55d0a1c02000 r-xp 00001000 fe:01 1234                       /usr/bin/a program
7f0000000000-7f0000021000 rw-p 00000000 00:00 0 
7f1000000000-7f1000001000 rw-s 100000000 00:05 99 /tmp/new\\012line (deleted)
7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0                          [stack]
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
`;

Deno.test("parseMaps() takes every column of every line", () => {
  const maps = parseMaps(TEXT);
  assertEquals(maps.length, 6);
  assertEquals({ ...maps[1] }, {
    start: 0x55d0a1c01000,
    end: 0x55d0a1c02000,
    flags: 5,
    isShared: false,
    fileOffset: 0x1000,
    device: "fe:01",
    inode: 1234,
    path: "/usr/bin/a program",
  });
  assertEquals(maps[2]!.path, "");
  assertEquals(maps[3]!.path, "/tmp/new\nline (deleted)");
  assertEquals(maps[3]!.isShared, true);
  assertEquals(maps[3]!.fileOffset, 2 ** 32);
  assertEquals(maps[4]!.path, "[stack]");
});

Deno.test("parseMaps() gives addresses of the kernel's half as negative numbers", () => {
  const last = parseMaps(TEXT).at(-1)!;
  assertEquals([last.start, last.end], [-0xa00000, -0xa00000 + 0x1000]);
  assertEquals(last.flags, 1);
});

Deno.test("parseMaps() refuses a line of another form and says where it is", () => {
  const bad = TEXT + "not a mapping\n";
  const error = assertThrows(() => parseMaps(bad), FormatError);
  assertEquals([error.code, error.offset], ["bad-value", TEXT.length]);
});

Deno.test("parseMaps() takes nothing for no mappings", () => {
  assertEquals(parseMaps(""), []);
});
