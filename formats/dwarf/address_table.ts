/**
 * The addresses of a unit that its entries give by index: `.debug_addr`.
 *
 * @module
 */
import { readAddress } from "../base/address.ts";
import { viewOf } from "../base/byte_source.ts";
import type { UnitShape } from "./forms.ts";
import type { SectionReader } from "./section_reader.ts";
import { readInitialLength } from "./unit_header.ts";

/** Size of what follows the length in the header: version, address size, segment selector size. */
const HEADER_REST = 4;
/** Without a header (before version 5) the table's end is not known; no unit has more addresses than this. */
const MAX_HEADLESS_SIZE = 1 << 22;

/** The part of `.debug_addr` that belongs to one unit. */
export class AddressTable {
  private readonly view: DataView;
  private readonly addressSize: number;
  private readonly littleEndian: boolean;

  /** Addresses of `addressSize` bytes, one after another. */
  constructor(bytes: Uint8Array, addressSize: number, littleEndian: boolean) {
    this.view = viewOf(bytes);
    this.addressSize = addressSize;
    this.littleEndian = littleEndian;
  }

  /** The address with that index; NaN if there is none. */
  get(index: number): number {
    const offset = index * this.addressSize;
    if (!(offset >= 0 && offset + this.addressSize <= this.view.byteLength)) {
      return NaN;
    }
    return this.addressSize === 8
      ? readAddress(this.view, offset, this.littleEndian)
      : this.view.getUint32(offset, this.littleEndian);
  }
}

/**
 * Reads the addresses at `base`, the value of `DW_AT_addr_base`, which points behind the header.
 *
 * Source: DWARF 5 section 7.27.
 *
 * @throws {FormatError} `truncated`, `bad-value`
 */
export async function readAddressTable(
  reader: SectionReader,
  base: number,
  shape: UnitShape,
): Promise<AddressTable> {
  let size = MAX_HEADLESS_SIZE;
  if (shape.version >= 5) {
    const lengthSize = shape.offsetSize === 8 ? 12 : 4;
    const start = base - HEADER_REST - lengthSize;
    const cursor = await reader.cursor(start, lengthSize);
    size = readInitialLength(cursor, start).length - HEADER_REST;
  }
  const bytes = await reader.readUpTo(base, size);
  return new AddressTable(bytes, shape.addressSize, reader.littleEndian);
}
