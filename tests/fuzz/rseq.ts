import { BytesSource } from "../../formats/base/byte_source.ts";
import { openElf } from "../../formats/elf/mod.ts";
import {
  checkCriticalSection,
  decodeKtlsLayout,
  decodeRseqArea,
  decodeRseqConfiguration,
  decodeRseqCsArray,
  decodeRseqExitPoints,
  decodeRseqPointers,
  encodeKtlsLayout,
  encodeRseqArea,
  encodeRseqConfiguration,
  encodeRseqCsArray,
  encodeRseqExitPoints,
  encodeRseqPointers,
  FormatError,
  resolveCriticalSection,
  type RseqCheckContext,
} from "../../formats/rseq/mod.ts";
import { openSession } from "../../kernel/mod.ts";
import { findRseqAreas, readElfRseq } from "../../kernel/rseq/mod.ts";
import { findVdso, readVdso } from "../../kernel/vdso/mod.ts";
import { readFixture } from "../kernel/rseq/fixture.ts";
import type { FuzzTarget } from "./target.ts";

const CONTEXT: RseqCheckContext = {
  userEnd: 0x7fff_ffff_f000n,
  signature: 0x5305_3053,
  readSignature: (address) => Number(address & 0xffff_ffffn),
};

function requireSame(a: Uint8Array, b: Uint8Array, what: string): void {
  const isSame = a.length === b.length && a.every((byte, i) => byte === b[i]);
  if (!isSame) throw new Error(`${what} does not come back`);
}

/** The arrays of ELF files: what was decoded whole comes back. */
function tryArrays(input: Uint8Array, littleEndian: boolean): void {
  const whole = (size: number) =>
    input.subarray(0, input.length - input.length % size);
  const sections = decodeRseqCsArray(input, littleEndian);
  const back = encodeRseqCsArray(sections.entries, littleEndian);
  requireSame(back, whole(32), "rseq_cs");
  const pointers = decodeRseqPointers(input, littleEndian).entries;
  requireSame(encodeRseqPointers(pointers, littleEndian), whole(8), "pointers");
  const exits = decodeRseqExitPoints(input, littleEndian).entries;
  requireSame(encodeRseqExitPoints(exits, littleEndian), whole(16), "exits");
  for (const section of sections.entries) {
    checkCriticalSection(section, CONTEXT);
    for (const mode of ["strict", "lenient"] as const) {
      resolveCriticalSection(section, section.startIp, mode, CONTEXT);
    }
  }
}

/** Areas of every size, arrays, configurations: both byte orders, there and back. */
export const target: FuzzTarget = {
  name: "rseq",
  seeds: () => [
    Uint8Array.from({ length: 96 }, (_, i) => i * 7),
    new Uint8Array(33),
    new Uint8Array(64).fill(0xff),
  ],
  run(input) {
    let failure: FormatError | undefined;
    for (const littleEndian of [true, false]) {
      tryArrays(input, littleEndian);
      try {
        const size = input.length;
        const area = decodeRseqArea(input, 0, size, littleEndian);
        requireSame(encodeRseqArea(area, littleEndian), input, "area");
        const layout = decodeKtlsLayout(input, 0, littleEndian);
        const layoutBytes = encodeKtlsLayout(layout, littleEndian);
        requireSame(layoutBytes, input.subarray(0, 16), "layout");
        const found = decodeRseqConfiguration(input, 0, littleEndian);
        const bytes = encodeRseqConfiguration(found, littleEndian);
        requireSame(bytes, input.subarray(0, 24), "configuration");
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        failure = error;
      }
    }
    if (failure !== undefined) throw failure;
  },
};

const NAMES = ["x86_64.so", "x86_64_relr.so", "aarch64.o", "s390x.o"];
let work = 0;

/** Critical sections of ELF files, linked or not. */
export const elfTarget: FuzzTarget = {
  name: "rseq_elf",
  seeds: () => Promise.all(NAMES.map(readFixture)),
  work: () => work,
  async run(input) {
    const found = await readElfRseq(await openElf(new BytesSource(input)));
    const { sections, strays } = found;
    work = sections.length + strays.length;
    for (const { exits, findings } of sections) {
      work += exits.length + findings.length;
    }
  },
};

/** Areas of a core's threads, and its vDSO. */
export const coreTarget: FuzzTarget = {
  name: "rseq_core",
  seeds: async () => [await readFixture("core.gz")],
  async run(input) {
    const program = await readFixture("program");
    const session = await openSession(new BytesSource(input), {
      executable: new BytesSource(program),
    });
    for (const mode of ["strict", "lenient"] as const) {
      await findRseqAreas(session, { mode });
    }
    await findRseqAreas(session, { offset: -64, size: 64 });
    await findVdso(session);
  },
};

/** vDSO images. */
export const vdsoTarget: FuzzTarget = {
  name: "vdso",
  seeds: () =>
    Promise.all(
      ["x86_64", "aarch64", "s390x"].map((machine) =>
        Deno.readFile(new URL(`../data/vdso/${machine}.so`, import.meta.url))
      ),
    ),
  async run(input) {
    const vdso = await readVdso(await openElf(new BytesSource(input)));
    if (vdso.symbols.some(({ name }) => typeof name !== "string")) {
      throw new Error("a symbol without a name");
    }
  },
};
