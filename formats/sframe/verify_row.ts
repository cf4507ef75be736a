/**
 * Rules for the words of one row.
 *
 * @module
 */
import {
  FdeType,
  FreInfo,
  MAX_REGISTER,
  MAX_WORD_COUNT,
  SFrameAbi,
} from "./constants.ts";
import { controlWord, type SFrameFunction, type SFrameRow } from "./decoded.ts";
import type { SFrameHeader } from "./header.ts";
import type { SFrameSeverity } from "./verify_findings.ts";

/** What is wrong with a row. */
export interface RowProblem {
  /** How bad it is. */
  severity: SFrameSeverity;
  /** Name of the rule. */
  rule: string;
  /** What is wrong. */
  message: string;
}

/** Highest register in a control word of one byte, which is all that the kernel reads. */
const MAX_KERNEL_REGISTER = 31;
/** Bit 2 of a control word is reserved. */
const RESERVED_CONTROL = 4;

/** Finds the first thing that is wrong with a row's info byte and words. */
export function findRowProblem(
  header: SFrameHeader,
  f: SFrameFunction,
  row: SFrameRow,
): RowProblem | undefined {
  const { words, info } = row;
  if (words.length === 0) {
    return header.version === 1
      ? error("no-words", "V1 has no rows without words")
      : undefined;
  }
  if (words.length > MAX_WORD_COUNT) {
    return error("word-count", `${words.length} words are more than a row has`);
  }
  const type = f.info2 & FdeType.MASK;
  if (type > FdeType.FLEX) return undefined; // said of the function
  const problem = type === FdeType.FLEX
    ? findFlexProblem(header, row)
    : findDefaultProblem(header, row);
  if (problem !== undefined) return problem;
  const isAarch64 = header.abi === SFrameAbi.AARCH64_ENDIAN_LITTLE ||
    header.abi === SFrameAbi.AARCH64_ENDIAN_BIG;
  if ((info & FreInfo.MANGLED_RA) !== 0 && !isAarch64) {
    return warning(
      "unused-bits",
      "a signed RA means something on AArch64 only",
    );
  }
  if (type === FdeType.FLEX && (info & FreInfo.BASE_SP) !== 0) {
    return warning(
      "unused-bits",
      "the base bit means nothing in flexible functions",
    );
  }
  return undefined;
}

function findDefaultProblem(
  header: SFrameHeader,
  { words }: SFrameRow,
): RowProblem | undefined {
  const most = header.fixedRaOffset !== 0 ? 2 : 3;
  if (words.length > most) {
    return error(
      "word-count",
      `${words.length} words, but only ${most} have a meaning`,
    );
  }
  const isS390x = header.abi === SFrameAbi.S390X_ENDIAN_BIG;
  const fpIndex = most - 1;
  for (let i = 1; i < words.length; i++) {
    const word = words[i]!;
    const isPadding = isS390x && i < fpIndex;
    if (word === 0 && !isPadding) {
      return warning(
        "zero-word",
        `word ${i + 1} is 0, which some readers take for no rule`,
      );
    }
    if (!isS390x || (word & 1) === 0) continue;
    if (header.version !== 2) {
      return error(
        "odd-word",
        `word ${i + 1} is odd: only V2 keeps registers so`,
      );
    }
    if (word < 0 || word >> 1 > MAX_REGISTER) {
      return error("register", `there is no register ${word >> 1}`);
    }
  }
  return undefined;
}

/** Pairs (control, offset) for CFA, RA and FP; a control of 0 stands alone. */
function findFlexProblem(
  header: SFrameHeader,
  { words, wordSize }: SFrameRow,
): RowProblem | undefined {
  let at = 0;
  for (const name of ["CFA", "RA", "FP"]) {
    if (at >= words.length) return undefined;
    const control = controlWord(words[at++]!, wordSize);
    if (control === 0) {
      if (name === "CFA") return error("control-word", "the CFA has no rule");
      if (name === "FP" || at === words.length) {
        return error("control-word", "a padding word stands at the end");
      }
      continue;
    }
    if ((control & RESERVED_CONTROL) !== 0) {
      return error(
        "control-word",
        `bit 2 of the control word for ${name} is set`,
      );
    }
    if ((control & 1) === 0 && name === "CFA") {
      return error("control-word", "the CFA is based on itself");
    }
    if ((control & 1) !== 0 && control >>> 3 > MAX_REGISTER) {
      return error("register", `there is no register ${control >>> 3}`);
    }
    if (at >= words.length) {
      return error("word-count", `the offset for ${name} is missing`);
    }
    at++;
  }
  if (at < words.length) {
    return error("word-count", `${words.length - at} words without a meaning`);
  }
  return header.version === 3
    ? undefined
    : error("fde-type", "only V3 has flexible functions");
}

/** What the kernel refuses in a row that is right by the format. */
export function kernelRowProblem(
  f: SFrameFunction,
  { words, wordSize }: SFrameRow,
): string | undefined {
  if (f.type !== "flex") return undefined;
  for (let at = 0; at < words.length;) {
    const control = controlWord(words[at++]!, wordSize);
    if (control === 0) continue;
    if ((control & 1) !== 0 && control >>> 3 > MAX_KERNEL_REGISTER) {
      return `register ${control >>> 3} is above ${MAX_KERNEL_REGISTER}`;
    }
    if ((control & 3) === 0) return "a value is the CFA plus an offset";
    at++;
  }
  return undefined;
}

function error(rule: string, message: string): RowProblem {
  return { severity: "error", rule, message };
}

function warning(rule: string, message: string): RowProblem {
  return { severity: "warning", rule, message };
}
