/**
 * The scopes of a unit's entries: namespaces, classes and what else stands in front of a name.
 *
 * @module
 */
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

/** Entries that have children, in the order of the unit. Those that are no scopes have an empty prefix. */
export class ScopeIndex {
  /** Where the children of each entry begin. */
  readonly starts: number[] = [];
  /** Where they end. */
  readonly ends: number[] = [];
  /** Index of the entry around each one, −1 for the root. */
  readonly parents: number[] = [];
  /** What stands in front of names in there: all of it, `a::b::`. */
  readonly prefixes: string[] = [];

  /** What stands in front of the name of the entry at `offset`. */
  find(offset: number): string {
    const { starts, ends, parents, prefixes } = this;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (starts[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    let index = low - 1;
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
  const index = new ScopeIndex();
  const reader = await unit.reader();
  const bytes = await unit.bytes();
  const die = new Die();
  let parent = -1;
  let lettersLeft = FREE_LETTERS + bytes.length * LETTERS_PER_BYTE;
  while (reader.hasMore) {
    const abbreviation = reader.next();
    if (abbreviation === undefined) {
      if (parent < 0) break;
      index.ends[parent] = reader.cursor.offset;
      parent = index.parents[parent]!;
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
      if (name !== "") prefix = `${index.prefixes[parent] ?? ""}${name}::`;
      lettersLeft -= prefix.length;
    } else reader.skip(abbreviation);
    index.starts.push(reader.cursor.offset);
    index.ends.push(Infinity);
    index.prefixes.push(prefix);
    parent = index.parents.push(parent) - 1;
  }
  return index;
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
