/**
 * Rows in the form that the walk executes, direct-mapped by module and module-relative pc.
 *
 * Keyed so that a fork, a dlopen or another thread finds what is there. Parallel typed arrays: no object per rule.
 *
 * @module
 */
import {
  Base,
  RowFlag,
  type UnwindRow,
} from "../../formats/base/unwind_row.ts";

const SLOT_COUNT = 4096;
/** Int32 words a slot. */
export const SLOT_SIZE = 8;

/** What a rule asks for. */
export const StepKind = {
  /** CFA = SP or FP + offset, RA = *(CFA + offset), FP unchanged or = *(CFA + offset). */
  PLAIN: 0,
  /** Any other rules of {@linkcode UnwindRow}. */
  GENERAL: 1,
  /** Rules beyond {@linkcode UnwindRow}. */
  FULL: 2,
  /** No table covers this pc. */
  NONE: 3,
} as const;

/** Words of a slot. */
export const Slot = {
  MODULE: 0,
  /** Bits 0-3 {@linkcode StepKind}, 4-7 index into TABLE_NAMES, 8-15 row flags, 16-18 dereference bits. */
  BITS: 1,
  CFA_BASE: 2,
  CFA_OFFSET: 3,
  RA_BASE: 4,
  RA_OFFSET: 5,
  FP_BASE: 6,
  FP_OFFSET: 7,
} as const;

/** Dereference bits of {@linkcode Slot.BITS}. */
export const Deref = { CFA: 0x10000, RA: 0x20000, FP: 0x40000 } as const;

/** The cache. Its owner may keep it for as long as its module indexes mean the same. */
export class RuleCache {
  /** The slots, {@linkcode SLOT_SIZE} words each. */
  readonly words: Int32Array = new Int32Array(SLOT_COUNT * SLOT_SIZE).fill(-1);
  /** Lookups that found their rule. */
  hitCount = 0;
  /** Lookups that did not. */
  missCount = 0;
  private readonly pcs: Float64Array = new Float64Array(SLOT_COUNT).fill(NaN);

  /** First word of the slot that holds the rule, or -1 (then {@linkcode RuleCache.claim} gives the slot to fill). */
  find(module: number, relativePc: number): number {
    const index = slotIndex(module, relativePc);
    if (
      this.pcs[index] === relativePc && this.words[index * SLOT_SIZE] === module
    ) {
      this.hitCount++;
      return index * SLOT_SIZE;
    }
    this.missCount++;
    return -1;
  }

  /** Stores `row` as found in table `table`; `undefined` stores that there is none. Returns the slot's first word. */
  claim(
    module: number,
    relativePc: number,
    row: UnwindRow | undefined,
    table: number,
  ): number {
    const index = slotIndex(module, relativePc);
    const at = index * SLOT_SIZE;
    const words = this.words;
    this.pcs[index] = relativePc;
    words[at + Slot.MODULE] = module;
    if (row === undefined) {
      words[at + Slot.BITS] = StepKind.NONE;
      return at;
    }
    words[at + Slot.BITS] = ruleKind(row) | (table << 4) | (row.flags << 8) |
      (row.cfaDeref ? Deref.CFA : 0) | (row.raDeref ? Deref.RA : 0) |
      (row.fpDeref ? Deref.FP : 0);
    words[at + Slot.CFA_BASE] = row.cfaBase;
    words[at + Slot.CFA_OFFSET] = row.cfaOffset;
    words[at + Slot.RA_BASE] = row.raBase;
    words[at + Slot.RA_OFFSET] = row.raOffset;
    words[at + Slot.FP_BASE] = row.fpBase;
    words[at + Slot.FP_OFFSET] = row.fpOffset;
    return at;
  }
}

function slotIndex(module: number, relativePc: number): number {
  // Bit operations on a pc are right here: any 32 bits of it make a hash.
  const low = relativePc | 0;
  return (low ^ (low >>> 12) ^ (module * 0x9e5)) & (SLOT_COUNT - 1);
}

function ruleKind(row: UnwindRow): number {
  if ((row.flags & RowFlag.FULL) !== 0 || !fitsInt32(row)) return StepKind.FULL;
  const plain = (row.cfaBase === Base.SP || row.cfaBase === Base.FP) &&
    !row.cfaDeref &&
    row.raBase === Base.CFA && row.raDeref &&
    row.flags === (row.flags & RowFlag.RA_SIGNED) &&
    (row.fpBase === Base.SAME || (row.fpBase === Base.CFA && row.fpDeref));
  return plain ? StepKind.PLAIN : StepKind.GENERAL;
}

function fitsInt32(row: UnwindRow): boolean {
  return (row.cfaOffset | 0) === row.cfaOffset &&
    (row.raOffset | 0) === row.raOffset &&
    (row.fpOffset | 0) === row.fpOffset;
}
