/**
 * The rules of a row for people and for programs.
 *
 * @module
 */
import {
  Base,
  RowFlag,
  SFrameAbi,
  type SFrameCfaRule,
  type SFrameRowSpec,
  type SFrameValueRule,
  type UnwindRow,
} from "../formats/sframe/mod.ts";

/** A rule as JSON shows it: value = base + offset, loaded from there with `deref`. */
export interface ValueRecord {
  /** `sp`, `fp`, `cfa`, or `r` and the DWARF number of a register. */
  base: string;
  /** Bytes. */
  offset: number;
  /** Whether the value is the 64-bit word at that address. */
  deref: boolean;
}

/** The rules of a row as JSON shows them. */
export interface RuleRecord {
  /** The CFA; null in the outermost frame. */
  cfa: ValueRecord | null;
  /** The return address: a rule, `same` (still in its register), `undefined` (no caller). */
  ra: ValueRecord | "same" | "undefined";
  /** The caller's frame pointer: a rule, or `same`. */
  fp: ValueRecord | "same" | "undefined";
  /** Whether the return address carries a pointer authentication code. */
  raSigned: boolean;
}

const RA_SAVED: ValueRecord = { base: "cfa", offset: -8, deref: true };

/** SP and FP of each ABI by DWARF number. */
const NAMED: Record<number, Record<number, string>> = {
  [SFrameAbi.AARCH64_ENDIAN_BIG]: { 31: "sp", 29: "fp" },
  [SFrameAbi.AARCH64_ENDIAN_LITTLE]: { 31: "sp", 29: "fp" },
  [SFrameAbi.AMD64_ENDIAN_LITTLE]: { 7: "sp", 6: "fp" },
  [SFrameAbi.S390X_ENDIAN_BIG]: { 15: "sp", 11: "fp" },
};

/** Makes the record of a row; what it leaves to its machine is filled in. */
export function describeRules(row: SFrameRowSpec, abi: number): RuleRecord {
  const { cfa, ra, fp } = row;
  const usual = abi === SFrameAbi.AMD64_ENDIAN_LITTLE ? RA_SAVED : "same";
  return {
    cfa: cfa === undefined ? null : valueRecord(cfa, abi),
    ra: ra === undefined
      ? usual
      : ra === "undefined"
      ? ra
      : valueRecord(ra, abi),
    fp: fp === undefined ? "same" : valueRecord(fp, abi),
    raSigned: row.mangled === true,
  };
}

function valueRecord(
  { base, offset, deref = false }: SFrameCfaRule | SFrameValueRule,
  abi: number,
): ValueRecord {
  const name = typeof base === "string" ? base : registerName(base, abi);
  return { base: name, offset, deref };
}

/** Name of a register in rules: `sp`, `fp` or `r` and its DWARF number. */
export function registerName(register: number, abi: number): string {
  return NAMED[abi]?.[register] ?? `r${register}`;
}

/** A rule in words: `SP + 16`, `the word at CFA - 8`. */
export function ruleText({ base, offset, deref }: ValueRecord): string {
  const name = /^r\d/.test(base) ? base : base.toUpperCase();
  const sum = offset === 0
    ? name
    : `${name} ${offset < 0 ? "-" : "+"} ${Math.abs(offset)}`;
  return deref ? `the word at ${sum}` : sum;
}

/** The caller's SP: the CFA, on s390x less the area that every caller leaves. */
export function spRule(abi: number): ValueRecord {
  const offset = abi === SFrameAbi.S390X_ENDIAN_BIG ? -160 : 0;
  return { base: "cfa", offset, deref: false };
}

/** Makes the record of a row that a table found, and says what it has no words for. */
export function describeUnwindRow(
  row: UnwindRow,
  abi: number,
): RuleRecord & { notes: string[] } {
  const notes: string[] = [];
  const { flags } = row;
  if ((flags & RowFlag.SIGNAL) !== 0) {
    notes.push("a signal trampoline: the address behind it is exact");
  }
  const isOutermost = (flags & RowFlag.OUTERMOST) !== 0;
  const isFull = (flags & RowFlag.FULL) !== 0;
  if (isFull) notes.push("the rules need DWARF expressions or more registers");
  else if (row.cfaBase === Base.UNDEFINED && !isOutermost) {
    notes.push("the registers are in the context that the kernel saved");
  }
  const value = (base: number, offset: number, deref: boolean) =>
    base === Base.SAME
      ? "same" as const
      : base === Base.UNDEFINED
      ? "undefined" as const
      : { base: baseName(base, abi), offset, deref };
  const cfa = value(row.cfaBase, row.cfaOffset, row.cfaDeref);
  return {
    cfa: isFull || isOutermost || typeof cfa === "string" ? null : cfa,
    ra: isOutermost
      ? "undefined"
      : value(row.raBase, row.raOffset, row.raDeref),
    fp: value(row.fpBase, row.fpOffset, row.fpDeref),
    raSigned: (flags & RowFlag.RA_SIGNED) !== 0,
    notes,
  };
}

function baseName(base: number, abi: number): string {
  if (base === Base.SP) return "sp";
  if (base === Base.FP) return "fp";
  return base === Base.CFA ? "cfa" : registerName(base, abi);
}

/** A rule in few signs: `sp+16`, `[cfa-8]` for the word there, `same`. */
export function shortRuleText(value: ValueRecord | string): string {
  if (typeof value === "string") return value;
  const { base, offset, deref } = value;
  const sum = `${base}${offset < 0 ? "" : "+"}${offset}`;
  return deref ? `[${sum}]` : sum;
}
