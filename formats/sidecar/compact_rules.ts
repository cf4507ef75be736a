/**
 * The table of rules: each combination of CFA, RA and FP rules that a file uses, once.
 *
 * @module
 */
import type { Cursor } from "../base/cursor.ts";
import { FormatError } from "../base/error.ts";
import { Base, type UnwindRow } from "../base/unwind_row.ts";
import type { ByteWriter } from "./byte_writer.ts";
import { badSidecar, SIDECAR } from "./meta.ts";

/** Words of a rule in {@linkcode RuleTable}. */
const RULE_SIZE = 7;
const DEREF_CFA = 0x100;
const DEREF_RA = 0x200;
const DEREF_FP = 0x400;
const ALL_DEREFS = DEREF_CFA | DEREF_RA | DEREF_FP;

/** Kinds of bases, two bits each. */
const BaseKind = {
  /** The value is unknown, for CFA; unchanged, for RA and FP. */
  NONE: 0,
  /** SP for the CFA; the CFA for RA and FP. */
  USUAL: 1,
  /** Named by a number: a register, or a negative value of `Base`. */
  NAMED: 2,
  /** FP for the CFA; undefined for RA and FP. */
  OTHER: 3,
} as const;
/** Bits of the second byte under the row's flags. */
const FLAGS_SHIFT = 3;
const MAX_FLAGS = 31;

/** Highest DWARF register, and the lowest value of `Base`. */
const MAX_REGISTER = 255;

/** Collects the rules of a file and numbers them, the most frequent first. */
export class RuleCollector {
  private readonly keys: Map<string, number> = new Map();
  private readonly rules: Int32Array[] = [];
  private readonly counts: number[] = [];

  /**
   * The provisional number of the row's rule; counts it.
   *
   * @throws {FormatError} `unsupported` for an offset beyond 32 bits, which no section of a compiler has
   */
  add(row: UnwindRow): number {
    const words = ruleWords(row);
    const key = words.join();
    let index = this.keys.get(key);
    if (index === undefined) {
      index = this.rules.push(words) - 1;
      this.counts.push(0);
      this.keys.set(key, index);
    }
    this.counts[index]!++;
    return index;
  }

  /** Number of rules. */
  get size(): number {
    return this.rules.length;
  }

  /** Writes the table. @returns The final number of each provisional one; the first is 1. */
  write(out: ByteWriter): number[] {
    const order = [...this.rules.keys()]
      .sort((a, b) => this.counts[b]! - this.counts[a]! || a - b);
    const numbers: number[] = [];
    for (const [position, index] of order.entries()) {
      numbers[index] = position + 1;
      writeRule(out, this.rules[index]!);
    }
    return numbers;
  }
}

function ruleWords(row: UnwindRow): Int32Array {
  for (const offset of [row.cfaOffset, row.raOffset, row.fpOffset]) {
    if (offset === (offset | 0)) continue;
    throw new FormatError({
      code: "unsupported",
      format: SIDECAR,
      field: "rule offset",
      offset: 0,
      value: offset,
      expected: "a value of 32 bits",
    });
  }
  return Int32Array.of(
    row.cfaBase,
    row.cfaOffset,
    row.raBase,
    row.raOffset,
    row.fpBase,
    row.fpOffset,
    row.flags | (row.cfaDeref ? DEREF_CFA : 0) |
      (row.raDeref ? DEREF_RA : 0) | (row.fpDeref ? DEREF_FP : 0),
  );
}

function writeRule(out: ByteWriter, words: Int32Array): void {
  const bits = words[6]!;
  const cfa = words[0] === Base.UNDEFINED
    ? BaseKind.NONE
    : words[0] === Base.SP
    ? BaseKind.USUAL
    : words[0] === Base.FP
    ? BaseKind.OTHER
    : BaseKind.NAMED;
  const ra = valueKind(words[2]!);
  const fp = valueKind(words[4]!);
  out.u8(
    cfa | ra << 2 | fp << 4 |
      ((bits & DEREF_CFA) !== 0 ? 0x40 : 0) |
      ((bits & DEREF_RA) !== 0 ? 0x80 : 0),
  );
  out.u8(((bits & DEREF_FP) !== 0 ? 1 : 0) | (bits & 0xff) << FLAGS_SHIFT);
  writeValue(out, cfa, words[0]!, words[1]!, cfa !== BaseKind.NONE);
  writeValue(out, ra, words[2]!, words[3]!, hasOffset(ra));
  writeValue(out, fp, words[4]!, words[5]!, hasOffset(fp));
}

function valueKind(base: number): number {
  if (base === Base.SAME) return BaseKind.NONE;
  if (base === Base.CFA) return BaseKind.USUAL;
  return base === Base.UNDEFINED ? BaseKind.OTHER : BaseKind.NAMED;
}

function hasOffset(kind: number): boolean {
  return kind === BaseKind.USUAL || kind === BaseKind.NAMED;
}

function writeValue(
  out: ByteWriter,
  kind: number,
  base: number,
  offset: number,
  withOffset: boolean,
): void {
  if (kind === BaseKind.NAMED) out.sleb(base);
  if (withOffset) out.sleb(offset);
}

/** The rules of an opened file. */
export class RuleTable {
  /** Number of rules. */
  readonly count: number;
  private readonly words: Int32Array;

  /**
   * Reads `count` rules.
   *
   * @throws {FormatError} `truncated`, `bad-value` for bases and offsets that cannot be
   */
  constructor(cursor: Cursor, count: number) {
    this.count = count;
    this.words = new Int32Array(count * RULE_SIZE);
    for (let i = 0; i < count; i++) readRule(cursor, this.words, i * RULE_SIZE);
  }

  /** Fills the rules of `row` with rule `number`, from 1 on; leaves its range alone. */
  fill(number: number, row: UnwindRow): void {
    const { words } = this;
    const at = (number - 1) * RULE_SIZE;
    const bits = words[at + 6]!;
    row.cfaBase = words[at]!;
    row.cfaOffset = words[at + 1]!;
    row.cfaDeref = (bits & DEREF_CFA) !== 0;
    row.raBase = words[at + 2]!;
    row.raOffset = words[at + 3]!;
    row.raDeref = (bits & DEREF_RA) !== 0;
    row.fpBase = words[at + 4]!;
    row.fpOffset = words[at + 5]!;
    row.fpDeref = (bits & DEREF_FP) !== 0;
    row.flags = bits & ~ALL_DEREFS;
  }
}

function readRule(cursor: Cursor, words: Int32Array, at: number): void {
  const kinds = cursor.u8("rule");
  const more = cursor.u8("rule");
  const flags = more >> FLAGS_SHIFT;
  words[at + 6] = (flags & MAX_FLAGS) |
    ((kinds & 0x40) !== 0 ? DEREF_CFA : 0) |
    ((kinds & 0x80) !== 0 ? DEREF_RA : 0) |
    ((more & 1) !== 0 ? DEREF_FP : 0);
  const cfa = kinds & 3;
  words[at] = cfa === BaseKind.NONE
    ? Base.UNDEFINED
    : cfa === BaseKind.USUAL
    ? Base.SP
    : cfa === BaseKind.OTHER
    ? Base.FP
    : readBase(cursor);
  if (cfa !== BaseKind.NONE) words[at + 1] = readOffset(cursor);
  readValue(cursor, (kinds >> 2) & 3, words, at + 2);
  readValue(cursor, (kinds >> 4) & 3, words, at + 4);
}

function readValue(
  cursor: Cursor,
  kind: number,
  words: Int32Array,
  at: number,
): void {
  words[at] = kind === BaseKind.NONE
    ? Base.SAME
    : kind === BaseKind.USUAL
    ? Base.CFA
    : kind === BaseKind.OTHER
    ? Base.UNDEFINED
    : readBase(cursor);
  if (hasOffset(kind)) words[at + 1] = readOffset(cursor);
}

function readBase(cursor: Cursor): number {
  const offset = cursor.offset;
  const base = cursor.sleb("rule base");
  if (base >= Base.FP && base <= MAX_REGISTER) return base;
  throw badRule("base", offset, base, "SP, FP or a register");
}

function readOffset(cursor: Cursor): number {
  const offset = cursor.offset;
  const value = cursor.sleb("rule offset");
  if (value === (value | 0)) return value;
  throw badRule("offset", offset, value, "a value of 32 bits");
}

function badRule(
  field: string,
  offset: number,
  value: number,
  expected: string,
): FormatError {
  return badSidecar("bad-value", `rule ${field}`, offset, value, expected);
}
