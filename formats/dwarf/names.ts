/**
 * Names of functions: through the entries that a concrete function refers to, which may be in other units and files.
 *
 * @module
 */
import { FormatError } from "../base/error.ts";
import { Die, Slot } from "./abbreviations.ts";
import { DWARF, FORM } from "./constants.ts";
import type { DwarfFile } from "./dwarf_file.ts";
import { Kept } from "./kept.ts";
import { indexScopes, type ScopeIndex } from "./scopes.ts";
import { openUnit, type Unit } from "./unit.ts";

/** Entries that one function's name may be away: abstract instance, definition, declaration. */
const MAX_HOPS = 8;

/** An entry of a unit. */
interface Place {
  unit: Unit;
  /** Offset of the entry in the unit. */
  offset: number;
}

/** Finds names. */
export class FunctionNames {
  private readonly units: WeakMap<DwarfFile, Kept<Promise<Unit>>> =
    new WeakMap();
  // Names and scopes of a unit go with it.
  private readonly names: WeakMap<
    Unit,
    Map<number, Promise<string | undefined>>
  > = new WeakMap();
  private readonly scopes: WeakMap<Unit, Promise<ScopeIndex>> = new WeakMap();
  private readonly cacheSize: number;

  /** Keeps up to `cacheSize` bytes, about, of units that others refer to. */
  constructor(cacheSize: number) {
    this.cacheSize = cacheSize;
  }

  /**
   * The name of the function whose entry is at `dieOffset` of `unit`: its linkage name if it has one and names in its
   * language are not plain, else its name behind those of its scopes.
   *
   * @throws {FormatError} If an entry on the way makes no sense.
   */
  find(unit: Unit, dieOffset: number): Promise<string | undefined> {
    let names = this.names.get(unit);
    if (names === undefined) this.names.set(unit, names = new Map());
    let name = names.get(dieOffset);
    if (name === undefined) {
      names.set(dieOffset, name = this.resolve(unit, dieOffset));
    }
    return name;
  }

  private async resolve(
    unit: Unit,
    dieOffset: number,
  ): Promise<string | undefined> {
    const wantsLinkage = !unit.hasPlainNames;
    const die = new Die();
    let place: Place = { unit, offset: dieOffset };
    let name: string | undefined;
    for (let hop = 0; hop < MAX_HOPS; hop++) {
      const bytes = await place.unit.bytes();
      const string = (slot: number): Promise<string | undefined> =>
        place.unit.string(die.forms[slot]!, die.values[slot]!, bytes);
      await readDie(place, die);
      if (wantsLinkage && die.has(Slot.LINKAGE_NAME)) {
        const linkageName = await string(Slot.LINKAGE_NAME);
        if (linkageName) return linkageName;
      }
      if (name === undefined && die.has(Slot.NAME)) {
        name = await string(Slot.NAME) || undefined;
        if (name !== undefined && !wantsLinkage) return name;
      }
      const next = die.has(Slot.ABSTRACT_ORIGIN)
        ? Slot.ABSTRACT_ORIGIN
        : Slot.SPECIFICATION;
      if (!die.has(next)) break;
      place = await this.follow(place, die.forms[next]!, die.values[next]!);
    }
    if (name === undefined || !wantsLinkage) return name;
    return (await this.scopesOf(place)) + name;
  }

  /** The names of the scopes around an entry, each with `::` behind it. */
  private async scopesOf({ unit, offset }: Place): Promise<string> {
    let index = this.scopes.get(unit);
    if (index === undefined) this.scopes.set(unit, index = indexScopes(unit));
    return await (await index).find(offset);
  }

  /** The entry that a reference points to. */
  private async follow(
    { unit }: Place,
    form: number,
    value: number,
  ): Promise<Place> {
    switch (form) {
      case FORM.REF1:
      case FORM.REF2:
      case FORM.REF4:
      case FORM.REF8:
      case FORM.REF_UDATA:
        return { unit, offset: value };
      case FORM.REF_ADDR:
        return await this.findPlace(unit.file, value);
      case FORM.GNU_REF_ALT:
      case FORM.REF_SUP4:
      case FORM.REF_SUP8: {
        const other = await unit.file.supplementary();
        if (other !== undefined) return await this.findPlace(other, value);
      }
    }
    throw new FormatError({
      code: "unsupported",
      format: DWARF,
      field: "reference",
      offset: unit.header.offset,
      value: form,
      expected: "a reference to an entry at hand",
    });
  }

  private async findPlace(file: DwarfFile, offset: number): Promise<Place> {
    const start = await file.findUnit(offset);
    let units = this.units.get(file);
    if (units === undefined) {
      this.units.set(file, units = new Kept(this.cacheSize));
    }
    let unit = units.get(start);
    if (unit === undefined) {
      unit = openUnit(file, start);
      units.set(start, unit, 0);
      units.set(start, unit, (await unit).header.size);
    }
    return { unit: await unit, offset: offset - start };
  }
}

/** Reads the entry at a place. @throws {FormatError} `out-of-bounds` if no entry can be there */
async function readDie({ unit, offset }: Place, die: Die): Promise<void> {
  const { header } = unit;
  const isInside = offset >= header.rootOffset && offset < header.size;
  const reader = isInside ? await unit.reader(offset) : undefined;
  const abbreviation = reader?.next();
  if (abbreviation === undefined) {
    throw new FormatError({
      code: "out-of-bounds",
      format: DWARF,
      field: "reference",
      offset: header.offset,
      value: offset,
      expected: "the offset of an entry",
    });
  }
  reader!.read(abbreviation, die);
}
