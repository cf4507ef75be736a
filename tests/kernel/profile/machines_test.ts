/**
 * Threads of the cores of `tests/data/cores` as samples: the frames are those that gdb printed of the core.
 */
import { assert, assertEquals } from "@std/assert";
import { BytesSource, openPerfData } from "../../../formats/perf_data/mod.ts";
import { openSession } from "../../../kernel/mod.ts";
import { Profile } from "../../../kernel/profile/mod.ts";
import {
  BIT,
  type EventFields,
  PerfDataBuilder,
  X86_REGISTERS,
} from "../../builders/perf_data.ts";

const DATA = new URL("../../data/cores/", import.meta.url);
const GOLDEN = new URL("../../golden/cores/", import.meta.url);

/** DWARF numbers of the registers in the order of perf's mask, and the mask; −1 for those without. */
const MACHINES: Record<string, [elf: number, mask: bigint, dwarf: number[]]> = {
  x86_64: [
    62,
    X86_REGISTERS,
    [0, 3, 2, 1, 4, 5, 6, 7, 16, -1, -1, -1, 8, 9, 10, 11, 12, 13, 14, 15],
  ],
  aarch64: [183, 0x1_ffff_ffffn, Array.from({ length: 33 }, (_, i) => i)],
  s390x: [
    22,
    0x3_ffff_ffffn,
    // r0 to r15, then f0 to f15, of which DWARF counts the even ones first, then the halves of the PSW.
    [
      ...Array.from({ length: 16 }, (_, i) => i),
      ...[16, 20, 17, 21, 18, 22, 19, 23, 24, 28, 25, 29, 26, 30, 27, 31],
      -1,
      64,
    ],
  ],
};

/** A register as 64 bits; what is not known is 0. */
function word(value: number | undefined): bigint {
  return value === undefined || Number.isNaN(value)
    ? 0n
    : BigInt.asUintN(64, BigInt(Math.trunc(value)));
}

async function gunzip(path: URL): Promise<Uint8Array> {
  const file = new Blob([await Deno.readFile(path)]);
  const plain = file.stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

/** A capture with one sample of each thread of a core. */
async function captureOf(name: string, program: Uint8Array) {
  const machine = /-(x86_64|aarch64|s390x)/.exec(name)![1]!;
  const [elf, mask, dwarf] = MACHINES[machine]!;
  const session = await openSession(
    new BytesSource(await gunzip(new URL(`${name}/core.gz`, DATA))),
    { executable: new BytesSource(program) },
  );
  const { core, modules } = session;
  const event: EventFields = {
    sampleType: BIT.tid | BIT.time | BIT.registers | BIT.stack,
    registers: mask,
    stackSize: 32_768,
  };
  const builder = new PerfDataBuilder([event], core.littleEndian);
  const features = builder.bytes().u32(elf).u32(0).done();
  builder.feature(33, features);
  for (const { path, start, end, bias } of modules) {
    if (path === "[vdso]") continue;
    builder.mmap2({
      pid: 1,
      start: BigInt(start),
      size: BigInt(end - start),
      offset: BigInt(start - bias),
      path: "/program",
    });
  }
  for (const [i, { tid, registers }] of core.threads.entries()) {
    const sp =
      registers[machine === "x86_64" ? 7 : machine === "s390x" ? 15 : 31]!;
    const segment = core.memory.find(sp);
    const { starts, fileEnds, offsets } = core.memory;
    const size = Math.min(32_768, fileEnds[segment]! - sp) & ~7;
    const stack = await core.source.read(
      offsets[segment]! + sp - starts[segment]!,
      size,
    );
    builder.sample({
      pid: 1,
      tid,
      time: BigInt(i + 1),
      registers: dwarf.map((number) => word(registers[number])),
      stack,
    });
  }
  return builder.build();
}

for (
  const name of [
    "v3-x86_64-threads",
    "v1-aarch64-threads",
    "v3-aarch64-threads",
    "v3-aarch64_be-threads",
    "v3-s390x-threads",
  ]
) {
  Deno.test(`Profile.add() walks samples of ${name} as gdb walked the core`, async () => {
    const golden: { threads: { tid: number; frames: string[] }[] } = JSON.parse(
      await Deno.readTextFile(new URL(`${name}.json`, GOLDEN)),
    );
    const program = await Deno.readFile(new URL(`${name}/program`, DATA));
    const profile = new Profile({
      candidates: ({ purpose }) =>
        purpose === "binary"
          ? [{ path: "/program", open: () => new BytesSource(program) }]
          : [],
    });
    const found = new Map<number, number[]>();
    const capture = await captureOf(name, program);
    await profile.add(await openPerfData(new BytesSource(capture)), {
      sample: ({ tid, addresses, count }) =>
        void found.set(tid, [...addresses.subarray(0, count)]),
    });
    assertEquals(found.size, golden.threads.length);
    assert(golden.threads.some(({ frames }) => frames.length > 3));
    for (const { tid, frames } of golden.threads) {
      // Callers are shown in front of their return addresses.
      const expected = frames.map((pc, i) => Number(pc) - (i === 0 ? 0 : 1));
      assertEquals(found.get(tid), expected, `thread ${tid}`);
    }
  });
}
