import { assert, assertEquals } from "@std/assert";
import {
  type ByteSource,
  BytesSource,
  openPerfData,
} from "../../../formats/perf_data/mod.ts";
import {
  FrameKind,
  Profile,
  type ProfileOptions,
  type ProfileSample,
  SAMPLE_STOPS,
} from "../../../kernel/profile/mod.ts";
import {
  BIT,
  DWARF_SAMPLE,
  type EventFields,
  PerfDataBuilder,
  X86_REGISTERS,
  x86Registers,
} from "../../builders/perf_data.ts";

const DATA = new URL("../../data/perf/", import.meta.url);
const PROGRAM = Deno.readFileSync(new URL("profile", DATA));

/** One sample as a text: `time pid comm stop: address+module …`. */
type Line = string;

interface Run {
  lines: Line[];
  profile: Profile;
}

const OPTIONS: ProfileOptions = {
  candidates: ({ path, purpose }) =>
    path.endsWith("/profile") && purpose === "binary"
      ? [{ path, open: () => new BytesSource(PROGRAM) }]
      : [],
};

async function run(
  capture: ByteSource | Uint8Array,
  options: Partial<ProfileOptions> = {},
): Promise<Run> {
  const profile = new Profile({ ...OPTIONS, ...options });
  const lines: Line[] = [];
  const source = capture instanceof Uint8Array
    ? new BytesSource(capture)
    : capture;
  await profile.add(await openPerfData(source), {
    sample: (sample) => void lines.push(describe(profile, sample)),
  });
  return { lines, profile };
}

function describe(profile: Profile, sample: ProfileSample): Line {
  const frames: string[] = [];
  for (let i = 0; i < sample.count; i++) {
    const frame = sample.frames[i]!;
    const module = profile.frames.modules[frame]!;
    const path = profile.modules[module]?.path.split("/").at(-1) ?? "?";
    const address = profile.frames.addresses[frame]!.toString(16);
    const kernel = i < sample.kernelCount ? "k:" : "";
    frames.push(`${kernel}${path}+${address}`);
  }
  const comm = profile.comms[sample.comm]!;
  const stop = SAMPLE_STOPS[sample.stop]!;
  return `${sample.time} ${sample.pid} ${comm} ${stop}: ${frames.join(" ")}`;
}

const EVENT: EventFields = {
  sampleType: DWARF_SAMPLE,
  flags: [1, 10, 18, 23],
  registers: X86_REGISTERS,
  stackSize: 64,
};

/** Where `burn` has pushed nothing: the return address is at SP. */
const BURN = 0x400190n;
/** In `deep`, behind its call of `burn`. */
const RETURN = 0x400200n;
const STACK = 0x7ffc_0000_0000n;

function stackOf(...words: bigint[]): Uint8Array {
  const bytes = new Uint8Array(8 * words.length);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => view.setBigUint64(8 * i, word, true));
  return bytes;
}

function map(
  pid: number,
  time: bigint,
  start = 0x400000n,
  path = "/bin/profile",
) {
  return { pid, time, start, size: 0x1000n, offset: 0n, path };
}

/** A sample in `burn`, loaded `distance` from where it was linked, called from `deep`. */
function inBurn(pid: number, time: bigint, distance = 0n) {
  return {
    pid,
    tid: pid,
    time,
    registers: x86Registers({ ip: BURN + distance, sp: STACK }),
    stack: stackOf(RETURN + distance),
  };
}

const IN_BURN = "profile+400190 profile+4001ff";

Deno.test("Profile.add() applies mappings that come later in the file and earlier in time", async () => {
  const builder = new PerfDataBuilder([EVENT])
    .sample(inBurn(5, 20n)).sample(inBurn(5, 5n))
    .mmap2(map(5, 10n)).comm(5, 5, "late", 15n)
    .finishedRound();
  const { lines } = await run(builder.build());
  assertEquals(lines[0]!.startsWith("5 5 :5 no-module: ?+400190"), true);
  assertEquals(lines[1], `20 5 late cut: ${IN_BURN}`);
});

Deno.test("Profile.add() holds records back for two rounds, and no longer", async () => {
  const seen: string[] = [];
  const profile = new Profile(OPTIONS);
  const builder = new PerfDataBuilder([EVENT]);
  builder.sample(inBurn(1, 10n)).sample(inBurn(1, 30n)).finishedRound()
    .sample(inBurn(1, 20n)).sample(inBurn(1, 40n)).finishedRound()
    .sample(inBurn(1, 5n)).finishedRound();
  await profile.add(await openPerfData(new BytesSource(builder.build())), {
    sample: ({ time }) => void seen.push(`${time}`),
  });
  // 5 came when 30 had been given out: perf gives it out late as well.
  assertEquals(seen, ["10", "20", "30", "5", "40"]);
  assertEquals(profile.counts.late, 1);
});

Deno.test("Profile.add() gives a child the mappings of its parent, and an executed program none", async () => {
  const builder = new PerfDataBuilder([EVENT])
    .mmap2(map(1, 1n)).comm(1, 1, "parent", 2n).fork(2, 2, 1, 1, 3n)
    .sample(inBurn(2, 4n))
    .mmap2({ ...map(2, 5n, 0x400000n, "/bin/other"), prot: 5 })
    .sample(inBurn(2, 6n)).sample(inBurn(1, 7n))
    .comm(1, 1, "new", 8n, true)
    .sample(inBurn(1, 9n))
    .mmap2(map(1, 10n, 0x500000n))
    .sample(inBurn(1, 11n, 0x100000n));
  const { lines, profile } = await run(builder.build());
  assertEquals(lines[0], `4 2 parent cut: ${IN_BURN}`);
  assertEquals(lines[1], "6 2 parent no-row: other+190");
  assertEquals(lines[2], `7 1 parent cut: ${IN_BURN}`);
  assertEquals(lines[3]!.split(":")[0], "9 1 new no-module");
  assertEquals(lines[4], `11 1 new cut: ${IN_BURN}`);
  assertEquals(profile.modules.map(({ path }) => path), [
    "/bin/profile",
    "/bin/other",
  ]);
});

Deno.test("Profile.add() takes text away where data are mapped over it", async () => {
  const builder = new PerfDataBuilder([EVENT])
    .mmap2(map(1, 1n)).sample(inBurn(1, 2n))
    .mmap2({ ...map(1, 3n, 0x400000n, "/data"), prot: 3 })
    .sample(inBurn(1, 4n));
  const { lines } = await run(builder.build());
  assertEquals(lines[0], `2 1 :1 cut: ${IN_BURN}`);
  assertEquals(lines[1]!.split(":")[1], "1 no-module");
});

Deno.test("Profile.add() shares frames of a file that is loaded at several places", async () => {
  const builder = new PerfDataBuilder([EVENT])
    .mmap2(map(1, 1n)).mmap2(map(2, 1n, 0x700000n))
    .sample(inBurn(1, 2n)).sample(inBurn(2, 3n, 0x300000n));
  const { profile, lines } = await run(builder.build());
  assertEquals(lines.map((line) => line.split(": ")[1]), [IN_BURN, IN_BURN]);
  assertEquals(profile.frames.count, 2);
});

Deno.test("Profile.add() takes the kernel's frames from the chain, and the user's where there are no registers", async () => {
  const kernel = 0xffff_ffff_8100_0010n;
  const chain = [-128n, kernel, -512n, 0x400190n, 0x400200n];
  const builder = new PerfDataBuilder([EVENT])
    .mmap2({
      ...map(0xffff_ffff, 1n),
      start: 0xffff_ffff_8100_0000n,
      path: "[kernel.kallsyms]_text",
    })
    .mmap2(map(1, 1n))
    .sample({ pid: 1, tid: 1, time: 2n, chain })
    .sample({ ...inBurn(1, 3n), chain: [-128n, kernel] });
  const { lines, profile } = await run(builder.build());
  const inKernel = `k:[kernel.kallsyms]+${(-0x7effff_f0).toString(16)}`;
  assertEquals(lines, [
    `2 1 :1 chain: ${inKernel} profile+400190 profile+400200`,
    `3 1 :1 cut: ${inKernel} ${IN_BURN}`,
  ]);
  assertEquals(profile.frames.kinds[0], FrameKind.KERNEL);
  const without = await run(builder.build(), { kernel: false });
  assertEquals(without.lines[1], `3 1 :1 cut: ${IN_BURN}`);
});

Deno.test("Profile.add() completes samples by the call chain that comes later", async () => {
  const event: EventFields = {
    sampleType: BIT.tid | BIT.time | BIT.chain,
    flags: [18, 38, 39],
  };
  const cookie = 0x0001_0001n;
  const builder = new PerfDataBuilder([event]).mmap2(map(1, 1n))
    .sample({
      pid: 1,
      tid: 1,
      time: 2n,
      chain: [-128n, -0x7f00_0000n, -640n, cookie],
    })
    .sample({
      pid: 1,
      tid: 1,
      time: 3n,
      chain: [-128n, -0x7f00_0000n, -640n, 9n],
    });
  const body = builder.bytes().u64(cookie).u64(3).u64(-512n).u64(0x400190n)
    .u64(0x400200n).u32(1).u32(1).u64(4n).done();
  builder.record(22, 2, body);
  const { lines } = await run(builder.build());
  assertEquals(lines, [
    "2 1 :1 chain: k:[kernel.kallsyms]+-7f000000 profile+400190 profile+400200",
    "3 1 :1 no-stack: k:[kernel.kallsyms]+-7f000000",
  ]);
});

Deno.test("Profile.add() counts what is lost and what is damaged", async () => {
  const builder = new PerfDataBuilder([EVENT]).lost(7n, 1n)
    .record(9, 0, new Uint8Array(16)).record(10, 0, new Uint8Array(40))
    .sample({ ...inBurn(1, 2n), stackValid: 1000 })
    .sample({ pid: 1, tid: 1, time: 3n })
    .sample({ ...inBurn(1, 4n), abi: 1n });
  const { profile, lines } = await run(builder.build());
  assertEquals(profile.counts, { lost: 7, damaged: 3, late: 0 });
  assertEquals(lines.map((line) => line.split(": ")[0]), [
    "3 1 :1 no-stack",
    "4 1 :1 unsupported",
  ]);
});

Deno.test("Profile.add() walks the same stacks by the fast walk and by the general one alone", async () => {
  for (const name of ["plain.data", "stream.data"]) {
    const bytes = await Deno.readFile(new URL(name, DATA));
    const fast = await run(bytes);
    const general = await run(bytes, { onlyGeneralWalk: true });
    assertEquals(fast.lines, general.lines);
    assert(fast.profile.generalCount * 4 < general.profile.generalCount);
    // Registers and stacks that make no sense: both have to give up at the same place.
    let state = 5;
    const random = (limit: number) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return Math.floor(state / 65536) % limit;
    };
    for (let round = 0; round < 20; round++) {
      const changed = bytes.slice();
      for (let i = 0; i < 300; i++) {
        const at = 20_000 + random(changed.length - 30_000);
        // Bits of lower bytes, by which registers and addresses change a little.
        changed[at] = changed[at]! ^ (1 << random(8));
      }
      const mutated = await run(changed);
      const expected = await run(changed, { onlyGeneralWalk: true });
      assertEquals(mutated.lines, expected.lines, `round ${round} of ${name}`);
    }
  }
});

Deno.test("Profile.add() gives the same samples of a source that answers with promises", async () => {
  const bytes = await Deno.readFile(new URL("plain.data", DATA));
  const plain = new BytesSource(bytes);
  const slow: ByteSource = {
    size: plain.size,
    read: async (offset, length) =>
      await Promise.resolve(plain.read(offset, length)),
  };
  assertEquals((await run(slow)).lines, (await run(bytes)).lines);
});

Deno.test("Profile.add() waits for a sink that waits", async () => {
  const bytes = await Deno.readFile(new URL("plain.data", DATA));
  const profile = new Profile(OPTIONS);
  let running = 0;
  let count = 0;
  await profile.add(await openPerfData(new BytesSource(bytes)), {
    sample: async ({ time }) => {
      assertEquals(running++, 0);
      const before = time;
      await new Promise((resolve) => queueMicrotask(() => resolve(undefined)));
      assertEquals(time, before);
      running--;
      count++;
    },
  });
  assertEquals(count, profile.sampleCount);
});
