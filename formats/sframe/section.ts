/**
 * Where things are in an opened section, and how one function descriptor is read. Shared by lookup and decoding.
 *
 * @module
 */
import { readInt64 } from "../base/address.ts";
import { viewOf } from "../base/byte_source.ts";
import {
  ABI_REGISTERS,
  ATTRIBUTE_SIZE,
  FDE_SIZES,
  FdeInfo,
  SFrameAbi,
  SFrameFlag,
  V1_REP_SIZE,
} from "./constants.ts";
import { functionsOffset, rowsOffset, type SFrameHeader } from "./header.ts";

/** A checked section: its bytes and what the header says, in the form that hot code reads. */
export class Section {
  /** All bytes that were given; offsets below are from their start. */
  readonly view: DataView;
  /** Byte order. */
  readonly littleEndian: boolean;
  /** Format version. */
  readonly version: number;
  /** Number of functions. */
  readonly functionCount: number;
  /** Size of a function descriptor. */
  readonly functionSize: number;
  /** Offset of the first function descriptor. */
  readonly functionsOffset: number;
  /** Where the low 32 bits of a start field are, bytes from the start of the descriptor. */
  readonly lowWordOffset: number;
  /** Offset of the first row. */
  readonly rowsOffset: number;
  /** Offset behind the last row, which is the end of the section. */
  readonly rowsEnd: number;
  /**
   * Start address of function i = `startBase` + i * `startStep` + its start field. The step is zero where fields are
   * relative to the section and the size of a descriptor where they are relative to themselves.
   */
  readonly startBase: number;
  /** See {@linkcode Section.startBase}. */
  readonly startStep: number;
  /** DWARF number of the stack pointer. */
  readonly spRegister: number;
  /** DWARF number of the frame pointer. */
  readonly fpRegister: number;
  /** Where RA is saved relative to the CFA, or 0. */
  readonly fixedRaOffset: number;
  /** Where FP is saved relative to the CFA, or 0. */
  readonly fixedFpOffset: number;
  /** Whether the ABI is AMD64. */
  readonly isAmd64: boolean;
  /** Whether the ABI is s390x. */
  readonly isS390x: boolean;

  /**
   * Lays out the section whose checked `header` is at `offset`; with `first` and `count` only so many of its functions,
   * as if the others were not there.
   */
  constructor(
    bytes: Uint8Array,
    header: SFrameHeader,
    offset: number,
    sectionAddress: number,
    fieldRelative: boolean = hasFieldRelativeStarts(header),
    first = 0,
    count: number = header.fdeCount - first,
  ) {
    const registers = ABI_REGISTERS[header.abi]!;
    this.view = viewOf(bytes);
    this.littleEndian = header.littleEndian;
    this.version = header.version;
    this.functionCount = count;
    this.functionSize = FDE_SIZES[header.version]!;
    this.functionsOffset = offset + functionsOffset(header) +
      first * this.functionSize;
    this.lowWordOffset = header.version === 3 && !header.littleEndian ? 4 : 0;
    this.rowsOffset = offset + rowsOffset(header);
    this.rowsEnd = this.rowsOffset + header.freSize;
    this.startBase = sectionAddress +
      (fieldRelative ? this.functionsOffset : offset);
    this.startStep = fieldRelative ? this.functionSize : 0;
    this.spRegister = registers.sp;
    this.fpRegister = registers.fp;
    this.fixedRaOffset = header.fixedRaOffset;
    this.fixedFpOffset = header.fixedFpOffset;
    this.isAmd64 = header.abi === SFrameAbi.AMD64_ENDIAN_LITTLE;
    this.isS390x = header.abi === SFrameAbi.S390X_ENDIAN_BIG;
  }
}

/**
 * Whether starts are relative to their own fields. Before binutils 2.45 gas did not say so (PR ld/32666): its
 * relocations make them so all the same, and ld alone rewrote them, relative to the section, when it sorted. So in V1
 * and V2 a section without both flags is what gas wrote, relocated or put together by a linker that does not know the
 * format (seen with gold 2.40 on V1 and V2).
 */
export function hasFieldRelativeStarts(header: SFrameHeader): boolean {
  if ((header.flags & SFrameFlag.FDE_FUNC_START_PCREL) !== 0) return true;
  return header.version < 3 && (header.flags & SFrameFlag.FDE_SORTED) === 0;
}

/** One function descriptor, V3's attribute record included. Reused: filled by {@linkcode readDescriptor}
 * and {@linkcode readAttributes}. */
export class FunctionEntry {
  /** Offset of the descriptor. */
  offset: number = 0;
  /** The start field as it stands. */
  startField: number = 0;
  /** Address of the function. */
  startAddress: number = 0;
  /** Size in bytes. */
  size: number = 0;
  /** The field that says where the rows start, bytes from the rows of the section. */
  freOffset: number = 0;
  /** Offset of the first row; V3: behind the attribute record. */
  rowsOffset: number = 0;
  /** Number of rows. */
  rowCount: number = 0;
  /** First info byte. */
  info: number = 0;
  /** Second info byte, 0 before V3. */
  info2: number = 0;
  /** Bytes after which the rows repeat; V1: the one size that there is. */
  repSize: number = 0;
  /** Start of the row that a scan found, bytes from the start of the function or its repetition. */
  rowStart: number = 0;
  /** Start of the row behind it, `Infinity` if it is the last one. */
  nextRowStart: number = 0;
}

/** Address of function `index`, which must be below the count. */
export function functionStart(section: Section, index: number): number {
  const at = section.functionsOffset + index * section.functionSize;
  const field = section.version === 3
    ? readInt64(section.view, at, section.littleEndian)
    : section.view.getInt32(at, section.littleEndian);
  return section.startBase + index * section.startStep + field;
}

/**
 * Reads the descriptor of function `index`, which must be below the count, without what {@linkcode readAttributes}
 * reads. Allocates nothing.
 *
 * | version | start | size | row offset | row count | info | info2 | rep_size |
 * | --- | --- | --- | --- | --- | --- | --- | --- |
 * | 1 | i32 0 | u32 4 | u32 8 | u32 12 | u8 16 | | |
 * | 2 | i32 0 | u32 4 | u32 8 | u32 12 | u8 16 | | u8 17 |
 * | 3 | i64 0 | u32 8 | u32 12 | u16 0 | u8 2 | u8 3 | u8 4 |
 *
 * V3's last four are offsets in the attribute record, to which the row offset points.
 */
export function readDescriptor(
  section: Section,
  index: number,
  out: FunctionEntry,
): void {
  const { view, littleEndian } = section;
  const at = section.functionsOffset + index * section.functionSize;
  const wide = section.version === 3;
  const sizeOffset = wide ? at + 8 : at + 4;
  out.offset = at;
  out.startField = wide
    ? readInt64(view, at, littleEndian)
    : view.getInt32(at, littleEndian);
  out.startAddress = section.startBase + index * section.startStep +
    out.startField;
  out.size = view.getUint32(sizeOffset, littleEndian);
  out.freOffset = view.getUint32(sizeOffset + 4, littleEndian);
}

/**
 * Reads row count, info bytes and repetition size of the function whose descriptor `out` holds.
 *
 * @returns Whether the row offset lies in the section; if not, V3's fields are zero.
 */
export function readAttributes(section: Section, out: FunctionEntry): boolean {
  const { view, littleEndian, rowsEnd } = section;
  const at = section.rowsOffset + out.freOffset;
  if (section.version !== 3) {
    out.rowCount = view.getUint32(out.offset + 12, littleEndian);
    out.info = view.getUint8(out.offset + 16);
    out.info2 = 0;
    out.repSize = section.version === 1
      ? V1_REP_SIZE
      : view.getUint8(out.offset + 17);
    out.rowsOffset = at;
    return at <= rowsEnd;
  }
  const inBounds = at + ATTRIBUTE_SIZE <= rowsEnd;
  out.rowCount = inBounds ? view.getUint16(at, littleEndian) : 0;
  out.info = inBounds ? view.getUint8(at + 2) : 0;
  out.info2 = inBounds ? view.getUint8(at + 3) : 0;
  out.repSize = inBounds ? view.getUint8(at + 4) : 0;
  out.rowsOffset = at + ATTRIBUTE_SIZE;
  return inBounds;
}

/** Bytes of a row's start field, or 0 if the function's info byte has no valid width. */
export function rowStartSize(info: number): number {
  const type = info & FdeInfo.FRE_TYPE_MASK;
  return type < 3 ? 1 << type : 0;
}

/** Number of words of a row. */
export function wordCount(info: number): number {
  return (info >> 1) & 0x0f;
}

/** Bytes of each word of a row, or 0 if the row's info byte has no valid size. */
export function wordSize(info: number): number {
  const code = (info >> 5) & 3;
  return code < 3 ? 1 << code : 0;
}
