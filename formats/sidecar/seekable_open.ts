/**
 * Reading the tables of the seekable form.
 *
 * @module
 */
import { readInt64 } from "../base/address.ts";
import { type ByteSource, viewOf } from "../base/byte_source.ts";
import { crc32 } from "../base/crc32.ts";
import { TruncatedError } from "../base/error.ts";
import { decodeSFrameHeader, SFrameFlag } from "../sframe/mod.ts";
import { badSidecar, buildIdText, readHeaderAddress, SIDECAR } from "./meta.ts";
import type { Part } from "./part_store.ts";
import {
  FUNCTION_FRAME_SIZE,
  META_FRAME_MAGIC,
  META_HEADER_OFFSET,
  META_MAGIC,
  META_SIZE,
  SEEK_FOOTER_SIZE,
  SEEK_FRAME_MAGIC,
  SEEK_MAGIC,
  SEEKABLE_VERSION,
  SFRAME_HEADER_SIZE,
  SKIPPABLE_HEADER_SIZE,
} from "./seekable_format.ts";
import type { SeekableLayout } from "./seekable_table.ts";

/** Mostly holds both tables, so that opening is one read. */
const TAIL_SIZE = 4096;
/** Most bytes of a section that a byte of the sidecar may stand for: real ones compress to a fiftieth at best. */
const MAX_RATIO = 256;
/** Largest section, bytes: that of a compiler has four million. */
const MAX_SECTION_SIZE = 2 ** 28;
/** Bytes of a function descriptor; index is the version. */
const FDE_SIZES = [0, 17, 20, 16];

/** Our table, and what was read of the file to find it. */
interface Tables {
  frames: Part[];
  meta: Uint8Array;
  metaOffset: number;
}

/**
 * Reads the seek table and our own from the end of the file.
 *
 * @throws {FormatError} `bad-magic`, `bad-value`, `truncated`, `out-of-bounds`, `unsupported`, `limit`
 */
export async function readSeekable(
  source: ByteSource,
): Promise<SeekableLayout> {
  const { frames, meta, metaOffset } = await readTables(source);
  const view = viewOf(meta);
  checkMeta(meta, metaOffset);
  const offsets = new Float64Array(frames.length + 1);
  for (const [i, { size }] of frames.entries()) {
    offsets[i + 1] = offsets[i]! + size;
  }
  const size = offsets[frames.length]!;
  if (size > Math.min(source.size * MAX_RATIO, MAX_SECTION_SIZE)) {
    throw badSidecar(
      "limit",
      "section size",
      metaOffset,
      size,
      "a smaller section",
    );
  }
  const headerBytes = meta.subarray(
    META_HEADER_OFFSET,
    META_HEADER_OFFSET + SFRAME_HEADER_SIZE,
  );
  // The header's bounds are checked against the section that is not there yet.
  const blank = new Uint8Array(size);
  if (size < SFRAME_HEADER_SIZE) {
    throw new TruncatedError(SIDECAR, "section", 0, SFRAME_HEADER_SIZE, size);
  }
  blank.set(headerBytes);
  const header = decodeSFrameHeader(blank, 0);
  if ((header.flags & SFrameFlag.FDE_SORTED) === 0) {
    throw badSidecar(
      "bad-value",
      "flags",
      metaOffset + META_HEADER_OFFSET + 3,
      header.flags,
      "a sorted section",
    );
  }
  const idSize = meta[5]!;
  const count = view.getUint32(64, true);
  const list = META_SIZE + idSize;
  const layout: SeekableLayout = {
    meta: {
      buildId: buildIdText(meta.subarray(META_SIZE, list)),
      machine: view.getUint16(6, true),
      textStart: readHeaderAddress(view, 12, "text start"),
      textEnd: readHeaderAddress(view, 20, "text end"),
    },
    sectionAddress: readHeaderAddress(view, 28, "section address"),
    header,
    headerBytes,
    frames,
    offsets,
    firstFunctions: new Float64Array(count + 1),
    firstStarts: new Float64Array(count),
    rowsOffset: SFRAME_HEADER_SIZE + header.auxHeaderSize + header.freOffset,
  };
  const sums = list + count * FUNCTION_FRAME_SIZE;
  if (count > frames.length || sums + frames.length * 4 > meta.length) {
    throw badSidecar(
      "out-of-bounds",
      "number of function frames",
      metaOffset + 64,
      count,
      "a list within the table",
    );
  }
  for (let i = 0; i < count; i++) {
    const at = list + i * FUNCTION_FRAME_SIZE;
    layout.firstFunctions[i] = view.getUint32(at, true);
    layout.firstStarts[i] = readInt64(view, at + 4, true);
  }
  layout.firstFunctions[count] = header.fdeCount;
  for (const [i, frame] of frames.entries()) {
    frame.checksum = view.getUint32(sums + 4 * i, true);
  }
  checkFunctions(layout, metaOffset + list);
  return layout;
}

async function readTables(source: ByteSource): Promise<Tables> {
  const size = source.size;
  let tailOffset = Math.max(0, size - TAIL_SIZE);
  let tail = await source.read(tailOffset, size - tailOffset);
  const footer = size - tailOffset - SEEK_FOOTER_SIZE;
  if (footer < 0 || tail.length < size - tailOffset) {
    throw new TruncatedError(SIDECAR, "seek table", 0, SEEK_FOOTER_SIZE, size);
  }
  let view = viewOf(tail);
  if (view.getUint32(footer + 5, true) !== SEEK_MAGIC) {
    throw badSidecar(
      "bad-magic",
      "seek table",
      size - 4,
      view.getUint32(footer + 5, true),
      "a seekable zstd file or a compact table",
    );
  }
  const count = view.getUint32(footer, true);
  const hasSums = (tail[footer + 4]! & 0x80) !== 0;
  const stride = hasSums ? 12 : 8;
  const tableSize = SKIPPABLE_HEADER_SIZE + count * stride + SEEK_FOOTER_SIZE;
  const table = size - tableSize;
  if (count < 1 || table < 0) {
    throw badSidecar(
      "out-of-bounds",
      "number of frames",
      size - SEEK_FOOTER_SIZE,
      count,
      "a table within the file",
    );
  }
  if (table < tailOffset) {
    tailOffset = table;
    tail = await source.read(tailOffset, size - tailOffset);
    view = viewOf(tail);
  }
  let at = table - tailOffset;
  if (
    view.getUint32(at, true) !== SEEK_FRAME_MAGIC ||
    view.getUint32(at + 4, true) !== tableSize - SKIPPABLE_HEADER_SIZE
  ) {
    throw badSidecar(
      "bad-value",
      "seek table",
      table,
      undefined,
      "its frame header",
    );
  }
  at += SKIPPABLE_HEADER_SIZE;
  const frames: Part[] = [];
  let offset = 0;
  for (let i = 0; i < count; i++, at += stride) {
    const storedSize = view.getUint32(at, true);
    const content = view.getUint32(at + 4, true);
    frames.push({ offset, storedSize, size: content, compressed: true });
    offset += storedSize;
  }
  const own = frames.pop()!;
  if (offset !== table || own.size !== 0) {
    throw badSidecar(
      "bad-value",
      "seek table",
      table,
      offset,
      "frames that fill the file, the last one without content",
    );
  }
  const stored = own.offset >= tailOffset
    ? tail.subarray(own.offset - tailOffset, table - tailOffset)
    : await source.read(own.offset, own.storedSize);
  return { frames, meta: openMeta(stored, own), metaOffset: own.offset + 8 };
}

/** The content of our skippable frame. */
function openMeta(
  stored: Uint8Array,
  { offset, storedSize }: Part,
): Uint8Array {
  const needed = SKIPPABLE_HEADER_SIZE + META_SIZE;
  if (stored.length < storedSize || storedSize < needed) {
    throw new TruncatedError(SIDECAR, "table", offset, needed, stored.length);
  }
  const view = viewOf(stored);
  const magic = view.getUint32(8, true);
  if (view.getUint32(0, true) !== META_FRAME_MAGIC || magic !== META_MAGIC) {
    throw badSidecar(
      "unsupported",
      "table",
      offset,
      magic,
      "a table of function starts",
    );
  }
  return stored.subarray(SKIPPABLE_HEADER_SIZE);
}

function checkMeta(meta: Uint8Array, offset: number): void {
  const version = meta[4]!;
  if (version !== SEEKABLE_VERSION) {
    throw badSidecar(
      "unsupported",
      "version",
      offset + 4,
      version,
      `${SEEKABLE_VERSION}`,
    );
  }
  const copy = meta.slice();
  const stated = viewOf(meta).getUint32(8, true);
  copy.fill(0, 8, 12);
  const sum = crc32(copy);
  if (sum !== stated) {
    throw badSidecar(
      "bad-value",
      "table checksum",
      offset + 8,
      stated,
      `${sum}`,
    );
  }
}

/** Frames of descriptors must be those that hold the functions which they are said to hold. */
function checkFunctions(layout: SeekableLayout, listOffset: number): void {
  const { firstFunctions, firstStarts, offsets, header, rowsOffset } = layout;
  const table = SFRAME_HEADER_SIZE + header.auxHeaderSize + header.fdeOffset;
  const stride = FDE_SIZES[header.version]!;
  const count = firstStarts.length;
  let good = (count === 0) === (header.fdeCount === 0);
  for (let i = 0; i < count && good; i++) {
    const first = firstFunctions[i]!;
    const end = table + firstFunctions[i + 1]! * stride;
    good = first < firstFunctions[i + 1]! &&
      (i === 0 ? first === 0 : firstStarts[i]! >= firstStarts[i - 1]!) &&
      (i === 0 || offsets[i] === table + first * stride) &&
      end <= offsets[i + 1]! && Number.isSafeInteger(firstStarts[i]!);
  }
  if (count > 0) good &&= offsets[count] === rowsOffset;
  if (good) return;
  throw badSidecar(
    "bad-value",
    "function frames",
    listOffset,
    undefined,
    "ascending functions, each in the frame of its descriptor",
  );
}
