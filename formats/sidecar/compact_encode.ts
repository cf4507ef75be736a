/**
 * Writing the compact form.
 *
 * @module
 */
import { crc32 } from "../base/crc32.ts";
import { FormatError } from "../base/error.ts";
import { Lookup, UnwindRow } from "../base/unwind_row.ts";
import {
  decodeSFrame,
  openSFrame,
  SFrameAbi,
  type SFrameFunction,
  type SFrameTable,
} from "../sframe/mod.ts";
import { ByteWriter } from "./byte_writer.ts";
import {
  BLOCK_FUNCTIONS,
  COMPACT_HEADER_SIZE,
  COMPACT_MAGIC,
  COMPACT_VERSION,
  CompactField,
  CompactFlag,
  FUNCTION_REPEATS,
  MAX_SHORT_DISTANCE,
  MAX_SHORT_RULE,
  NO_RULE,
  SHORT_RULE_BITS,
} from "./compact_format.ts";
import { RuleCollector } from "./compact_rules.ts";
import {
  buildIdBytes,
  SIDECAR,
  type SidecarMeta,
  type ZstdCompress,
} from "./meta.ts";

/** Provisional number of "no row". */
const NONE = -1;

/** A function as it is written: addresses are still bytes. */
interface PlainFunction {
  start: number;
  size: number;
  /** Bytes of a repetition; 0 if the rows run once. */
  repSize: number;
  /** Offsets of rows from the start, ascending, the first 0. */
  offsets: number[];
  /** Provisional rule numbers of the rows. */
  rules: number[];
}

/**
 * Encodes a section in the compact form.
 *
 * Each function keeps its range and each program counter its rules; rows with equal rules beside each other become
 * one. The key of pointer authentication is not kept.
 *
 * @param section One section.
 * @param sectionAddress Its address in the binary.
 * @param compress With it, tables and groups of blocks become zstd frames.
 * @param groupSize Bytes of blocks in a frame, about.
 * @throws {FormatError} If the section is bad in any part, or covers more than 4 GiB.
 */
export async function encodeCompact(
  section: Uint8Array,
  sectionAddress: number,
  meta: SidecarMeta,
  compress: ZstdCompress | undefined,
  groupSize: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { header, functions, errors } = decodeSFrame(section, sectionAddress);
  if (errors.length > 0) throw errors[0]!;
  const collector = new RuleCollector();
  const plain = readFunctions(
    openSFrame(section, sectionAddress),
    functions,
    collector,
  );
  const rules = new ByteWriter();
  const numbers = collector.write(rules);
  const shift = unitShift(header.abi, plain);
  const base = plain[0]?.start ?? 0;
  const last = plain.at(-1);
  if (
    last !== undefined && last.start + last.size - base >= 2 ** (32 + shift)
  ) {
    throw new FormatError({
      code: "unsupported",
      format: SIDECAR,
      field: "text",
      offset: 0,
      value: last.start + last.size - base,
      expected: "functions within 4 GiB",
    });
  }
  const blocks = writeBlocks(plain, base, shift, numbers);
  const stored = await storeBlocks(blocks, compress, groupSize);
  const tables = new ByteWriter();
  tables.append(rules.done());
  for (const [i, offset] of blocks.offsets.entries()) {
    tables.u32(blocks.starts[i]!);
    tables.u32(offset);
  }
  tables.append(stored.groups.done());
  const rawTables = tables.done();
  const storedTables = compress === undefined
    ? rawTables
    : await compress(rawTables);
  const buildId = buildIdBytes(meta.buildId);
  const out = new ByteWriter();
  out.u32(COMPACT_MAGIC);
  out.u8(COMPACT_VERSION);
  out.u8(compress === undefined ? 0 : CompactFlag.COMPRESSED);
  out.u8(header.abi);
  out.u8(shift);
  out.u16(meta.machine);
  out.u8(buildId.length);
  out.u8(header.version);
  out.u32(0);
  out.i64(meta.textStart);
  out.i64(meta.textEnd);
  out.i64(base);
  out.u32(plain.length);
  out.u32(blocks.offsets.length);
  out.u32(collector.size);
  out.u32(rules.size);
  out.u32(storedTables.length);
  out.u32(blocks.bytes.size);
  out.u32(stored.groupCount);
  out.u32(0);
  if (out.size !== COMPACT_HEADER_SIZE) throw new Error("header size");
  out.append(buildId);
  out.append(storedTables);
  out.patch32(CompactField.CHECKSUM, crc32(out.done()));
  out.append(stored.bytes);
  return out.done();
}

/** Reads each function's rows as lookups find them, so that the compact form answers as the section does. */
function readFunctions(
  table: SFrameTable,
  functions: readonly SFrameFunction[],
  collector: RuleCollector,
): PlainFunction[] {
  const row = new UnwindRow();
  const sorted = functions.filter(({ size }) => size > 0)
    .sort((a, b) => a.startAddress - b.startAddress || a.index - b.index);
  const plain: PlainFunction[] = [];
  for (const [i, found] of sorted.entries()) {
    const { startAddress: start } = found;
    // Of functions that overlap, lookups see the one that starts last.
    const next = sorted[i + 1]?.startAddress ?? Infinity;
    const size = Math.min(found.size, next - start);
    if (size <= 0) continue;
    const repSize = repetitionOf(found);
    const { offsets, rules } = readRows(
      table,
      found,
      repSize === 0 ? size : Math.min(size, repSize),
      row,
      collector,
    );
    plain.push({ start, size, repSize, offsets, rules });
  }
  return plain;
}

/** V1 does not state it: its only producer's entries have 16 bytes. */
function repetitionOf({ pcType, repSize }: SFrameFunction): number {
  if (pcType !== "mask") return 0;
  return repSize === 0 ? 16 : repSize;
}

function readRows(
  table: SFrameTable,
  { startAddress, rows }: SFrameFunction,
  size: number,
  row: UnwindRow,
  collector: RuleCollector,
): Pick<PlainFunction, "offsets" | "rules"> {
  const offsets: number[] = [];
  const rules: number[] = [];
  let at = 0;
  let next = 0;
  while (at < size) {
    const isFound = table.lookup(startAddress + at, row) === Lookup.FOUND;
    const rule = isFound ? collector.add(row) : NONE;
    if (rules.at(-1) !== rule) {
      offsets.push(at);
      rules.push(rule);
    }
    if (isFound) at = Math.max(at + 1, row.endPc - startAddress);
    else {
      while (next < rows.length && rows[next]!.startOffset <= at) next++;
      at = rows[next]?.startOffset ?? size;
    }
  }
  if (rules.length === 1 && rules[0] === NONE) {
    return { offsets: [], rules: [] };
  }
  return { offsets, rules };
}

/** Code of AArch64 comes in units of four bytes, of s390x in two, if all that is written keeps to it. */
function unitShift(abi: number, functions: readonly PlainFunction[]): number {
  let shift = abi === SFrameAbi.S390X_ENDIAN_BIG
    ? 1
    : abi === SFrameAbi.AMD64_ENDIAN_LITTLE
    ? 0
    : 2;
  const base = functions[0]?.start ?? 0;
  const fits = (value: number): boolean => value % (1 << shift) === 0;
  while (
    shift > 0 &&
    !functions.every(({ start, size, repSize, offsets }) =>
      fits(start - base) && fits(size) && fits(repSize) && offsets.every(fits)
    )
  ) shift--;
  return shift;
}

interface Blocks {
  bytes: ByteWriter;
  /** Where each block begins. */
  offsets: number[];
  /** Start of its first function, units from the base. */
  starts: number[];
}

function writeBlocks(
  functions: readonly PlainFunction[],
  base: number,
  shift: number,
  numbers: readonly number[],
): Blocks {
  const blocks: Blocks = { bytes: new ByteWriter(), offsets: [], starts: [] };
  const unit = 1 << shift;
  for (let first = 0; first < functions.length; first += BLOCK_FUNCTIONS) {
    const some = functions.slice(first, first + BLOCK_FUNCTIONS);
    const offset = blocks.bytes.size;
    blocks.offsets.push(offset);
    blocks.starts.push((some[0]!.start - base) / unit);
    writeBlock(blocks.bytes, some, unit, numbers);
    const sum = crc32(blocks.bytes.done().subarray(offset));
    blocks.bytes.u16(sum & 0xffff);
  }
  return blocks;
}

function writeBlock(
  out: ByteWriter,
  functions: readonly PlainFunction[],
  unit: number,
  numbers: readonly number[],
): void {
  const rows = new ByteWriter();
  let end = functions[0]!.start;
  out.u8(functions.length);
  for (const { start, size, repSize, offsets, rules } of functions) {
    const before = rows.size;
    for (const [i, rule] of rules.entries()) {
      const number = rule === NONE ? NO_RULE : numbers[rule]!;
      if (i === 0) rows.uleb(number);
      else writeRow(rows, (offsets[i]! - offsets[i - 1]!) / unit, number);
    }
    out.uleb((start - end) / unit);
    out.uleb(size / unit);
    const repeats = repSize > 0;
    out.uleb(2 * (rows.size - before) + (repeats ? FUNCTION_REPEATS : 0));
    if (repeats) out.uleb(repSize / unit);
    end = start + size;
  }
  out.append(rows.done());
}

/** Most rows follow closely with one of few rules: one byte. */
function writeRow(out: ByteWriter, distance: number, rule: number): void {
  const shortRule = rule <= MAX_SHORT_RULE ? rule : 0;
  const isNear = distance <= MAX_SHORT_DISTANCE;
  out.u8((isNear ? distance << SHORT_RULE_BITS : 0) | shortRule);
  if (!isNear) out.uleb(distance);
  if (shortRule === 0) out.uleb(rule);
}

interface StoredBlocks {
  bytes: Uint8Array;
  /** The list of groups. */
  groups: ByteWriter;
  groupCount: number;
}

/** Compresses blocks in groups; without a compressor they stay as they are, each to be read by itself. */
async function storeBlocks(
  { bytes, offsets }: Blocks,
  compress: ZstdCompress | undefined,
  groupSize: number,
): Promise<StoredBlocks> {
  const groups = new ByteWriter();
  const raw = bytes.done();
  if (compress === undefined) return { bytes: raw, groups, groupCount: 0 };
  const out = new ByteWriter();
  let groupCount = 0;
  let start = 0;
  for (let i = 1; i <= offsets.length; i++) {
    const end = offsets[i] ?? raw.length;
    if (end - start < groupSize && i < offsets.length) continue;
    const stored = await compress(raw.subarray(start, end));
    groups.u32(start);
    groups.u32(out.size);
    groups.u32(crc32(stored));
    out.append(stored);
    groupCount++;
    start = end;
  }
  return { bytes: out.done(), groups, groupCount };
}
