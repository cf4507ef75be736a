import {
  BytesSource,
  decodeBuildId,
  decodeComm,
  decodeLost,
  decodeMapping,
  decodeTask,
  FIRST_USER_TYPE,
  FormatError,
  openPerfData,
  openPerfStream,
  type PerfData,
  type RecordBytes,
  RecordType,
} from "../../formats/perf_data/mod.ts";
import {
  FrameNames,
  Profile,
  type ProfileOptions,
  StackTable,
} from "../../kernel/profile/mod.ts";
import {
  BIT,
  DWARF_SAMPLE,
  PerfDataBuilder,
  X86_REGISTERS,
  x86Registers,
} from "../builders/perf_data.ts";
import type { FuzzTarget } from "./target.ts";

const DATA = new URL("../data/perf/", import.meta.url);

let work = 0;

/** A capture of each kind of record, small enough to be mutated all over. */
function smallCaptures(): Uint8Array[] {
  return [true, false].flatMap((littleEndian) => {
    const builder = new PerfDataBuilder([
      {
        sampleType: DWARF_SAMPLE | BIT.identifier | BIT.cpu,
        flags: [18, 23, 38],
        registers: X86_REGISTERS,
        stackSize: 32,
        ids: [1n, 2n],
      },
      {
        sampleType: DWARF_SAMPLE | BIT.identifier | BIT.cpu | BIT.read |
          BIT.raw,
        readFormat: 15,
        flags: [18],
        registers: X86_REGISTERS,
        ids: [3n],
      },
    ], littleEndian);
    const sample = {
      pid: 1,
      tid: 1,
      chain: [-128n, -4096n * 512n, -512n, 0x400190n, -640n, 77n],
      registers: x86Registers({ ip: 0x400190n, sp: 0x7000n, bp: 0x7010n }),
      stack: new Uint8Array(32).fill(0x40),
    };
    builder.comm(1, 1, "a", 1n).mmap2({
      pid: 1,
      start: 0x400000n,
      size: 0x1000n,
      offset: 0n,
      path: "/profile",
      time: 2n,
    })
      .fork(2, 2, 1, 1, 3n).sample({ ...sample, id: 1n, time: 5n })
      .finishedRound().sample({ ...sample, id: 3n, time: 4n, chain: [] }, 1)
      .lost(3n, 6n).exit(2, 2, 7n).finishedRound()
      .record(22, 2, builder.bytes().u64(77).u64(1).u64(-512).done())
      .textFeature(3, "host")
      .feature(
        12,
        builder.bytes().u32(1).u32(144).raw(
          builder.attr({ sampleType: DWARF_SAMPLE }),
        ).u32(1).u32(8).text("cycles").u64(1).done(),
      );
    return [builder.build(), builder.buildPipe()];
  });
}

function seeds(): Uint8Array[] {
  const real = ["plain.data", "stream.data", "packed.data"].map((name) =>
    // The first records are enough, and quick.
    Deno.readFileSync(new URL(name, DATA)).slice(0, 12_000)
  );
  return [...smallCaptures(), ...real];
}

/** Everything that the decoder offers for the present record. */
function drainRecord(data: PerfData): void {
  const { records, events, header: { littleEndian } } = data;
  const { type, offset, size, chunk: { view } } = records;
  work += 1 + size;
  if (type >= FIRST_USER_TYPE) return data.describe();
  if (type === RecordType.SAMPLE) {
    events.ofSample(view, offset, size)?.decoder.decode(view, offset, size);
    return;
  }
  const idSize = events.ofRecord(view, offset, size)?.sampleId.size ?? 0;
  const record: RecordBytes = {
    view,
    offset,
    size: size - idSize,
    littleEndian,
  };
  const decoders = [
    decodeMapping,
    decodeComm,
    decodeTask,
    decodeLost,
    decodeBuildId,
  ];
  for (const decode of decoders) {
    try {
      decode(record);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
}

async function drain(data: PerfData): Promise<void> {
  do {
    while (data.records.next()) drainRecord(data);
  } while (await data.records.fill());
  work += data.warnings.length + data.events.events.length;
}

async function* halves(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes.subarray(0, bytes.length >> 1));
  yield bytes.subarray(bytes.length >> 1);
}

/** A stand-in for a decompressor that never fails. */
const decompressor = () => ({ push: (piece: Uint8Array) => [piece.slice()] });

/** The decoder. */
export const target: FuzzTarget = {
  name: "perf_data",
  seeds,
  async run(input: Uint8Array): Promise<void> {
    work = 0;
    try {
      await drain(await openPerfData(new BytesSource(input), { decompressor }));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
    await drain(await openPerfStream(halves(input), { decompressor }));
  },
  work: () => work,
};

/** The whole engine: order, address spaces, walks, names. */
export const profileTarget: FuzzTarget = {
  name: "profile",
  seeds,
  async run(input: Uint8Array): Promise<void> {
    work = 0;
    const program = Deno.readFileSync(new URL("profile", DATA));
    const options: ProfileOptions = {
      candidates: ({ path }) => [
        { path, open: () => new BytesSource(program) },
      ],
    };
    const profile = new Profile(options);
    const stacks = new StackTable();
    const data = await openPerfData(new BytesSource(input), { decompressor });
    await profile.add(data, {
      sample: ({ frames, count }) => {
        stacks.intern(frames, count);
        work += count;
      },
    });
    const names = new FrameNames(profile, { kallsyms: () => input });
    await names.loadAll();
    for (let frame = 0; frame < profile.frames.count; frame++) {
      names.name(frame);
    }
  },
  work: () => work,
};
