/**
 * Names of functions: through the entries that a concrete function refers to, which may be in other units and files.
 *
 * @module
 */
import { FormatError } from "../base/error.ts";
import { type Abbreviation, Die, Slot } from "./abbreviations.ts";
import { DWARF, FORM, TAG } from "./constants.ts";
import type { DwarfFile } from "./dwarf_file.ts";
import { openUnit, type Unit } from "./unit.ts";

/** Entries that one function's name may be away: abstract instance, definition, declaration. */
const MAX_HOPS = 8;

const SCOPES: ReadonlySet<number> = new Set([
  TAG.CLASS_TYPE,
  TAG.ENUMERATION_TYPE,
  TAG.INTERFACE_TYPE,
  TAG.MODULE,
  TAG.NAMESPACE,
  TAG.STRUCTURE_TYPE,
  TAG.UNION_TYPE,
]);
const NAME_MASK = 1 << Slot.NAME;

/** An entry of a unit. */
interface Place {
  unit: Unit;
  /** Offset of the entry in the unit. */
  offset: number;
}

/** Finds names; units that are referred to are opened once. */
export class FunctionNames {
  private readonly units: Map<DwarfFile, Map<number, Promise<Unit>>> =
    new Map();
  private readonly names: Map<Unit, Map<number, Promise<string | undefined>>> =
    new Map();

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
        name = await string(Slot.NAME);
        if (name !== undefined && !wantsLinkage) return name;
      }
      const next = die.has(Slot.ABSTRACT_ORIGIN)
        ? Slot.ABSTRACT_ORIGIN
        : Slot.SPECIFICATION;
      if (!die.has(next)) break;
      place = await this.follow(place, die.forms[next]!, die.values[next]!);
    }
    if (name === undefined || !wantsLinkage) return name;
    return (await findScopes(place)) + name;
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
    if (units === undefined) this.units.set(file, units = new Map());
    let unit = units.get(start);
    if (unit === undefined) units.set(start, unit = openUnit(file, start));
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

/** The names of the scopes around an entry, each with `::` behind it: a walk down to it from the unit's root. */
async function findScopes({ unit, offset }: Place): Promise<string> {
  const reader = await unit.reader();
  const bytes = await unit.bytes();
  const die = new Die();
  const scopes: string[] = [];
  // Bytes in front of an entry are not entries: what is met at or behind `offset` ends the walk.
  while (reader.hasMore && reader.cursor.offset < offset) {
    const abbreviation = reader.next();
    if (abbreviation === undefined) {
      scopes.pop();
      continue;
    }
    reader.read(abbreviation, die);
    if (!abbreviation.hasChildren) continue;
    const sibling = die.get(Slot.SIBLING);
    if (sibling > reader.cursor.offset && sibling <= offset) {
      reader.cursor.offset = sibling;
      continue;
    }
    scopes.push(await scopeName(unit, abbreviation, die, bytes));
  }
  // Scopes outside a function do not name what is in it.
  return scopes.slice(scopes.lastIndexOf("") + 1).join("");
}

/** Empty for entries that are no scopes. */
async function scopeName(
  unit: Unit,
  { tag, slotMask }: Abbreviation,
  { forms, values }: Die,
  bytes: Uint8Array,
): Promise<string> {
  if (!SCOPES.has(tag)) return "";
  if ((slotMask & NAME_MASK) === 0) {
    return tag === TAG.NAMESPACE ? "(anonymous namespace)::" : "";
  }
  const name = await unit.string(
    forms[Slot.NAME]!,
    values[Slot.NAME]!,
    bytes,
  );
  return name ? `${name}::` : "";
}
