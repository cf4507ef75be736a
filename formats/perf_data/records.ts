/**
 * The records beside samples that tell what a profile needs: mappings, names, births and deaths, losses.
 *
 * @module
 */
import { readAddress, readSafeUint64 } from "../base/address.ts";
import { FormatError, TruncatedError } from "../base/error.ts";
import { readString } from "../base/string_table.ts";
import { FORMAT, Misc, RecordType } from "./constants.ts";

/** Executable, in the protection bits of a mapping. */
const PROT_EXEC = 4;
const LEAST_MMAP_SIZE = 40;
const LEAST_MMAP2_SIZE = 72;
const MAX_BUILD_ID_SIZE = 20;

/** MMAP and MMAP2: a file, or memory without one, was mapped. */
export interface MappingRecord {
  /** Process; -1 for the kernel's own text. */
  pid: number;
  /** Thread that did it. */
  tid: number;
  /** First address. */
  start: number;
  /** Address behind the last byte. */
  end: number;
  /** Offset in the file of the byte at `start`. */
  fileOffset: number;
  /** Whether the pages may be executed. */
  executable: boolean;
  /** Build ID, hexadecimal, where the kernel recorded it. */
  buildId: string | undefined;
  /** Path as the kernel wrote it. */
  path: string;
}

/** COMM: a thread has a new name. */
export interface CommRecord {
  /** Process. */
  pid: number;
  /** Thread. */
  tid: number;
  /** Name. */
  comm: string;
  /** Whether the name is that of a new program: all mappings are gone. */
  isExec: boolean;
}

/** FORK and EXIT. */
export interface TaskRecord {
  /** Process. */
  pid: number;
  /** Its parent. */
  parentPid: number;
  /** Thread. */
  tid: number;
  /** The thread that made it. */
  parentTid: number;
}

/** BUILD_ID and the entries of the feature of that name. */
export interface BuildIdRecord {
  /** Process; -1 for the host. */
  pid: number;
  /** Build ID, hexadecimal. */
  buildId: string;
  /** Path. */
  path: string;
}

/** The parts of a view with one record, from its header on. */
export interface RecordBytes {
  /** The bytes. */
  view: DataView;
  /** Where the record's header is. */
  offset: number;
  /** Bytes of the record without its sample id. */
  size: number;
  /** Byte order. */
  littleEndian: boolean;
}

function need(record: RecordBytes, size: number, field: string): void {
  if (record.size < size) {
    throw new TruncatedError(FORMAT, field, record.offset, size, record.size);
  }
}

function textAt(record: RecordBytes, at: number): string {
  const { view, offset, size } = record;
  const bytes = new Uint8Array(
    view.buffer,
    view.byteOffset + offset + at,
    size - at,
  );
  return readString(bytes, 0);
}

function hexAt(record: RecordBytes, at: number, size: number): string {
  let text = "";
  for (let i = 0; i < size; i++) {
    const byte = record.view.getUint8(record.offset + at + i);
    text += byte.toString(16).padStart(2, "0");
  }
  return text;
}

/**
 * Decodes MMAP or MMAP2.
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 8 | 8 | pid, tid |
 * | 16 | 24 | address, length, offset in the file |
 * | 40 | | MMAP: the path |
 * | 40 | 24 | MMAP2: device and inode, or u8 size of the build ID, 3 bytes, 20 bytes of it |
 * | 64 | 8 | MMAP2: protection, flags |
 * | 72 | | MMAP2: the path |
 *
 * @throws {FormatError} `truncated`; `out-of-bounds` for a range that wraps
 */
export function decodeMapping(record: RecordBytes): MappingRecord {
  const { view, offset, littleEndian } = record;
  const isNew = view.getUint32(offset, littleEndian) === RecordType.MMAP2;
  need(record, isNew ? LEAST_MMAP2_SIZE : LEAST_MMAP_SIZE, "MMAP");
  const misc = view.getUint16(offset + 4, littleEndian);
  const start = readAddress(view, offset + 16, littleEndian);
  const length = readSafeUint64(
    view,
    offset + 24,
    littleEndian,
    FORMAT,
    "MMAP length",
  );
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(start + length)) {
    throw new FormatError({
      code: "out-of-bounds",
      format: FORMAT,
      field: "MMAP address",
      offset: offset + 16,
      value: start,
      expected: "an address of 53 bits",
    });
  }
  let buildId: string | undefined;
  if (isNew && (misc & Misc.BUILD_ID) !== 0) {
    const size = Math.min(view.getUint8(offset + 40), MAX_BUILD_ID_SIZE);
    if (size > 0) buildId = hexAt(record, 44, size);
  }
  return {
    pid: view.getInt32(offset + 8, littleEndian),
    tid: view.getInt32(offset + 12, littleEndian),
    start,
    end: start + length,
    fileOffset: readAddress(view, offset + 32, littleEndian),
    executable: isNew
      ? (view.getUint32(offset + 64, littleEndian) & PROT_EXEC) !== 0
      : (misc & Misc.DATA_OR_EXEC) === 0,
    buildId,
    path: textAt(record, isNew ? LEAST_MMAP2_SIZE : LEAST_MMAP_SIZE),
  };
}

/** Decodes COMM: `u32 pid, tid`, the name. @throws {FormatError} `truncated` */
export function decodeComm(record: RecordBytes): CommRecord {
  need(record, 16, "COMM");
  const { view, offset, littleEndian } = record;
  return {
    pid: view.getInt32(offset + 8, littleEndian),
    tid: view.getInt32(offset + 12, littleEndian),
    comm: textAt(record, 16),
    isExec:
      (view.getUint16(offset + 4, littleEndian) & Misc.DATA_OR_EXEC) !== 0,
  };
}

/** Decodes FORK or EXIT: `u32 pid, ppid, tid, ptid`, `u64 time`. @throws {FormatError} `truncated` */
export function decodeTask(record: RecordBytes): TaskRecord {
  need(record, 24, "FORK");
  const { view, offset, littleEndian } = record;
  return {
    pid: view.getInt32(offset + 8, littleEndian),
    parentPid: view.getInt32(offset + 12, littleEndian),
    tid: view.getInt32(offset + 16, littleEndian),
    parentTid: view.getInt32(offset + 20, littleEndian),
  };
}

/** Number of records that a LOST (`u64 id, lost`) or LOST_SAMPLES (`u64 lost`) tells of. @throws {FormatError} `truncated` */
export function decodeLost(record: RecordBytes): number {
  const { view, offset, littleEndian } = record;
  const isPlain = view.getUint32(offset, littleEndian) === RecordType.LOST;
  need(record, isPlain ? 24 : 16, "LOST");
  return readSafeUint64(
    view,
    offset + (isPlain ? 16 : 8),
    littleEndian,
    FORMAT,
    "lost",
  );
}

/** Decodes a build ID: `s32 pid`, 20 bytes, `u8 size`, 3 bytes, the path. @throws {FormatError} `truncated` */
export function decodeBuildId(record: RecordBytes): BuildIdRecord {
  need(record, 36, "BUILD_ID");
  const { view, offset, littleEndian } = record;
  const misc = view.getUint16(offset + 4, littleEndian);
  const size = (misc & Misc.BUILD_ID_SIZE) !== 0
    ? Math.min(view.getUint8(offset + 32), MAX_BUILD_ID_SIZE)
    : MAX_BUILD_ID_SIZE;
  return {
    pid: view.getInt32(offset + 8, littleEndian),
    buildId: hexAt(record, 12, size),
    path: textAt(record, 36),
  };
}
