/**
 * Program headers.
 *
 * @module
 */
import { readInt64 } from "../base/address.ts";
import { viewOf } from "../base/byte_source.ts";
import { FormatError, TruncatedError } from "../base/error.ts";
import { PF, PT } from "./constants.ts";
import { ELF, type ElfHeader } from "./header.ts";

const TWO_64 = 0x1_0000_0000 * 0x1_0000_0000;

/**
 * The program headers as parallel arrays of `count` items each, in the order of the file: a core has thousands.
 *
 * Offsets and sizes of 2^53 and more are rounded; no file reaches there.
 */
export class ElfSegments {
  /** How many there are. */
  readonly count: number;
  /** `p_type`: values of `PT`. */
  readonly types: Uint32Array;
  /** `p_flags`: bits of `PF`. */
  readonly flags: Uint32Array;
  /** `p_offset`: bytes from the start of the file. */
  readonly offsets: Float64Array;
  /** `p_vaddr`: signed canonical in 64-bit files. */
  readonly addresses: Float64Array;
  /** `p_filesz`: bytes in the file. */
  readonly fileSizes: Float64Array;
  /** `p_memsz`: bytes in memory. */
  readonly memorySizes: Float64Array;
  /** `p_align`: bytes; 0 and 1 mean none. */
  readonly alignments: Float64Array;

  /** Makes `count` empty entries. */
  constructor(count: number) {
    this.count = count;
    this.types = new Uint32Array(count);
    this.flags = new Uint32Array(count);
    this.offsets = new Float64Array(count);
    this.addresses = new Float64Array(count);
    this.fileSizes = new Float64Array(count);
    this.memorySizes = new Float64Array(count);
    this.alignments = new Float64Array(count);
  }

  /** Index of the first segment of `type` from `from` on; -1 if there is none. */
  findType(type: number, from = 0): number {
    for (let i = from; i < this.count; i++) {
      if (this.types[i] === type) return i;
    }
    return -1;
  }

  /** Index of the `PT_LOAD` segment whose memory covers `address`; -1 if there is none. O(n). */
  findAddress(address: number): number {
    for (let i = 0; i < this.count; i++) {
      const start = this.addresses[i]!;
      if (
        this.types[i] === PT.LOAD && address >= start &&
        address < start + this.memorySizes[i]!
      ) return i;
    }
    return -1;
  }

  /** Whether an executable `PT_LOAD` segment covers `address`. O(n). */
  isExecutable(address: number): boolean {
    const index = this.findAddress(address);
    return index >= 0 && (this.flags[index]! & PF.X) !== 0;
  }
}

/** Smallest size of a program header in bytes. */
export function minProgramHeaderSize(header: ElfHeader): number {
  return header.elfClass === 64 ? 56 : 32;
}

/**
 * Decodes `count` program headers.
 *
 * | offset 64/32 | size 64/32 | field |
 * | --- | --- | --- |
 * | 0 | 4 | `p_type` |
 * | 4/24 | 4 | `p_flags` |
 * | 8/4 | 8/4 | `p_offset` |
 * | 16/8 | 8/4 | `p_vaddr` |
 * | 24/12 | 8/4 | `p_paddr`, not kept |
 * | 32/16 | 8/4 | `p_filesz` |
 * | 40/20 | 8/4 | `p_memsz` |
 * | 48/28 | 8/4 | `p_align` |
 *
 * Source: gABI 4.3, chapter 5, "Program Header".
 *
 * @param bytes Bytes that hold the table.
 * @param header Gives class, byte order and the size of one entry.
 * @param count How many to decode.
 * @param offset Where in `bytes` the first one is.
 * @throws {FormatError} `bad-value` (`e_phentsize`), `truncated`
 */
export function decodeSegments(
  bytes: Uint8Array,
  header: ElfHeader,
  count: number,
  offset: number,
): ElfSegments {
  if (count === 0) return new ElfSegments(0);
  const stride = header.programHeaderSize;
  if (stride < minProgramHeaderSize(header)) {
    throw new FormatError({
      code: "bad-value",
      format: ELF,
      field: "e_phentsize",
      offset: header.elfClass === 64 ? 54 : 42,
      value: stride,
      expected: `a size of at least ${minProgramHeaderSize(header)}`,
    });
  }
  if (!(offset >= 0) || offset + count * stride > bytes.length) {
    throw new TruncatedError(
      ELF,
      "program headers",
      offset,
      count * stride,
      bytes.length - offset,
    );
  }
  const segments = new ElfSegments(count);
  const view = viewOf(bytes);
  const read = header.elfClass === 64 ? readSegment64 : readSegment32;
  for (let i = 0; i < count; i++) {
    read(view, offset + i * stride, header.littleEndian, segments, i);
  }
  return segments;
}

function readSegment64(
  view: DataView,
  at: number,
  littleEndian: boolean,
  segments: ElfSegments,
  index: number,
): void {
  segments.types[index] = view.getUint32(at, littleEndian);
  segments.flags[index] = view.getUint32(at + 4, littleEndian);
  segments.offsets[index] = readUint64(view, at + 8, littleEndian);
  segments.addresses[index] = readInt64(view, at + 16, littleEndian);
  segments.fileSizes[index] = readUint64(view, at + 32, littleEndian);
  segments.memorySizes[index] = readUint64(view, at + 40, littleEndian);
  segments.alignments[index] = readUint64(view, at + 48, littleEndian);
}

function readSegment32(
  view: DataView,
  at: number,
  littleEndian: boolean,
  segments: ElfSegments,
  index: number,
): void {
  segments.types[index] = view.getUint32(at, littleEndian);
  segments.offsets[index] = view.getUint32(at + 4, littleEndian);
  segments.addresses[index] = view.getUint32(at + 8, littleEndian);
  segments.fileSizes[index] = view.getUint32(at + 16, littleEndian);
  segments.memorySizes[index] = view.getUint32(at + 20, littleEndian);
  segments.flags[index] = view.getUint32(at + 24, littleEndian);
  segments.alignments[index] = view.getUint32(at + 28, littleEndian);
}

/** Reads an unsigned 64-bit value; from 2^53 on it is rounded, which is as good as any number behind the file's end. */
export function readUint64(
  view: DataView,
  offset: number,
  littleEndian: boolean,
): number {
  const value = readInt64(view, offset, littleEndian);
  return value < 0 ? value + TWO_64 : value;
}
