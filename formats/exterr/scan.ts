/**
 * Finding records in the memory of a program that nobody can ask where they are.
 *
 * @module
 */
import { type ByteSource, viewOf } from "../base/byte_source.ts";
import { MESSAGE_SIZE, RECORD_SIZE, VERSION } from "./constants.ts";
import { decodeRecord, type Uexterror } from "./record.ts";

/** Bytes that are looked at in one go; records that reach beyond are read with it. */
const CHUNK_SIZE = 1 << 20;

const MAX_ERROR = 200;
const MAX_CATEGORY = 255;
const ERROR_OFFSET = 4;
const CATEGORY_OFFSET = 8;
const FLAGS_OFFSET = 16;
const PARAMETERS_OFFSET = 24;
const RESERVED_OFFSET = 40;
const MESSAGE_OFFSET = 72;

/** What became of a record. */
export type RecordState =
  /** The last failure of its thread left extended data. */
  | "live"
  /** The last failure had none (`error` is 0): the other fields are of an older one. */
  | "stale"
  /** Nothing but the version: no failure ever wrote to it, or only such without extended data. */
  | "unused";

/** Some memory of a program, and where its bytes are. */
export interface MemoryRegion {
  /** Address of the first byte, signed canonical. */
  address: number;
  /** Offset of that byte in the source. */
  offset: number;
  /** How many bytes. */
  size: number;
}

/** A record in memory. */
export interface FoundRecord {
  /** Address of its first byte, signed canonical. */
  address: number;
  /** Offset of that byte in the source. */
  offset: number;
  /** What became of it. */
  state: RecordState;
  /** The record. */
  record: Uexterror;
}

/** How {@linkcode findRecords} searches. */
export interface ScanOptions {
  /** Byte order of the program. */
  littleEndian: boolean;
  /**
   * Of which number a record's address is a multiple: 8 (if left out) on 64-bit machines, 4 on those that align
   * 64-bit values to 4.
   */
  alignment?: 4 | 8;
}

/**
 * Searches memory for records, in the order of the regions and their addresses.
 *
 * A record is 200 bytes that start with a version that programs register (0x10010001 or 0x10010002), with an `error` of
 * at most 200, a `cat` of at most 255, zero `flags` and reserved fields, and a message that ends in a NUL and has only
 * printable ASCII characters and blanks before it.
 *
 * Reads the regions once, in pieces of 1 MiB; allocates nothing but the piece and what it finds. Bytes that the source
 * does not have are passed over.
 */
export async function* findRecords(
  source: ByteSource,
  regions: Iterable<MemoryRegion>,
  options: ScanOptions,
): AsyncGenerator<FoundRecord> {
  const chunk = new Uint8Array(CHUNK_SIZE + RECORD_SIZE);
  for (const { address, offset, size } of regions) {
    const end = Math.min(size, source.size - offset);
    // The last byte at which a record can start lies 200 bytes before the end.
    for (let at = 0; at + RECORD_SIZE <= end; at += CHUNK_SIZE) {
      const wanted = Math.min(CHUNK_SIZE + RECORD_SIZE - 1, end - at);
      const filled = await readChunk(source, offset + at, wanted, chunk);
      for (const found of findInBytes(chunk, filled, address + at, options)) {
        const start = found.address - address;
        yield { ...found, offset: offset + start };
      }
    }
  }
}

async function readChunk(
  source: ByteSource,
  offset: number,
  size: number,
  chunk: Uint8Array,
): Promise<number> {
  if (source.readInto !== undefined) {
    return source.readInto(offset, chunk.subarray(0, size));
  }
  const bytes = await source.read(offset, size);
  chunk.set(bytes);
  return bytes.length;
}

/** Finds the records that start in the first `CHUNK_SIZE` of `size` bytes, which are at `address`. */
function* findInBytes(
  bytes: Uint8Array,
  size: number,
  address: number,
  { littleEndian, alignment = 8 }: ScanOptions,
): Generator<Omit<FoundRecord, "offset">> {
  const view = viewOf(bytes);
  // Remainders of negative addresses are negative.
  const first = (alignment - (address % alignment)) % alignment;
  const last = Math.min(size - RECORD_SIZE, CHUNK_SIZE - 1);
  for (
    let at = nextVersion(view, first, last, alignment, littleEndian);
    at >= 0;
    at = nextVersion(view, at + alignment, last, alignment, littleEndian)
  ) {
    const state = judge(bytes, view, at, littleEndian);
    if (state === undefined) continue;
    const record = decodeRecord(bytes, at, littleEndian);
    yield { address: address + at, state, record };
  }
}

/** The loop over every word of memory: offset of the next version, -1 if there is none up to `last`. */
function nextVersion(
  view: DataView,
  from: number,
  last: number,
  step: number,
  littleEndian: boolean,
): number {
  for (let at = from; at <= last; at += step) {
    const word = view.getInt32(at, littleEndian);
    if (word === VERSION.CURRENT || word === VERSION.FIRST) return at;
  }
  return -1;
}

/**
 * Judges the 200 bytes at `at`.
 *
 * @returns The state of the record; `undefined` if it is none.
 */
function judge(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  littleEndian: boolean,
): RecordState | undefined {
  const error = view.getUint32(at + ERROR_OFFSET, littleEndian);
  const category = view.getUint32(at + CATEGORY_OFFSET, littleEndian);
  if (error > MAX_ERROR || category > MAX_CATEGORY) return undefined;
  if (!isZero(bytes, at + FLAGS_OFFSET, at + PARAMETERS_OFFSET)) {
    return undefined;
  }
  if (!isZero(bytes, at + RESERVED_OFFSET, at + MESSAGE_OFFSET)) {
    return undefined;
  }
  if (!isMessage(bytes, at + MESSAGE_OFFSET)) return undefined;
  if (error !== 0) return "live";
  return isZero(bytes, at + ERROR_OFFSET, at + RECORD_SIZE)
    ? "unused"
    : "stale";
}

function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    if (bytes[at] !== 0) return false;
  }
  return true;
}

/** Whether printable characters and then a NUL stand there. */
function isMessage(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at < from + MESSAGE_SIZE; at++) {
    const byte = bytes[at]!;
    if (byte === 0) return true;
    const isPrintable = byte >= 0x20 && byte < 0x7f;
    if (!isPrintable && byte !== 0x09 && byte !== 0x0a) return false;
  }
  return false;
}
