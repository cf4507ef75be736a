/**
 * Writing the seekable form: the section in zstd frames, and tables by which a lookup finds the two that it needs.
 *
 * @module
 */
import { crc32 } from "../base/crc32.ts";
import { FormatError } from "../base/error.ts";
import { decodeSFrame, SFrameFlag, type SFrameSection } from "../sframe/mod.ts";
import { ByteWriter } from "./byte_writer.ts";
import {
  buildIdBytes,
  SIDECAR,
  type SidecarMeta,
  type ZstdCompress,
} from "./meta.ts";
import {
  META_FRAME_MAGIC,
  META_MAGIC,
  SEEK_FRAME_MAGIC,
  SEEK_MAGIC,
  SEEKABLE_VERSION,
  SFRAME_HEADER_SIZE,
} from "./seekable_format.ts";

/** Bytes of a function descriptor; index is the version. */
const FDE_SIZES = [0, 17, 20, 16];
/** Bytes of V3's attribute record before the rows of a function. */
const ATTRIBUTE_SIZE = 5;

/** A frame of descriptors: the functions from `first` on. */
interface FunctionFrame {
  first: number;
  start: number;
}

/** How the section is cut. */
interface Cuts {
  /** Offsets at which frames begin; the first is 0. */
  offsets: number[];
  functionFrames: FunctionFrame[];
}

/**
 * Encodes a section as seekable zstd. `zstd -d` gives the section back.
 *
 * @param section One sorted section, as linkers write it.
 * @param sectionAddress Its address in the binary.
 * @param frameSize Bytes of the section in a frame, about.
 * @throws {FormatError} If the section is bad in any part, or not sorted; `unsupported` if there are several.
 */
export async function encodeSeekable(
  section: Uint8Array,
  sectionAddress: number,
  meta: SidecarMeta,
  compress: ZstdCompress,
  frameSize: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const decoded = decodeSFrame(section, sectionAddress);
  checkSection(decoded, section);
  const cuts = cutSection(decoded, section.length, frameSize);
  const out = new ByteWriter();
  const entries: [stored: number, size: number][] = [];
  const checksums: number[] = [];
  for (const [i, from] of cuts.offsets.entries()) {
    const raw = section.subarray(from, cuts.offsets[i + 1] ?? section.length);
    const stored = await compress(raw);
    out.append(stored);
    entries.push([stored.length, raw.length]);
    checksums.push(crc32(stored));
  }
  const own = encodeMeta(section, sectionAddress, meta, cuts, checksums);
  out.append(own);
  entries.push([own.length, 0]);
  out.u32(SEEK_FRAME_MAGIC);
  out.u32(entries.length * 8 + 9);
  for (const [stored, size] of entries) {
    out.u32(stored);
    out.u32(size);
  }
  out.u32(entries.length);
  out.u8(0);
  out.u32(SEEK_MAGIC);
  return out.done();
}

/** Our skippable frame; see `FORMAT.md`. */
function encodeMeta(
  section: Uint8Array,
  sectionAddress: number,
  meta: SidecarMeta,
  { functionFrames }: Cuts,
  checksums: readonly number[],
): Uint8Array {
  const buildId = buildIdBytes(meta.buildId);
  const out = new ByteWriter();
  out.u32(META_FRAME_MAGIC);
  out.u32(0);
  const start = out.size;
  out.u32(META_MAGIC);
  out.u8(SEEKABLE_VERSION);
  out.u8(buildId.length);
  out.u16(meta.machine);
  out.u32(0);
  out.i64(meta.textStart);
  out.i64(meta.textEnd);
  out.i64(sectionAddress);
  out.append(section.subarray(0, SFRAME_HEADER_SIZE));
  out.u32(functionFrames.length);
  out.append(buildId);
  for (const { first, start } of functionFrames) {
    out.u32(first);
    out.i64(start);
  }
  for (const sum of checksums) out.u32(sum);
  out.patch32(start - 4, out.size - start);
  out.patch32(start + 8, crc32(out.done().subarray(start)));
  return out.done();
}

/** A sidecar of a section that is wrong somewhere would be wrong in ways that nobody can see any more. */
function checkSection(decoded: SFrameSection, section: Uint8Array): void {
  if (decoded.errors.length > 0) throw decoded.errors[0]!;
  if ((decoded.header.flags & SFrameFlag.FDE_SORTED) === 0) {
    throw new FormatError({
      code: "unsupported",
      format: SIDECAR,
      field: "flags",
      offset: 3,
      value: decoded.header.flags,
      expected: "a sorted section, as linkers write it",
    });
  }
  const rest = section.subarray(decoded.size).findIndex((byte) => byte !== 0);
  if (rest < 0) return;
  throw new FormatError({
    code: "unsupported",
    format: SIDECAR,
    field: "section",
    offset: decoded.size + rest,
    value: "more bytes",
    expected: "one section",
  });
}

function cutSection(
  decoded: SFrameSection,
  size: number,
  frameSize: number,
): Cuts {
  const { header, functions } = decoded;
  const { fdeOffset, freOffset, auxHeaderSize, version } = header;
  const stride = FDE_SIZES[version]!;
  const table = SFRAME_HEADER_SIZE + auxHeaderSize + fdeOffset;
  const rows = SFRAME_HEADER_SIZE + auxHeaderSize + freOffset;
  const offsets = [0];
  const functionFrames: FunctionFrame[] = [];
  if (functions.length > 0) {
    functionFrames.push({ first: 0, start: functions[0]!.startAddress });
  }
  for (const [i, { startAddress, size }] of functions.entries()) {
    const at = table + i * stride;
    // A function of no size hides behind the one before it, so it must not come first.
    if (i === 0 || size === 0 || at - offsets.at(-1)! < frameSize) continue;
    offsets.push(at);
    functionFrames.push({ first: i, start: startAddress });
  }
  if (functions.length > 0) offsets.push(rows);
  for (const [from, to] of rowBlocks(decoded)) {
    const last = offsets.at(-1)!;
    if (rows + from > last && rows + to - last > frameSize) {
      offsets.push(rows + from);
    }
  }
  return {
    offsets: offsets.filter((offset) => offset < Math.max(1, size)),
    functionFrames,
  };
}

/** Where the rows of functions begin and end, without overlap: functions may share rows. */
function rowBlocks(
  { functions, header }: SFrameSection,
): [from: number, to: number][] {
  const extra = header.version === 3 ? ATTRIBUTE_SIZE : 0;
  const blocks = functions.map<[number, number]>(
    ({ freOffset, rows, startSize }) => {
      let end = freOffset + extra;
      for (const { words, wordSize } of rows) {
        end += startSize + 1 + words.length * wordSize;
      }
      return [freOffset, end];
    },
  ).sort((a, b) => a[0] - b[0]);
  const merged: [from: number, to: number][] = [];
  for (const [from, to] of blocks) {
    const last = merged.at(-1);
    if (last === undefined || from >= last[1]) merged.push([from, to]);
    else last[1] = Math.max(last[1], to);
  }
  return merged;
}
