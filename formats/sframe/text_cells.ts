/**
 * The cells of a row in the text: CFA, FP and RA.
 *
 * @module
 */
import {
  ABI_REGISTERS,
  FreInfo,
  S390X_CFA_BIAS,
  S390X_CFA_SCALE,
  SFrameAbi,
} from "./constants.ts";
import { controlWord } from "./decoded.ts";
import type { SFrameHeader } from "./header.ts";
import type { TextTraits } from "./text_compat.ts";

const CELL_WIDTH = 10;
const RA_WIDTH = 13;
const NO_OFFSET = -1;

/** Text of a row behind its address: two spaces, and the cells in their widths. */
export function rowTail(
  header: SFrameHeader,
  traits: TextTraits,
  isFlex: boolean,
  info: number,
  wordSize: number,
  words: readonly number[],
): string {
  if (words.length === 0 && traits.showsUndefined) return "  RA undefined";
  const [cfa, fp, ra] = isFlex
    ? flexCells(header, wordSize, words)
    : defaultCells(header, traits, info, words);
  const mark = (info & FreInfo.MANGLED_RA) !== 0 ? "[s]" : "   ";
  return `  ${cfa.padEnd(CELL_WIDTH)}${fp.padEnd(CELL_WIDTH)}${
    (ra + mark).padEnd(RA_WIDTH)
  }`;
}

type Cells = [cfa: string, fp: string, ra: string];

function defaultCells(
  header: SFrameHeader,
  traits: TextTraits,
  info: number,
  words: readonly number[],
): Cells {
  const { fixedFpOffset, fixedRaOffset } = header;
  const base = (info & FreInfo.BASE_SP) !== 0 ? "sp" : "fp";
  // Releases that do not know rows without words print the error number of their library.
  const cfa = `${base}+${
    words.length === 0 ? NO_OFFSET : cfaOffset(header, words[0]!)
  }`;
  const fpWord = words[fixedRaOffset !== 0 ? 1 : 2];
  const fp = fixedFpOffset !== 0
    ? (traits.showsFixed ? `c${signed(fixedFpOffset)}` : "u")
    : fpWord === undefined
    ? "u"
    : slot(header, traits, fpWord);
  if (fixedRaOffset !== 0) return [cfa, fp, traits.showsFixed ? "f" : "u"];
  const raWord = words[1];
  if (raWord === undefined) return [cfa, fp, "u"];
  return [
    cfa,
    fp,
    raWord === 0 && traits.showsRegisters ? "U" : slot(header, traits, raWord),
  ];
}

/** Where a value is saved; s390x V2 keeps a register in an odd word. */
function slot(header: SFrameHeader, traits: TextTraits, word: number): string {
  const isRegister = (word & 1) !== 0 && traits.showsRegisters &&
    header.version === 2 && header.abi === SFrameAbi.S390X_ENDIAN_BIG;
  return isRegister ? `r${word >> 1}` : `c${signed(word)}`;
}

function flexCells(
  header: SFrameHeader,
  wordSize: number,
  words: readonly number[],
): Cells {
  const cfa = flexCell(
    header,
    controlWord(words[0] ?? 0, wordSize),
    cfaOffset(header, words[1] ?? 0),
  );
  const raControl = controlWord(words[2] ?? 0, wordSize);
  const ra = words.length <= 2
    ? (header.fixedRaOffset !== 0 ? "f" : "u")
    : raControl === 0
    ? "U"
    : flexCell(header, raControl, words[3] ?? 0);
  const at = raControl === 0 ? 3 : 4;
  const fpControl = controlWord(words[at] ?? 0, wordSize);
  const fp = header.fixedFpOffset !== 0
    ? `c${signed(header.fixedFpOffset)}`
    : words.length <= at || fpControl === 0
    ? "u"
    : flexCell(header, fpControl, words[at + 1] ?? 0);
  return [cfa, fp, ra];
}

/** binutils looks at the load bit only where the base is a register. */
function flexCell(
  header: SFrameHeader,
  control: number,
  offset: number,
): string {
  if ((control & 1) === 0) return `c${signed(offset)}`;
  const { sp, fp } = ABI_REGISTERS[header.abi]!;
  const register = control >>> 3;
  const name = register === sp ? "sp" : register === fp ? "fp" : `r${register}`;
  const sum = `${name}${signed(offset)}`;
  return (control & 2) !== 0 ? `(${sum})` : sum;
}

function cfaOffset({ abi }: SFrameHeader, word: number): number {
  return abi === SFrameAbi.S390X_ENDIAN_BIG
    ? word * S390X_CFA_SCALE + S390X_CFA_BIAS
    : word;
}

function signed(value: number): string {
  return value < 0 ? `${value}` : `+${value}`;
}
