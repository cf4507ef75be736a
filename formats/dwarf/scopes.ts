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

/** Mark of an entry whose end was not met. */
const STILL_OPEN = -1;

/** Entries that have functions in them, in the order of the unit, in parallel arrays. Names are read when asked for. */
export class ScopeIndex {
  private readonly unit: Unit;
  /** Where the children of each entry begin. */
  private readonly starts: Float64Array;
  /** Where they end. */
  private readonly ends: Float64Array;
  /** Index of the entry around each one, -1 for the root. */
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
    this.ends = Float64Array.from(
      columns.ends,
      (end) => end === STILL_OPEN ? Infinity : end,
    );
    this.parents = columns.parents;
    this.tags = columns.tags;
    this.dieOffsets = columns.dieOffsets;
  }

  /**
   * What stands in front of the name of the function at `offset`: `a::b::`. What is around a function, or around what has
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

/** The open entries around the walk, and those closed ones that have functions in them. */
class ScopeCollector {
  readonly columns = {
    starts: [] as number[],
    ends: [] as number[],
    parents: [] as number[],
    tags: [] as number[],
    dieOffsets: [] as number[],
  };
  /** Innermost open entry, -1 at the root. */
  private current = -1;
  /** Whether each entry has a function in it. */
  private readonly hasFunctions: boolean[] = [];

  /** A function begins. */
  noteFunction(): void {
    if (this.current >= 0) this.hasFunctions[this.current] = true;
  }

  /** An entry with children begins. */
  open(tag: number, dieOffset: number, start: number): void {
    const { starts, ends, parents, tags, dieOffsets } = this.columns;
    starts.push(start);
    ends.push(STILL_OPEN);
    tags.push(tag);
    dieOffsets.push(dieOffset);
    this.hasFunctions.push(false);
    this.current = parents.push(this.current) - 1;
  }

  /** The innermost entry ends. @returns Whether there was one. */
  close(end: number): boolean {
    const { columns, current, hasFunctions } = this;
    if (current < 0) return false;
    columns.ends[current] = end;
    const parent = columns.parents[current]!;
    // Only functions are asked for, and most entries have none in them.
    const isLast = current === columns.starts.length - 1;
    if (isLast && !hasFunctions[current]) {
      for (const column of Object.values(columns)) column.pop();
      hasFunctions.pop();
    }
    this.current = parent;
    return true;
  }
}

/**
 * Finds the scopes of a unit's functions: one walk over all its entries.
 *
 * @throws {FormatError} If an entry makes no sense.
 */
export async function indexScopes(unit: Unit): Promise<ScopeIndex> {
  const collector = new ScopeCollector();
  const reader = await unit.reader();
  while (reader.hasMore) {
    const abbreviation = reader.next();
    if (abbreviation === undefined) {
      if (!collector.close(reader.cursor.offset)) break;
      continue;
    }
    reader.skip(abbreviation);
    const { tag, hasChildren } = abbreviation;
    if (tag === TAG.SUBPROGRAM) collector.noteFunction();
    if (hasChildren) {
      collector.open(tag, reader.dieOffset, reader.cursor.offset);
    }
  }
  return new ScopeIndex(unit, collector.columns);
}
