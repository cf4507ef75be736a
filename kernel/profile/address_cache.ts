/**
 * Addresses of processes and what is known of them: their frames, and the rules by which to walk on from there.
 *
 * @module
 */
import {
  Base,
  RowFlag,
  type UnwindRow,
} from "../../formats/base/unwind_row.ts";
import type { AddressSpace } from "./address_space.ts";

/** Words of an entry. */
export const ENTRY_SIZE = 4;
/** Most captures need no more: growing costs what compiling it takes. */
const FIRST_CAPACITY = 1 << 14;
/** Entries at most: a capture of many processes has more addresses than are worth keeping. */
const MAX_CAPACITY = 1 << 18;
/** Of the entries, so many are in use at most. */
const MAX_LOAD = 0.75;
/** Each time that room is made, the entries become so many times as many. */
const GROWTH = 4;
const MAX_ID = 0x7fff;
/** High word of addresses that a space's number fits beside: those of 48 bits. */
export const MAX_HIGH_WORD = 0xffff;
/** Second word of a free entry. */
export const FREE = -1;

/** Bits 0 and 1 of a rule. */
export const RuleKind = {
  /** CFA = SP + offset. */
  SP: 0,
  /** CFA = FP + offset. */
  FP: 1,
  /** The outermost frame. */
  OUTERMOST: 2,
  /** Anything else: the general walk knows. */
  OTHER: 3,
} as const;

/**
 * A rule in one word, for rules of the most common form: bits 0-1 {@linkcode RuleKind}, 2-5 the table, 6-13 where FP is
 * saved: 8-byte words below the CFA, 0 if it is unchanged; 14-31 offset of the CFA in 8-byte words, signed. The return
 * address lies just below the CFA.
 *
 * @param table Index into TABLE_NAMES.
 */
export function packRule(row: UnwindRow, table: number): number {
  const other = RuleKind.OTHER | (table << 2);
  if (
    (row.flags & ~RowFlag.RA_SIGNED) === RowFlag.OUTERMOST &&
    (row.cfaBase === Base.SP || row.cfaBase === Base.FP ||
      row.cfaBase === Base.UNDEFINED)
  ) return RuleKind.OUTERMOST | (table << 2);
  if (
    row.flags !== 0 || row.cfaDeref || row.raBase !== Base.CFA ||
    row.raOffset !== -8 || !row.raDeref || (row.cfaOffset & 7) !== 0 ||
    Math.abs(row.cfaOffset) >= 1 << 20
  ) return other;
  let saved = 0;
  if (row.fpBase !== Base.SAME) {
    saved = -row.fpOffset >> 3;
    const isPlain = row.fpBase === Base.CFA && row.fpDeref &&
      (row.fpOffset & 7) === 0 && saved > 0 && saved < 256;
    if (!isPlain) return other;
  }
  if (row.cfaBase !== Base.SP && row.cfaBase !== Base.FP) return other;
  const kind = row.cfaBase === Base.SP ? RuleKind.SP : RuleKind.FP;
  return kind | (table << 2) | (saved << 6) | ((row.cfaOffset >> 3) << 14);
}

/**
 * Open-addressed by address and space. Words of an entry: the low word of the address; its high word with the space's
 * number above; the rule, as {@linkcode packRule} makes it; the id of the frame. The fast walk reads `words` itself.
 */
export class AddressCache {
  /** The entries. */
  words: Int32Array = new Int32Array(FIRST_CAPACITY * ENTRY_SIZE).fill(FREE);
  /** Grows when all numbers of spaces are given anew. */
  epoch = 0;
  /** Entries in use. */
  private count = 0;
  /** Number that was given to a space last; 0 is the kernel's. */
  private lastId = 0;

  /** The space's number, shifted to stand above the high word of an address. */
  tag(space: AddressSpace): number {
    if (space.epoch !== this.epoch) this.number(space);
    return space.id << 16;
  }

  /** Forgets what is cached for a space: it has another number from now on. */
  forget(space: AddressSpace): void {
    space.epoch = -1;
  }

  /** First word of the entry, or -1. */
  find(low: number, high: number): number {
    const { words } = this;
    const mask = words.length - ENTRY_SIZE;
    let at = hashAddress(low, saltOf(high)) & mask;
    for (;;) {
      if (words[at] === low && words[at + 1] === high) return at;
      if (words[at + 1] === FREE) return -1;
      at = (at + ENTRY_SIZE) & mask;
    }
  }

  /** Adds an entry that is not there and returns its first word. */
  add(low: number, high: number, rule: number, frame: number): number {
    if (this.count >= this.words.length * MAX_LOAD / ENTRY_SIZE) {
      this.makeRoom();
    }
    const { words } = this;
    const mask = words.length - ENTRY_SIZE;
    let at = hashAddress(low, saltOf(high)) & mask;
    while (words[at + 1] !== FREE) at = (at + ENTRY_SIZE) & mask;
    words[at] = low;
    words[at + 1] = high;
    words[at + 2] = rule;
    words[at + 3] = frame;
    this.count++;
    return at;
  }

  private number(space: AddressSpace): void {
    if (this.lastId === MAX_ID) {
      this.lastId = 0;
      this.epoch++;
      this.clear();
    }
    space.id = ++this.lastId;
    space.epoch = this.epoch;
  }

  private clear(): void {
    this.words.fill(FREE);
    this.count = 0;
  }

  private makeRoom(): void {
    const before = this.words;
    if (before.length >= MAX_CAPACITY * ENTRY_SIZE) return this.clear();
    this.words = new Int32Array(before.length * GROWTH).fill(FREE);
    this.count = 0;
    for (let at = 0; at < before.length; at += ENTRY_SIZE) {
      if (before[at + 1] === FREE) continue;
      this.add(before[at]!, before[at + 1]!, before[at + 2]!, before[at + 3]!);
    }
  }
}

/** What an address space adds to the hashes of its addresses. `high` is any high word with the space's tag. */
export function saltOf(high: number): number {
  return Math.imul(high >>> 16, 0x9e3779b1);
}

/**
 * Where the search for an entry begins, to be masked. The address' own high word does not count, as it is the same for
 * nearly all: one multiplication is all that the walk waits for between one frame and the next.
 */
export function hashAddress(low: number, salt: number): number {
  return Math.imul(low ^ salt, 0x85ebca6b) >>> 12;
}
