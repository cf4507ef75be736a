/**
 * Lists of ranges: `.debug_rnglists` of version 5, `.debug_ranges` before.
 *
 * @module
 */
import type { Cursor } from "../base/cursor.ts";
import { FormatError, UnsupportedError } from "../base/error.ts";
import { type Die, Slot } from "./abbreviations.ts";
import type { AddressTable } from "./address_table.ts";
import { DWARF, FORM, RLE } from "./constants.ts";
import { isAddressForm, type UnitShape } from "./forms.ts";
import type { RangeStore } from "./range_store.ts";
import type { SectionReader } from "./section_reader.ts";
import { addressOf, type Unit } from "./unit.ts";
import { readOffset } from "./unit_header.ts";

/** Lists of one unit are near each other: what lies between two of them is read with them if it is not more. */
const MAX_GAP = 1 << 16;
/** What is read behind the start of the last list; more if it does not end there. */
const TAIL_SIZE = 1 << 10;

/** Takes the ranges of entries, and reads the lists of all of them at once at the end. */
export class RangeCollector {
  private readonly unit: Unit;
  private readonly addresses: AddressTable | undefined;
  private readonly store: RangeStore;
  private readonly lists: { owner: number; form: number; value: number }[] = [];

  /** Puts the ranges of entries of `unit` into `store`; `addresses` are those that it gives by index, if it has any. */
  constructor(
    unit: Unit,
    addresses: AddressTable | undefined,
    store: RangeStore,
  ) {
    this.unit = unit;
    this.addresses = addresses;
    this.store = store;
  }

  /** Adds the ranges of one entry. @throws {FormatError} `limit` */
  add(owner: number, die: Die): void {
    if (die.has(Slot.RANGES)) {
      const form = die.forms[Slot.RANGES]!;
      this.lists.push({ owner, form, value: die.values[Slot.RANGES]! });
      return;
    }
    const start = addressOf(die, Slot.LOW_PC, this.addresses);
    if (Number.isNaN(start) || !die.has(Slot.HIGH_PC)) return;
    // The end as an address, or as a number of bytes.
    const end = isAddressForm(die.forms[Slot.HIGH_PC]!)
      ? addressOf(die, Slot.HIGH_PC, this.addresses)
      : start + die.values[Slot.HIGH_PC]!;
    this.store.add(owner, start, end);
  }

  /** Reads the lists. @throws {FormatError} If one of them makes no sense. */
  async finish(): Promise<void> {
    const { unit } = this;
    if (this.lists.length === 0) return;
    const reader = await rangesReader(unit);
    const placed: { owner: number; offset: number }[] = [];
    for (const { owner, form, value } of this.lists) {
      const offset = form === FORM.RNGLISTX
        ? await listOffset(unit, reader, value)
        : unit.rangesStart() + value;
      placed.push({ owner, offset });
    }
    placed.sort((a, b) => a.offset - b.offset);
    const base = await unit.baseAddress();
    for (let i = 0; i < placed.length;) {
      let end = i + 1;
      while (
        end < placed.length &&
        placed[end]!.offset - placed[end - 1]!.offset <= MAX_GAP
      ) end++;
      await this.readGroup(reader, placed.slice(i, end), base);
      i = end;
    }
  }

  /** Reads lists that are near each other. */
  private async readGroup(
    reader: SectionReader,
    lists: readonly { owner: number; offset: number }[],
    base: number,
  ): Promise<void> {
    const start = lists[0]!.offset;
    let size = lists.at(-1)!.offset - start + TAIL_SIZE;
    let bytes = await reader.readUpTo(start, size);
    for (let i = 0; i < lists.length;) {
      const { owner, offset } = lists[i]!;
      const cursor = reader.cursorOver(bytes);
      cursor.offset = offset - start;
      const count = this.store.starts.length;
      try {
        this.readList(cursor, owner, base);
        i++;
      } catch (error) {
        const isCut = error instanceof FormatError &&
          error.code === "truncated" && bytes.length === size;
        if (!isCut) throw error;
        this.store.truncate(count);
        size *= 8;
        bytes = await reader.readUpTo(start, size);
      }
    }
  }

  private readList(cursor: Cursor, owner: number, base: number): void {
    const { header } = this.unit;
    if (header.version < 5) {
      readRanges(cursor, header, base, owner, this.store);
    } else {
      readRangeList(cursor, header, base, owner, this.addresses, this.store);
    }
  }
}

/** The section that has the unit's lists. Before version 5 split units have theirs in the main file. */
function rangesReader(
  { file, header, skeleton }: Unit,
): Promise<SectionReader> {
  if (header.version < 5) {
    return (skeleton?.file ?? file).reader(".debug_ranges");
  }
  const suffix = skeleton === undefined ? "" : ".dwo";
  return file.reader(`.debug_rnglists${suffix}`);
}

async function listOffset(
  unit: Unit,
  reader: SectionReader,
  index: number,
): Promise<number> {
  const base = unit.rangeListsBase();
  const { offsetSize } = unit.header;
  const cursor = await reader.cursor(base + index * offsetSize, offsetSize);
  return base + readOffset(cursor, offsetSize, "rnglists offset");
}

/**
 * Reads a list of `.debug_ranges`: pairs of offsets from the base address; a pair that starts with all ones gives a new
 * base; a pair of zeros ends the list.
 *
 * Source: DWARF 4 section 2.17.3.
 *
 * @throws {FormatError} `truncated`, `limit`
 */
function readRanges(
  cursor: Cursor,
  shape: UnitShape,
  base: number,
  owner: number,
  store: RangeStore,
): void {
  const is64 = shape.addressSize === 8;
  const newBase = is64 ? -1 : 0xffff_ffff;
  for (;;) {
    const start = is64 ? cursor.i64("range") : cursor.u32("range");
    const end = is64 ? cursor.i64("range") : cursor.u32("range");
    if (start === 0 && end === 0) return;
    if (start === newBase) base = end;
    else store.add(owner, base + start, base + end);
  }
}

/**
 * Reads a list of `.debug_rnglists`.
 *
 * Source: DWARF 5 sections 2.17.3 and 7.25.
 *
 * @throws {FormatError} `truncated`, `limit`; `unsupported` for an unknown kind of entry
 */
function readRangeList(
  cursor: Cursor,
  shape: UnitShape,
  base: number,
  owner: number,
  addresses: AddressTable | undefined,
  store: RangeStore,
): void {
  const is64 = shape.addressSize === 8;
  const address = (): number =>
    is64 ? cursor.i64("address") : cursor.u32("address");
  const indexed = (): number =>
    addresses?.get(cursor.uleb("address index")) ?? NaN;
  for (;;) {
    const at = cursor.offset;
    const kind = cursor.u8("range entry");
    let start: number;
    switch (kind) {
      case RLE.END_OF_LIST:
        return;
      case RLE.BASE_ADDRESSX:
        base = indexed();
        break;
      case RLE.STARTX_ENDX:
        start = indexed();
        store.add(owner, start, indexed());
        break;
      case RLE.STARTX_LENGTH:
        start = indexed();
        store.add(owner, start, start + cursor.uleb("range length"));
        break;
      case RLE.OFFSET_PAIR:
        start = base + cursor.uleb("range start");
        store.add(owner, start, base + cursor.uleb("range end"));
        break;
      case RLE.BASE_ADDRESS:
        base = address();
        break;
      case RLE.START_END:
        start = address();
        store.add(owner, start, address());
        break;
      case RLE.START_LENGTH:
        start = address();
        store.add(owner, start, start + cursor.uleb("range length"));
        break;
      default:
        throw new UnsupportedError(
          DWARF,
          "range entry",
          at,
          kind,
          "a known kind, 0 to 7",
        );
    }
  }
}
