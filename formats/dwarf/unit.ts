/**
 * One unit: its header, what its root entry says, and how its values are resolved.
 *
 * @module
 */
import { viewOf } from "../base/byte_source.ts";
import { Cursor } from "../base/cursor.ts";
import { FormatError } from "../base/error.ts";
import { readString } from "../base/string_table.ts";
import { type AbbreviationTable, Die, Slot } from "./abbreviations.ts";
import { AddressTable, readAddressTable } from "./address_table.ts";
import { DWARF, FORM, PLAIN_LANGUAGES } from "./constants.ts";
import { DieReader } from "./die_reader.ts";
import type { DwarfFile } from "./dwarf_file.ts";
import { isAddressForm, isAddressIndex, isStringIndex } from "./forms.ts";
import { readId, readOffset, type UnitHeader } from "./unit_header.ts";

/** Root entries are smaller, as their strings are elsewhere; for others the whole unit is read. */
const ROOT_WINDOW = 512;

/** Where the parts of a unit start in the sections of its file: not at 0 only in packages. */
export interface Contribution {
  /** Start of its abbreviations in `.debug_abbrev.dwo`. */
  abbreviations: number;
  /** Start in `.debug_str_offsets.dwo`. */
  stringOffsets: number;
  /** Start in `.debug_rnglists.dwo`. */
  rangeLists: number;
}

/** A unit. Made by {@linkcode openUnit}. */
export class Unit {
  /** The file that it is in. */
  readonly file: DwarfFile;
  /** Its header. */
  readonly header: UnitHeader;
  /** Its abbreviations. */
  readonly abbreviations: AbbreviationTable;
  /** The attributes of its root entry. */
  readonly root: Die;
  /** The unit in the main file that stands for this one, which is in a `.dwo` file or a package. */
  readonly skeleton: Unit | undefined;
  /** Name of its section. */
  readonly section: string;
  /** Whether names stand alone in its language, as in C. */
  readonly hasPlainNames: boolean;
  private readonly start: Contribution;
  private readonly rootBytes: Uint8Array;
  private addresses: Promise<AddressTable> | undefined = undefined;

  /** See {@linkcode openUnit}. */
  constructor(
    file: DwarfFile,
    header: UnitHeader,
    abbreviations: AbbreviationTable,
    root: Die,
    rootBytes: Uint8Array,
    skeleton: Unit | undefined,
    contribution: Contribution | undefined,
  ) {
    this.file = file;
    this.header = header;
    this.abbreviations = abbreviations;
    this.root = root;
    this.rootBytes = rootBytes;
    this.skeleton = skeleton;
    this.section = sectionOf("info", skeleton);
    this.start = contribution ??
      { abbreviations: 0, stringOffsets: 0, rangeLists: 0 };
    this.hasPlainNames = PLAIN_LANGUAGES.has(root.get(Slot.LANGUAGE));
  }

  /** All its bytes, header included. @throws {FormatError} `truncated` */
  bytes(): Promise<Uint8Array> {
    return this.file.readUnit(this.section, this.header);
  }

  /** A reader of its entries that starts at `offset`. @throws {FormatError} `truncated` */
  async reader(offset: number = this.header.rootOffset): Promise<DieReader> {
    const reader = new DieReader(
      await this.bytes(),
      this.file.littleEndian,
      this.abbreviations,
      this.header,
    );
    reader.cursor.offset = offset;
    return reader;
  }

  /** Upper and lower half of the id that ties a skeleton unit to its split unit. @throws {FormatError} `truncated` */
  dwoId(): readonly [high: number, low: number] | undefined {
    if (this.header.dwoId !== undefined) return this.header.dwoId;
    if (!this.root.has(Slot.DWO_ID)) return undefined;
    const cursor = new Cursor(
      viewOf(this.rootBytes),
      this.file.littleEndian,
      DWARF,
      this.root.get(Slot.DWO_ID),
    );
    return readId(cursor);
  }

  /** Its addresses by index. @throws {FormatError} `truncated`, `bad-value` */
  addressTable(): Promise<AddressTable> {
    this.addresses ??= this.loadAddresses();
    return this.addresses;
  }

  /** The address that an attribute of this unit holds; NaN if it holds none. */
  async address(die: Die, slot: number): Promise<number> {
    if (!die.has(slot)) return NaN;
    const table = isAddressIndex(die.forms[slot]!)
      ? await this.addressTable()
      : undefined;
    return addressOf(die, slot, table);
  }

  /** The address that offsets in its lists of ranges count from; 0 if it has none. */
  async baseAddress(): Promise<number> {
    const unit = this.skeleton ?? this;
    return await unit.address(unit.root, Slot.LOW_PC) || 0;
  }

  /** A string of the root entry; empty if it has none. */
  async rootString(slot: number): Promise<string> {
    const { forms, values } = this.root;
    const text = await this.string(forms[slot]!, values[slot]!, this.rootBytes);
    return text ?? "";
  }

  /**
   * The string that a value stands for; `undefined` if it is none.
   *
   * @param bytes What the value was read from: it may be in there.
   */
  async string(
    form: number,
    value: number,
    bytes: Uint8Array,
  ): Promise<string | undefined> {
    if (form === FORM.STRING) return readString(bytes, value);
    if (form === FORM.LINE_STRP) {
      return (await this.file.reader(".debug_line_str")).string(value);
    }
    if (form === FORM.STRP_SUP || form === FORM.GNU_STRP_ALT) {
      const other = await this.file.supplementary();
      return (await other?.reader(".debug_str"))?.string(value);
    }
    const name = sectionOf("str", this.skeleton);
    if (form === FORM.STRP) return (await this.file.reader(name)).string(value);
    if (!isStringIndex(form)) return undefined;
    const { offsetSize } = this.header;
    const offsets = await this.file.reader(
      sectionOf("str_offsets", this.skeleton),
    );
    const at = this.stringOffsetsBase() + value * offsetSize;
    const cursor = await offsets.cursor(at, offsetSize);
    const offset = readOffset(cursor, offsetSize, "str_offsets");
    return (await this.file.reader(name)).string(offset);
  }

  /** Offset of the offsets of `.debug_rnglists` for lists given by index. */
  rangeListsBase(): number {
    if (this.skeleton === undefined) return this.root.get(Slot.RNGLISTS_BASE);
    // No attribute in split units: behind the header of the only table.
    return this.start.rangeLists + (this.header.offsetSize === 8 ? 20 : 12);
  }

  /** What is added to offsets of lists of ranges. */
  rangesStart(): number {
    if (this.skeleton === undefined) return 0;
    return this.header.version >= 5
      ? this.start.rangeLists
      : this.skeleton.root.get(Slot.GNU_RANGES_BASE);
  }

  private stringOffsetsBase(): number {
    if (this.skeleton === undefined) {
      return this.root.get(Slot.STR_OFFSETS_BASE);
    }
    const { version, offsetSize } = this.header;
    const headerSize = version < 5 ? 0 : offsetSize === 8 ? 16 : 8;
    return this.start.stringOffsets + headerSize;
  }

  private async loadAddresses(): Promise<AddressTable> {
    const { file, root, header } = this.skeleton ?? this;
    if (!root.has(Slot.ADDR_BASE)) {
      return new AddressTable(new Uint8Array(0), 8, true);
    }
    const reader = await file.reader(".debug_addr");
    return await readAddressTable(reader, root.get(Slot.ADDR_BASE), header);
  }
}

/**
 * Opens the unit at `offset`: reads its header, its abbreviations and its root entry.
 *
 * @param skeleton For a unit in a `.dwo` file or a package: the unit of the main file that stands for it.
 * @param contribution For a unit in a package: where its parts are.
 * @throws {FormatError} If one of them makes no sense.
 */
export async function openUnit(
  file: DwarfFile,
  offset: number,
  skeleton?: Unit,
  contribution?: Contribution,
): Promise<Unit> {
  const section = sectionOf("info", skeleton);
  const header = await file.readHeader(section, offset);
  const table = await file.abbreviations(
    sectionOf("abbrev", skeleton),
    header.abbreviationsOffset + (contribution?.abbreviations ?? 0),
    header,
  );
  const root = new Die();
  const windowSize = Math.min(header.size, ROOT_WINDOW);
  const reader = await file.reader(section);
  let bytes = await reader.read(offset, windowSize);
  try {
    readRoot(bytes, file.littleEndian, table, header, root);
  } catch (error) {
    const isCut = error instanceof FormatError && error.code === "truncated" &&
      windowSize < header.size;
    if (!isCut) throw error;
    bytes = await file.readUnit(section, header);
    readRoot(bytes, file.littleEndian, table, header, root);
  }
  return new Unit(file, header, table, root, bytes, skeleton, contribution);
}

function readRoot(
  bytes: Uint8Array,
  littleEndian: boolean,
  table: AbbreviationTable,
  header: UnitHeader,
  root: Die,
): void {
  const reader = new DieReader(bytes, littleEndian, table, header);
  reader.cursor.offset = header.rootOffset;
  const abbreviation = reader.next();
  if (abbreviation === undefined) {
    throw new FormatError({
      code: "bad-value",
      format: DWARF,
      field: "root entry",
      offset: header.offset + header.rootOffset,
      expected: "an entry",
    });
  }
  reader.read(abbreviation, root);
}

/** Name of a section of the unit's file: split units have their own. */
function sectionOf(name: string, skeleton: Unit | undefined): string {
  return `.debug_${name}${skeleton === undefined ? "" : ".dwo"}`;
}

/** The address that an attribute holds, with those that it may give by index; NaN if it holds none. */
export function addressOf(
  die: Die,
  slot: number,
  table: AddressTable | undefined,
): number {
  const form = die.forms[slot]!;
  if (!isAddressForm(form)) return NaN;
  const value = die.values[slot]!;
  return isAddressIndex(form) ? table?.get(value) ?? NaN : value;
}
