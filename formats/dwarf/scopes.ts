/**
 * The scopes of a unit's entries: namespaces, classes and what else stands in front of a name.
 *
 * @module
 */
import { upperBound } from "../base/search.ts";
import { Die, Slot } from "./abbreviations.ts";
import { TAG } from "./constants.ts";
import type { Unit } from "./unit.ts";

const SCOPES: ReadonlySet<number> = new Set([
  TAG.CLASS_TYPE,
  TAG.ENUMERATION_TYPE,
  TAG.INTERFACE_TYPE,
  TAG.MODULE,
  TAG.NAMESPACE,
  TAG.STRUCTURE_TYPE,
  TAG.UNION_TYPE,
]);

/** Letters of names that are read for each byte of a unit: many entries may share one long name. */
const LETTERS_PER_BYTE = 16;
const FREE_LETTERS = 1 << 20;

/** Entries that have children, in the order of the unit, in parallel arrays. */
export class ScopeIndex {
  /** Where the children of each entry begin. */
  private readonly starts: Float64Array;
  /** Where they end. */
  private readonly ends: readonly number[];
  /** Index of the entry around each one, −1 for the root. */
  private readonly parents: readonly number[];
  /** What stands in front of names in there: all of it, `a::b::`; empty in what is no scope. */
  private readonly prefixes: readonly string[];

  /** Takes over parallel arrays. */
  constructor(
    starts: Float64Array,
    ends: readonly number[],
    parents: readonly number[],
    prefixes: readonly string[],
  ) {
    this.starts = starts;
    this.ends = ends;
    this.parents = parents;
    this.prefixes = prefixes;
  }

  /** What stands in front of the name of the entry at `offset`. */
  find(offset: number): string {
    const { starts, ends, parents, prefixes } = this;
    let index = upperBound(starts, starts.length, offset) - 1;
    while (index >= 0 && offset >= ends[index]!) index = parents[index]!;
    return index < 0 ? "" : prefixes[index]!;
  }
}

/**
 * Finds the scopes of a unit: one walk over all its entries.
 *
 * @throws {FormatError} If an entry makes no sense.
 */
export async function indexScopes(unit: Unit): Promise<ScopeIndex> {
  const starts: number[] = [];
  const ends: number[] = [];
  const parents: number[] = [];
  const prefixes: string[] = [];
  const reader = await unit.reader();
  const bytes = await unit.bytes();
  const die = new Die();
  let parent = -1;
  let lettersLeft = FREE_LETTERS + bytes.length * LETTERS_PER_BYTE;
  while (reader.hasMore) {
    const abbreviation = reader.next();
    if (abbreviation === undefined) {
      if (parent < 0) break;
      ends[parent] = reader.cursor.offset;
      parent = parents[parent]!;
      continue;
    }
    const { tag, hasChildren } = abbreviation;
    if (!hasChildren) {
      reader.skip(abbreviation);
      continue;
    }
    let prefix = "";
    if (SCOPES.has(tag) && lettersLeft > 0) {
      reader.read(abbreviation, die);
      const name = await scopeName(unit, tag, die, bytes);
      // Scopes outside a function do not name what is in it, nor does what has no name.
      if (name !== "") prefix = `${prefixes[parent] ?? ""}${name}::`;
      lettersLeft -= prefix.length;
    } else reader.skip(abbreviation);
    starts.push(reader.cursor.offset);
    ends.push(Infinity);
    prefixes.push(prefix);
    parent = parents.push(parent) - 1;
  }
  return new ScopeIndex(Float64Array.from(starts), ends, parents, prefixes);
}

async function scopeName(
  unit: Unit,
  tag: number,
  { forms, values }: Die,
  bytes: Uint8Array,
): Promise<string> {
  const form = forms[Slot.NAME]!;
  if (form === 0) return tag === TAG.NAMESPACE ? "(anonymous namespace)" : "";
  return await unit.string(form, values[Slot.NAME]!, bytes) ?? "";
}
