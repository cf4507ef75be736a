import { FormatError } from "../../formats/base/error.ts";
import { type CfiMachine, openEhFrame } from "../../formats/eh_frame/mod.ts";
import { buildSFrame, decodeSFrame } from "../../formats/sframe/mod.ts";
import {
  type Conversion,
  convertEhFrame,
  type ConvertOptions,
  convertSFrame,
  verifyMeaning,
} from "../../kernel/convert/mod.ts";
import { CfiBuilder, fixed, sleb, uleb } from "../builders/eh_frame.ts";
import { readGoldens } from "../formats/sframe/golden.ts";
import type { FuzzTarget } from "./target.ts";

const EH_ADDRESS = 0x2000;
const ADDRESS = 0x8000;
const MACHINES: readonly CfiMachine[] = ["x86-64", "aarch64", "s390x"];

let work = 0;

/** What comes out of any input can be written, and read again without an error. */
function check(conversion: Conversion, options: ConvertOptions): Uint8Array {
  const { section, dropped } = conversion;
  for (const { reason } of dropped) {
    if (reason === "") throw new Error("dropped without a reason");
  }
  let bytes: Uint8Array;
  try {
    bytes = buildSFrame(section, options);
  } catch (error) {
    // Addresses too far apart for the version are told by the writer.
    if (error instanceof RangeError && /too far/.test(error.message)) {
      return new Uint8Array();
    }
    throw error;
  }
  const decoded = decodeSFrame(bytes, section.sectionAddress);
  if (decoded.errors.length > 0) throw new Error(decoded.errors[0]!.message);
  if (decoded.functions.length !== section.functions.length) {
    throw new Error("functions were lost");
  }
  for (const { rows } of decoded.functions) work += 1 + rows.length;
  return bytes;
}

function runEhFrame(flags: number, bytes: Uint8Array): void {
  const machine = MACHINES[flags & 3] ?? "x86-64";
  const littleEndian = machine !== "s390x" && (flags & 4) === 0;
  const version = ((flags >> 3) % 3 + 1) as 1 | 2 | 3;
  const options: ConvertOptions = {
    version,
    gas: (["2.40", "2.44", "2.47"] as const)[(flags >> 4) % 3]!,
    rows: (flags & 0x40) !== 0 ? "correct" : "gas",
    plt: (flags & 0x80) !== 0 ? "correct" : "ld",
  };
  const table = openEhFrame(bytes, EH_ADDRESS, { littleEndian, machine });
  const input = {
    table,
    machine,
    littleEndian: machine === "x86-64" || littleEndian,
    sectionAddress: ADDRESS,
    pltSections: [
      { name: ".plt", address: 0x1000, size: 0x40, entrySize: 16 },
      { name: ".plt.got", address: 0x1080, size: 8, entrySize: 8 },
    ],
  };
  const made = check(convertEhFrame(input, options), options);
  if (made.length === 0) return;
  const report = verifyMeaning(made, ADDRESS, table, { maxFindings: 100 });
  work += report.rangeCount;
}

function runSFrame(flags: number, bytes: Uint8Array): void {
  const version = ((flags >> 3) % 3 + 1) as 1 | 2 | 3;
  const options: ConvertOptions = { version };
  const section = decodeSFrame(bytes, ADDRESS);
  check(convertSFrame(section, ADDRESS, options), options);
  const table = openEhFrame(new Uint8Array(4), EH_ADDRESS, {
    littleEndian: true,
    machine: "x86-64",
  });
  work += verifyMeaning(bytes, ADDRESS, table).functionCount;
}

/** Instructions of every kind that a converter has a rule for. */
const INSTRUCTIONS: readonly number[] = [
  ...[0x41, 0x0e, 16, 0x86, 2, 0x0a, 0x41, 0x0d, 6, 0x41, 0x0b],
  ...[0x41, 0xc6, 0x41, 0x2e, 0, 0x41, 0x0c, 10, 0, 0x41, 0x10, 6, 2, 0x76, 0],
  ...[0x41, 0x0f, 3, 0x76, 0x78, 6, 0x41, 0x09, 16, 2, 0x41, 0x90, 1],
  ...[0x41, 0x07, 16, 0x41, 0x08, 6, 0x14, 3, 2, 0x41, 0x0c, 7, 8],
];

function seeds(): Uint8Array[] {
  const amd64 = new CfiBuilder();
  const cie = amd64.cie();
  amd64.fde({
    cie,
    start: 0x2000,
    size: 0x100,
    instructions: [...INSTRUCTIONS],
  });
  amd64.fde({
    cie,
    start: 0x1000,
    size: 0x40,
    instructions: [
      ...[0x0e, 16, 0x46, 0x0e, 24, 0x4a, 0x0f, 11],
      ...[0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22],
    ],
  });
  amd64.fde({ cie, start: 0x1080, size: 8, instructions: [] });
  const signal = amd64.cie({ augmentation: "zRS", augmentationData: [0x1b] });
  amd64.fde({
    cie: signal,
    start: fixed(0x100, 4),
    size: fixed(9, 4),
    augmentationData: [],
    instructions: [0x0f, 3, 0x77, 0x20, 6],
  });
  const arm = new CfiBuilder();
  arm.fde({
    cie: arm.cie({ returnColumn: 30, initial: [0x0c, 31, 0] }),
    start: 0x1000,
    size: 0x100,
    instructions: [
      0x41,
      0x2d,
      0x41,
      0x0e,
      32,
      0x9d,
      4,
      0x9e,
      3,
      0x41,
      0xdd,
      0xde,
    ],
  });
  const s390 = new CfiBuilder({ littleEndian: false });
  s390.fde({
    cie: s390.cie({ returnColumn: 14, initial: [0x0c, 15, ...uleb(160)] }),
    start: 0x1000,
    size: 0x100,
    instructions: [0x41, 0x09, 11, 16, 0x41, 0x8e, 6, 0x12, 15, ...sleb(-40)],
  });
  const inputs = [
    [0x10, ...amd64.bytes],
    [0x30, ...amd64.bytes],
    [0x51, ...arm.bytes],
    [0x92, ...s390.bytes],
    ...readGoldens().map(({ bytes }, i) => [8 * i, ...bytes]),
  ];
  return inputs.map((bytes) => Uint8Array.from(bytes));
}

/** A byte of flags, then `.eh_frame` or SFrame: converted every way, and what comes out compared with what went in. */
export const target: FuzzTarget = {
  name: "convert",
  seeds,
  run(input: Uint8Array): void {
    work = 0;
    const flags = input[0] ?? 0;
    const bytes = input.subarray(1);
    runEhFrame(flags, bytes);
    try {
      runSFrame(flags, bytes);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  },
  work: (): number => work,
  workPerByte: 16,
};
