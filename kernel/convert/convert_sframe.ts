/**
 * From one version of SFrame to another.
 *
 * @module
 */
import {
  SFrameAbi,
  type SFrameFunction,
  type SFrameFunctionSpec,
  type SFrameRowSpec,
  type SFrameSection,
  specOfRow,
} from "../../formats/sframe/mod.ts";
import {
  type Conversion,
  type ConvertOptions,
  type ConvertRules,
  rulesOf,
} from "./options.ts";

/** The numbers of SP and FP, by which control words name them. */
const NAMED_REGISTERS: Readonly<Record<number, readonly [number, number]>> = {
  [SFrameAbi.AARCH64_ENDIAN_BIG]: [31, 29],
  [SFrameAbi.AARCH64_ENDIAN_LITTLE]: [31, 29],
  [SFrameAbi.AMD64_ENDIAN_LITTLE]: [7, 6],
  [SFrameAbi.S390X_ENDIAN_BIG]: [15, 11],
};

/** V1 does not say how long a repetition is; its only producer repeats after so many bytes. */
const V1_REP_SIZE = 16;

/** V3 counts the rows of a function in 16 bits. */
const MAX_V3_ROWS = 0xffff;

/**
 * Makes a section of another version, or of the same one, from a decoded section. Functions that are broken, or that the
 * version cannot express, are left out and listed.
 *
 * @param input The section, decoded at its own address.
 * @param sectionAddress Address of the section to be made.
 *
 * @example From V3 to V2
 * ```ts
 * import { buildSFrame, decodeSFrame } from "@framewalk/framewalk/formats/sframe";
 * import { convertSFrame } from "@framewalk/framewalk/kernel/convert";
 * const bytes = buildSFrame({ version: 3, abi: 3, sectionAddress: 0x2000, functions: [] });
 * const { section } = convertSFrame(decodeSFrame(bytes, 0x2000), 0x2000, { version: 2 });
 * console.log(buildSFrame(section)[2]); // 2
 * ```
 */
export function convertSFrame(
  input: SFrameSection,
  sectionAddress: number,
  options: ConvertOptions = {},
): Conversion {
  const rules = rulesOf(options);
  const { header } = input;
  const functions: SFrameFunctionSpec[] = [];
  const conversion: Conversion = {
    section: {
      version: rules.version,
      abi: header.abi,
      sectionAddress,
      pcrel: rules.version === 3 || rules.version === 2 && rules.gas === "2.47",
      functions,
    },
    dropped: [],
    errors: input.errors,
  };
  // Rows keep their order, which sorting the table of functions does not touch.
  const inRowOrder = [...input.functions].sort((a, b) =>
    a.freOffset - b.freOffset || a.index - b.index
  );
  for (const f of inRowOrder) {
    const spec = convertFunction(input, f, rules);
    if (typeof spec !== "string") {
      functions.push(spec);
      continue;
    }
    const { startAddress, size } = f;
    const isListed = f.signal && rules.version === 3;
    conversion.dropped.push({ startAddress, size, reason: spec, isListed });
    if (isListed) {
      functions.push({ startAddress, size, rows: [], signal: true });
    }
  }
  return conversion;
}

function convertFunction(
  { header }: SFrameSection,
  f: SFrameFunction,
  rules: ConvertRules,
): SFrameFunctionSpec | string {
  if (f.error !== undefined) return f.error.message;
  if (rules.version < 3 && f.rows.length === 0) return "it has no rows";
  if (rules.version === 3 && f.rows.length > MAX_V3_ROWS) {
    return `it has ${f.rows.length} rows`;
  }
  const rows: SFrameRowSpec[] = [];
  let needsFlex = false;
  for (const row of f.rows) {
    const spec = specOfRow(header, f, row);
    if (spec === undefined) return "a row makes no sense";
    if (rules.plt === "correct" && isWrongPlt(header.abi, f, spec)) {
      spec.cfa = { base: "sp", offset: 8 };
    }
    const problem = findProblem(spec, header.abi, rules.version);
    if (problem === "flex" && rules.version === 3) needsFlex = true;
    else if (problem !== undefined) {
      return problem === "flex"
        ? `V${rules.version} has no words for its registers`
        : problem;
    }
    rows.push(spec);
  }
  return describe(f, rows, header.version, rules.version, needsFlex);
}

function describe(
  f: SFrameFunction,
  rows: SFrameRowSpec[],
  from: number,
  to: number,
  needsFlex: boolean,
): SFrameFunctionSpec {
  const isMask = f.pcType === "mask";
  const spec: SFrameFunctionSpec = {
    startAddress: f.startAddress,
    size: f.size,
    rows,
    flex: needsFlex || to === 3 && f.type === "flex",
  };
  if (f.startSize !== 0) spec.startSize = f.startSize as 1 | 2 | 4;
  if (isMask) {
    spec.pcType = "mask";
    spec.repSize = from === 1 ? V1_REP_SIZE : f.repSize;
  } else if (from === to) spec.repSize = f.repSize;
  if (f.pauthKey === "B") spec.pauthKey = "B";
  if (f.signal && to === 3) spec.signal = true;
  return spec;
}

/** `.plt.got` as ld writes it: one row for each entry, CFA = SP + 16. */
function isWrongPlt(
  abi: number,
  f: SFrameFunction,
  { cfa }: SFrameRowSpec,
): boolean {
  return abi === SFrameAbi.AMD64_ENDIAN_LITTLE && f.pcType === "mask" &&
    f.rows.length === 1 && cfa?.base === "sp" && cfa.offset === 16;
}

/** Why a row cannot be written without control words (`flex`), or at all. */
function findProblem(
  { cfa, ra, fp }: SFrameRowSpec,
  abi: number,
  version: number,
): string | undefined {
  if (ra === "undefined") {
    return version === 3 ? undefined : "RA is undefined";
  }
  if (cfa === undefined) return "it has no CFA";
  const named = NAMED_REGISTERS[abi]!;
  const isNamed = typeof cfa.base === "string" || named.includes(cfa.base);
  let needsFlex = !isNamed || cfa.deref === true;
  const isAmd64 = abi === SFrameAbi.AMD64_ENDIAN_LITTLE;
  for (const rule of [ra, fp]) {
    if (rule === undefined) continue;
    if (rule.base === "cfa") {
      if (rule.offset === 0 || !rule.deref) {
        return "a register is saved at the CFA";
      }
      if (rule === ra && isAmd64) needsFlex = true;
      // An odd word of s390x V2 is a register.
      const isOdd = version === 2 && (rule.offset & 1) !== 0;
      if (isOdd && abi === SFrameAbi.S390X_ENDIAN_BIG) {
        return "a register is saved at an odd offset";
      }
      continue;
    }
    const hasWord = version === 2 && abi === SFrameAbi.S390X_ENDIAN_BIG &&
      !rule.deref && rule.offset === 0;
    needsFlex ||= !hasWord;
  }
  const isAarch64 = !isAmd64 && abi !== SFrameAbi.S390X_ENDIAN_BIG;
  if (isAarch64 && fp !== undefined && ra === undefined) {
    return "FP is saved, but RA is not";
  }
  return needsFlex ? "flex" : undefined;
}
