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

/** Scopes in each other that a name gets; nobody nests more. */
const MAX_SCOPES = 64;

/** Entries that have children, in the order of the unit, in parallel arrays. Names are read when they are asked for. */
export class ScopeIndex {
  private readonly unit: Unit;
  /** Where the children of each entry begin. */
  private readonly starts: Float64Array;
  /** Where they end. */
  private readonly ends: readonly number[];
  /** Index of the entry around each one, −1 for the root. */
  private readonly parents: readonly number[];
  /** Tag of each. */
  private readonly tags: readonly number[];
  /** Offset of each in the unit. */
  private readonly dieOffsets: readonly number[];

  /** Takes over parallel arrays. */
  constructor(
    unit: Unit,
    columns: {
      starts: number[];
      ends: number[];
      parents: number[];
      tags: number[];
      dieOffsets: number[];
    },
  ) {
    this.unit = unit;
    this.starts = Float64Array.from(columns.starts);
    this.ends = columns.ends;
    this.parents = columns.parents;
    this.tags = columns.tags;
    this.dieOffsets = columns.dieOffsets;
  }

  /**
   * What stands in front of the name of the entry at `offset`: `a::b::`. What is around a function, or around what has
   * no name, does not count.
   *
   * @throws {FormatError} If an entry makes no sense.
   */
  async find(offset: number): Promise<string> {
    const { starts, ends, parents, tags } = this;
    let index = upperBound(starts, starts.length, offset) - 1;
    while (index >= 0 && offset >= ends[index]!) index = parents[index]!;
    let prefix = "";
    for (let i = 0; i < MAX_SCOPES && SCOPES.has(tags[index]!); i++) {
      const name = await this.readName(index);
      if (name === "") break;
      prefix = `${name}::${prefix}`;
      index = parents[index]!;
    }
    return prefix;
  }

  private async readName(index: number): Promise<string> {
    const { unit, tags, dieOffsets } = this;
    const reader = await unit.reader(dieOffsets[index]!);
    const die = new Die();
    reader.read(reader.next()!, die);
    const form = die.forms[Slot.NAME]!;
    if (form === 0) {
      return tags[index] === TAG.NAMESPACE ? "(anonymous namespace)" : "";
    }
    const bytes = await unit.bytes();
    return await unit.string(form, die.values[Slot.NAME]!, bytes) ?? "";
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
  const tags: number[] = [];
  const dieOffsets: number[] = [];
  const reader = await unit.reader();
  let parent = -1;
  while (reader.hasMore) {
    const abbreviation = reader.next();
    if (abbreviation === undefined) {
      if (parent < 0) break;
      ends[parent] = reader.cursor.offset;
      parent = parents[parent]!;
      continue;
    }
    reader.skip(abbreviation);
    if (!abbreviation.hasChildren) continue;
    starts.push(reader.cursor.offset);
    ends.push(Infinity);
    tags.push(abbreviation.tag);
    dieOffsets.push(reader.dieOffset);
    parent = parents.push(parent) - 1;
  }
  return new ScopeIndex(unit, { starts, ends, parents, tags, dieOffsets });
}
