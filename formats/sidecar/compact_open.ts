/**
 * Reading header and tables of the compact form.
 *
 * @module
 */
import { type ByteSource, viewOf } from "../base/byte_source.ts";
import { crc32 } from "../base/crc32.ts";
import { Cursor } from "../base/cursor.ts";
import { TruncatedError } from "../base/error.ts";
import {
  BLOCK_FUNCTIONS,
  COMPACT_HEADER_SIZE,
  COMPACT_MAGIC,
  COMPACT_VERSION,
  CompactField,
  CompactFlag,
  GROUP_ENTRY_SIZE,
  INDEX_ENTRY_SIZE,
} from "./compact_format.ts";
import { RuleTable } from "./compact_rules.ts";
import type { CompactLayout } from "./compact_table.ts";
import {
  badSidecar,
  buildIdText,
  readHeaderAddress,
  SIDECAR,
  type ZstdDecompress,
} from "./meta.ts";
import { type Part, readPart } from "./part_store.ts";

/** Rules take two bytes at the least. */
const MIN_RULE_SIZE = 2;
/** Most bytes that a compressed byte may stand for. */
const MAX_RATIO = 256;
/** Largest tables and blocks, bytes. */
const MAX_SIZE = 2 ** 28;

/** Whether the bytes start as the compact form does. */
export function isCompact(bytes: Uint8Array): boolean {
  return bytes.length >= 4 &&
    viewOf(bytes).getUint32(0, true) === COMPACT_MAGIC;
}

/** Fields of the header that only reading the rest needs. */
interface Sizes {
  compressed: boolean;
  blockCount: number;
  ruleCount: number;
  rulesSize: number;
  blocksSize: number;
  groupCount: number;
  /** Where the blocks begin in the file. */
  blocksOffset: number;
}

/**
 * Reads the header, the rules, the index and the list of groups.
 *
 * @param head The first bytes of the file, at least 4 KiB or all.
 * @throws {FormatError} `truncated`, `unsupported`, `bad-value`, `out-of-bounds`
 */
export async function readCompact(
  source: ByteSource,
  head: Uint8Array,
  decompress: ZstdDecompress | undefined,
): Promise<CompactLayout> {
  if (head.length < COMPACT_HEADER_SIZE) {
    throw new TruncatedError(
      SIDECAR,
      "header",
      0,
      COMPACT_HEADER_SIZE,
      head.length,
    );
  }
  const view = viewOf(head);
  const version = head[CompactField.VERSION]!;
  if (version !== COMPACT_VERSION) {
    throw badSidecar(
      "unsupported",
      "version",
      4,
      version,
      `${COMPACT_VERSION}`,
    );
  }
  const tablesOffset = COMPACT_HEADER_SIZE + head[CompactField.BUILD_ID_SIZE]!;
  const tablesSize = view.getUint32(CompactField.TABLES_SIZE, true);
  const blocksOffset = tablesOffset + tablesSize;
  if (blocksOffset > source.size) {
    throw new TruncatedError(
      SIDECAR,
      "tables",
      tablesOffset,
      tablesSize,
      source.size - tablesOffset,
    );
  }
  const front = blocksOffset <= head.length
    ? head.subarray(0, blocksOffset)
    : await source.read(0, blocksOffset);
  checkFront(front);
  const shift = head[CompactField.UNIT_SHIFT]!;
  if (shift > 2) {
    throw badSidecar(
      "bad-value",
      "unit",
      CompactField.UNIT_SHIFT,
      shift,
      "0, 1 or 2",
    );
  }
  const sizes: Sizes = {
    compressed: (head[CompactField.FLAGS]! & CompactFlag.COMPRESSED) !== 0,
    blockCount: view.getUint32(CompactField.BLOCK_COUNT, true),
    ruleCount: view.getUint32(CompactField.RULE_COUNT, true),
    rulesSize: view.getUint32(CompactField.RULES_SIZE, true),
    blocksSize: view.getUint32(CompactField.BLOCKS_SIZE, true),
    groupCount: view.getUint32(CompactField.GROUP_COUNT, true),
    blocksOffset,
  };
  const functionCount = view.getUint32(CompactField.FUNCTION_COUNT, true);
  checkSizes(sizes, functionCount, source.size);
  const tables = await readTables(
    source,
    sizes,
    front.subarray(tablesOffset),
    tablesOffset,
    decompress,
  );
  const cursor = new Cursor(viewOf(tables), true, SIDECAR, 0, sizes.rulesSize);
  return {
    meta: {
      buildId: buildIdText(front.subarray(COMPACT_HEADER_SIZE, tablesOffset)),
      machine: view.getUint16(CompactField.MACHINE, true),
      textStart: readHeaderAddress(view, CompactField.TEXT_START, "text start"),
      textEnd: readHeaderAddress(view, CompactField.TEXT_END, "text end"),
    },
    abi: head[CompactField.ABI]!,
    sframeVersion: head[CompactField.SFRAME_VERSION]!,
    base: readHeaderAddress(view, CompactField.BASE, "base"),
    unit: 1 << shift,
    functionCount,
    rules: new RuleTable(cursor, sizes.ruleCount),
    ...readIndex(tables, sizes, source.size),
  };
}

function checkFront(front: Uint8Array): void {
  const stated = viewOf(front).getUint32(CompactField.CHECKSUM, true);
  const copy = front.slice();
  copy.fill(0, CompactField.CHECKSUM, CompactField.CHECKSUM + 4);
  const sum = crc32(copy);
  if (sum === stated) return;
  throw badSidecar(
    "bad-value",
    "header checksum",
    CompactField.CHECKSUM,
    stated,
    `${sum}`,
  );
}

function checkSizes(sizes: Sizes, functionCount: number, size: number): void {
  const { blockCount, ruleCount, rulesSize, groupCount, compressed } = sizes;
  const most = compressed ? Math.min(size * MAX_RATIO, MAX_SIZE) : size;
  if (blockCount !== Math.ceil(functionCount / BLOCK_FUNCTIONS)) {
    throw badSidecar(
      "bad-value",
      "block count",
      CompactField.BLOCK_COUNT,
      blockCount,
      `a block for ${BLOCK_FUNCTIONS} functions`,
    );
  }
  if (
    tablesSize(sizes) + sizes.blocksSize > most ||
    groupCount > blockCount || compressed !== groupCount > 0 && blockCount > 0
  ) {
    throw badSidecar(
      "out-of-bounds",
      "block count",
      CompactField.BLOCK_COUNT,
      blockCount,
      "tables within the file",
    );
  }
  if (ruleCount * MIN_RULE_SIZE > rulesSize) {
    throw badSidecar(
      "out-of-bounds",
      "rule count",
      CompactField.RULE_COUNT,
      ruleCount,
      `rules within ${rulesSize} bytes`,
    );
  }
}

function tablesSize({ rulesSize, blockCount, groupCount }: Sizes): number {
  return rulesSize + blockCount * INDEX_ENTRY_SIZE +
    groupCount * GROUP_ENTRY_SIZE;
}

async function readTables(
  source: ByteSource,
  sizes: Sizes,
  stored: Uint8Array,
  offset: number,
  decompress: ZstdDecompress | undefined,
): Promise<Uint8Array> {
  const size = tablesSize(sizes);
  if (sizes.compressed) {
    const part = { offset, storedSize: stored.length, size, compressed: true };
    return await readPart(source, part, decompress);
  }
  if (stored.length === size) return stored;
  throw badSidecar(
    "bad-value",
    "size of tables",
    CompactField.TABLES_SIZE,
    stored.length,
    `${size}`,
  );
}

function readIndex(
  tables: Uint8Array,
  sizes: Sizes,
  fileSize: number,
): Pick<
  CompactLayout,
  "blockStarts" | "blockOffsets" | "parts" | "blockParts" | "partOffsets"
> {
  const { blockCount, rulesSize, blocksSize } = sizes;
  const view = viewOf(tables);
  const blockStarts = new Uint32Array(blockCount);
  const blockOffsets = new Float64Array(blockCount + 1);
  for (let i = 0; i < blockCount; i++) {
    const at = rulesSize + i * INDEX_ENTRY_SIZE;
    blockStarts[i] = view.getUint32(at, true);
    blockOffsets[i] = view.getUint32(at + 4, true);
    const ascends = i === 0
      ? blockOffsets[0] === 0
      : blockStarts[i]! > blockStarts[i - 1]! &&
        blockOffsets[i]! > blockOffsets[i - 1]!;
    if (!ascends) {
      throw badSidecar("bad-value", "index", at, i, "ascending blocks");
    }
  }
  blockOffsets[blockCount] = blocksSize;
  if (blockCount > 0 && !(blockOffsets[blockCount - 1]! < blocksSize)) {
    throw badSidecar(
      "bad-value",
      "size of blocks",
      CompactField.BLOCKS_SIZE,
      blocksSize,
      "a size above the last block's offset",
    );
  }
  const parts = sizes.compressed
    ? readGroups(view, sizes, fileSize)
    : singleParts(blockOffsets, sizes);
  const blockParts = new Uint32Array(blockCount);
  const partOffsets = Float64Array.from(parts, ({ start }) => start);
  let part = 0;
  for (let i = 0; i < blockCount; i++) {
    while (partOffsets[part + 1]! <= blockOffsets[i]!) part++;
    blockParts[i] = part;
    const { start, size } = parts[part]!;
    if (blockOffsets[i + 1]! > start + size) {
      throw badSidecar("bad-value", "groups", rulesSize, part, "whole blocks");
    }
  }
  return { blockStarts, blockOffsets, parts, blockParts, partOffsets };
}

/** A part and where it begins among all blocks. */
type PlacedPart = Part & { start: number };

function singleParts(
  blockOffsets: Float64Array,
  { blockCount, blocksOffset }: Sizes,
): PlacedPart[] {
  const parts: PlacedPart[] = [];
  for (let i = 0; i < blockCount; i++) {
    const start = blockOffsets[i]!;
    const size = blockOffsets[i + 1]! - start;
    parts.push({
      offset: blocksOffset + start,
      storedSize: size,
      size,
      compressed: false,
      start,
    });
  }
  return parts;
}

function readGroups(
  view: DataView,
  sizes: Sizes,
  fileSize: number,
): PlacedPart[] {
  const { groupCount, blocksOffset, blocksSize } = sizes;
  const list = sizes.rulesSize + sizes.blockCount * INDEX_ENTRY_SIZE;
  const parts: PlacedPart[] = [];
  for (let i = 0; i < groupCount; i++) {
    const at = list + i * GROUP_ENTRY_SIZE;
    const isLast = i === groupCount - 1;
    const start = view.getUint32(at, true);
    const stored = view.getUint32(at + 4, true);
    const end = isLast
      ? blocksSize
      : view.getUint32(at + GROUP_ENTRY_SIZE, true);
    const storedEnd = isLast
      ? fileSize - blocksOffset
      : view.getUint32(at + GROUP_ENTRY_SIZE + 4, true);
    const good = end > start && storedEnd > stored &&
      (i > 0 || start === 0) && blocksOffset + storedEnd <= fileSize;
    if (!good) {
      throw badSidecar("bad-value", "groups", at, i, "ascending groups");
    }
    parts.push({
      offset: blocksOffset + stored,
      storedSize: storedEnd - stored,
      size: end - start,
      compressed: true,
      checksum: view.getUint32(at + 8, true),
      start,
    });
  }
  return parts;
}
