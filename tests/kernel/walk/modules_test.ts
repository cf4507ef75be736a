import { assertEquals, assertLessOrEqual } from "@std/assert";
import { BytesSource } from "../../../formats/base/byte_source.ts";
import { type CoreDump, openCore } from "../../../formats/core_dump/mod.ts";
import { type ElfSegments, openElf } from "../../../formats/elf/mod.ts";
import { SourceMemory } from "../../../kernel/mod.ts";
import {
  findBias,
  groupMappings,
  isRegularPath,
  type MappedPart,
  mappedSegments,
  readLinkMap,
  resolveExecutable,
} from "../../../kernel/walk/modules.ts";
import { buildCore } from "../../builders/core.ts";
import { buildElf, type SegmentSpec } from "../../builders/elf.ts";
import { wordBytes } from "../../builders/rows.ts";

const R = 4;
const RW = 6;
const RX = 5;

/** A core with a mapping of one page for each `[page, page of the file, path, flags]`; without flags it has no segment. */
function coreOf(
  mappings: [page: number, filePage: number, path: string, flags?: number][],
): Promise<CoreDump> {
  const bytes = buildCore({
    machine: "x86-64",
    threads: [{ tid: 1 }],
    segments: mappings.filter(([, , , flags]) => flags !== undefined)
      .map(([page, , , flags]) => ({
        address: BigInt(page) * 4096n,
        memorySize: 4096,
        flags: flags!,
      })),
    files: mappings.map(([page, filePage, path]) => ({
      start: BigInt(page) * 4096n,
      end: BigInt(page + 1) * 4096n,
      pageOffset: BigInt(filePage),
      path,
    })),
  });
  return openCore(new BytesSource(bytes));
}

/** Path and pages of each group. */
async function group(
  mappings: Parameters<typeof coreOf>[0],
): Promise<[string, number[]][]> {
  return groupMappings(await coreOf(mappings)).map(({ path, parts }) => [
    path,
    parts.map((part) => part.start / 4096),
  ]);
}

async function segmentsOf(segments: SegmentSpec[]): Promise<ElfSegments> {
  const bytes = buildElf({ elfClass: 64, littleEndian: true, segments });
  return (await openElf(new BytesSource(bytes))).segments;
}

/** `PT_LOAD` */
function load(
  offset: number,
  address: number,
  size: number,
  flags: number,
): SegmentSpec {
  return { type: 1, offset, address, fileSize: size, memorySize: size, flags };
}

function part(
  start: number,
  fileOffset: number,
  executable: boolean | undefined,
): MappedPart {
  return { start, end: start + 0x1000, fileOffset, executable };
}

Deno.test("groupMappings() joins a file's mappings, and leaves out what has no code", async () => {
  assertEquals(
    await group([
      [16, 0, "/lib/a.so", R],
      [17, 1, "/lib/a.so", RX],
      [18, 0, "/usr/share/data", R],
      [19, 2, "/lib/a.so", RW],
      [20, 0, "/lib/b.so", RX],
    ]),
    [["/lib/a.so", [16, 17, 19]], ["/lib/b.so", [20]]],
  );
});

Deno.test("groupMappings() takes a file that is loaded twice for two", async () => {
  assertEquals(
    await group([
      [16, 0, "/lib/a.so", R],
      [17, 1, "/lib/a.so", RX],
      [32, 0, "/lib/a.so", R],
      [33, 1, "/lib/a.so", RX],
      [48, 0, "/lib/a.so", R],
      [49, 1, "/lib/a.so", RX],
    ]),
    [
      ["/lib/a.so", [16, 17]],
      ["/lib/a.so", [32, 33]],
      ["/lib/a.so", [48, 49]],
    ],
  );
});

Deno.test("groupMappings() keeps mappings together that share a page of the file", async () => {
  assertEquals(
    await group([[16, 0, "/bin/tiny", RX], [17, 0, "/bin/tiny", RW]]),
    [["/bin/tiny", [16, 17]]],
  );
});

Deno.test("groupMappings() tells deleted files, and keeps what the core is silent about", async () => {
  const core = await coreOf([
    [16, 0, "/lib/gone.so (deleted)", RX],
    [17, 1, "/lib/silent.so"],
    [18, 0, "/lib/ (deleted) folder/x.so", RX],
  ]);
  const groups = groupMappings(core);
  assertEquals(
    groups.map(({ path, deleted }) => [path, deleted]),
    [
      ["/lib/gone.so", true],
      ["/lib/silent.so", false],
      ["/lib/ (deleted) folder/x.so", false],
    ],
  );
  assertEquals(groups[1]!.parts[0]!.executable, undefined);
});

Deno.test("resolveExecutable() asks the file's segments about mappings that the core does not have", async () => {
  const segments = await segmentsOf([
    load(0, 0, 0x800, R),
    load(0x1800, 0x2800, 0x900, RX),
    load(0x3000, 0x5000, 0x100, RW),
  ]);
  const parts = () => [
    part(0, 0, undefined),
    part(0x2000, 0x1000, undefined),
    part(0x3000, 0x2000, undefined),
    part(0x5000, 0x3000, undefined),
    part(0x6000, 0x1000, false),
  ];
  const told = parts();
  resolveExecutable(told, segments, 4096);
  assertEquals(told.map(({ executable }) => executable), [
    false,
    true,
    true,
    false,
    false,
  ]);
  const untold = parts();
  resolveExecutable(untold, undefined, 4096);
  assertEquals(untold.map(({ executable }) => executable), [
    true,
    true,
    true,
    true,
    false,
  ]);
});

Deno.test("findBias() is 0 for a program at its own addresses, the base of one that is moved", async () => {
  const fixed = await segmentsOf([load(0x1000, 0x401000, 0x500, RX)]);
  assertEquals(findBias(fixed, [part(0x401000, 0x1000, true)], 4096), 0);
  const moved = await segmentsOf([
    load(0, 0, 0x600, R),
    load(0x1000, 0x1000, 0x500, RX),
  ]);
  const parts = [part(0x7f0000, 0, false), part(0x7f1000, 0x1000, true)];
  assertEquals(findBias(moved, parts, 4096), 0x7f0000);
});

Deno.test("findBias() of a prelinked library is the way from its own addresses", async () => {
  const segments = await segmentsOf([load(0x1000, 0x3000_1000, 0x500, RX)]);
  const at = (start: number) =>
    findBias(segments, [part(start, 0x1000, true)], 4096);
  assertEquals(at(0x3000_1000), 0);
  assertEquals(at(0x2000_1000), -0x1000_0000);
});

Deno.test("findBias() keeps segments apart that share a page of the file", async () => {
  // As lld lays files out: a page further in memory for each segment.
  const segments = await segmentsOf([
    load(0, 0, 0x5a0, R),
    load(0x5a0, 0x15a0, 0x200, RX),
    load(0x7a0, 0x27a0, 0x100, RW),
  ]);
  const parts = [
    part(0x700000, 0, false),
    part(0x701000, 0, true),
    part(0x702000, 0, false),
  ];
  assertEquals(findBias(segments, parts, 4096), 0x700000);
});

Deno.test("findBias() knows pages of 64 KiB", async () => {
  const segments = await segmentsOf([
    load(0, 0, 0x215a0, R),
    load(0x215a0, 0x315a0, 0x200, RX),
  ]);
  const parts = [part(0x700000, 0, false), part(0x730000, 0x20000, true)];
  assertEquals(findBias(segments, parts, 0x10000), 0x700000);
  resolveExecutable(parts, segments, 0x10000);
  const silent = [part(0x730000, 0x20000, undefined)];
  resolveExecutable(silent, segments, 0x10000);
  assertEquals(silent[0]!.executable, true);
});

Deno.test("findBias() says nothing of a file that has no such segment", async () => {
  const segments = await segmentsOf([load(0, 0, 0x500, RX)]);
  assertEquals(findBias(segments, [part(0, 0x4000, true)], 4096), undefined);
  assertEquals(findBias(segments, [], 4096), undefined);
});

Deno.test("resolveExecutable() and findBias() do not compare every mapping with every segment", async () => {
  const specs: SegmentSpec[] = [];
  for (let i = 0; i < 60_000; i++) specs.push(load(i * 4096, i * 8192, 16, RX));
  const segments = await segmentsOf(specs);
  const parts = Array.from(
    { length: 100_000 },
    (_, i) => part(i * 4096, 2 ** 40 + i * 4096, undefined),
  );
  const start = performance.now();
  resolveExecutable(parts, segments, 4096);
  assertEquals(findBias(segments, parts, 4096), undefined);
  assertEquals(parts.some(({ executable }) => executable), false);
  assertLessOrEqual(performance.now() - start, 4000);
});

Deno.test("mappedSegments() places the loadable segments, zeros behind the file's bytes included", async () => {
  const segments = await segmentsOf([
    { ...load(0x100, 0x1100, 0x80, RW), memorySize: 0x300 },
    { type: 2, address: 0x1100, fileSize: 0x10 },
    { ...load(0x100, 0x1100, 0x80, RW), memorySize: 0 },
  ]);
  assertEquals(mappedSegments(segments, 0x5000), [
    { start: 0x6100, end: 0x6400, fileOffset: 0x100, executable: false },
  ]);
});

Deno.test("isRegularPath() refuses devices, memory and the kernel's own", () => {
  const refused = [
    "/dev/zero",
    "/dev/shm/x",
    "/memfd:jit",
    "/SYSV00000000",
    "/proc/self/exe",
    "/sys/x",
    "/[aio]",
    "[heap]",
    "anon_inode:[perf_event]",
    "socket:[1]",
    "relative",
    "",
  ];
  assertEquals(refused.filter(isRegularPath), []);
  const taken = ["/bin/sh", "/devices/x", "/home/dev/x", "/process"];
  assertEquals(taken.filter(isRegularPath), taken);
});

const AT = 0x10000;

/** A link map over `words` at {@linkcode AT}, whose dynamic section is the first 8 words. */
function linkMapOf(words: readonly number[], names = "") {
  const memory = new SourceMemory(true);
  const bytes = wordBytes(words);
  memory.addRegion(AT, AT + bytes.length, new BytesSource(bytes), 0);
  const text = new TextEncoder().encode(names);
  memory.addRegion(0x90000, 0x90000 + text.length, new BytesSource(text), 0);
  return readLinkMap(memory, AT, 64);
}

const at = (index: number) => AT + 8 * index;

Deno.test("readLinkMap() follows DT_DEBUG to every object", async () => {
  const objects = await linkMapOf([
    ...[5, 1, 21, at(8), 0, 0, 0, 0],
    ...[1, at(10)], // r_version, r_map
    ...[0, 0x90000, 0, at(14)],
    ...[0x7000, 0x90001, 0, at(18)],
    ...[-0x1000, 0x90004, 0, 0],
  ], "\0/a\0/b\0");
  assertEquals(objects, [
    { path: "", bias: 0 },
    { path: "/a", bias: 0x7000 },
    { path: "/b", bias: -0x1000 },
  ]);
});

Deno.test("readLinkMap() stops in a list that leads back or nowhere", async () => {
  const head = [21, at(8), 0, 0, 0, 0, 0, 0, 1, at(10)];
  const list = (next: number) => linkMapOf([...head, 1, 0x90000, 0, next], "x");
  const one = [{ path: "x", bias: 1 }];
  assertEquals(await list(at(10)), one);
  assertEquals(await list(0x1234_5678), one);
  assertEquals(await list(-8), one);
  assertEquals(await linkMapOf([21, 0, 0, 0, 0, 0, 0, 0]), []);
  assertEquals(await linkMapOf([21, at(6), 0, 0, 0, 0, 7, 7]), []);
  assertEquals(await linkMapOf([5, 0, 6, 0, 7, 0, 8, 0]), []);
  assertEquals(await linkMapOf([]), []);
});

Deno.test("readLinkMap() ends at an object whose bias is no address", async () => {
  const objects = await linkMapOf([
    ...[21, at(8), 0, 0, 0, 0, 0, 0, 1, at(10)],
    ...[2 ** 60, 0x90000, 0, at(10)],
  ], "x");
  assertEquals(objects, []);
});

Deno.test("readLinkMap() gives up after thousands of objects", async () => {
  const words = [21, at(8), 0, 0, 0, 0, 0, 0, 1, at(10)];
  for (let i = 0; i < 10_000; i++) {
    words.push(i, 0x90000, 0, at(10 + 4 * (i + 1)));
  }
  assertEquals((await linkMapOf(words, "x")).length, 4096);
});
