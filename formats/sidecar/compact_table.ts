/**
 * The compact form, opened.
 *
 * @module
 */
import type { ByteSource } from "../base/byte_source.ts";
import { FormatError } from "../base/error.ts";
import { Base, Lookup, type UnwindRow } from "../base/unwind_row.ts";
import { SFrameAbi } from "../sframe/mod.ts";
import { type Block, decodeBlock } from "./compact_block.ts";
import { COMPACT_VERSION, NO_RULE } from "./compact_format.ts";
import type { RuleTable } from "./compact_rules.ts";
import type { SidecarMeta, ZstdDecompress } from "./meta.ts";
import { type Part, PartState, readPart } from "./part_store.ts";
import type { SidecarTable } from "./sidecar_table.ts";

/** A sidecar's header and tables, read and checked. */
export interface CompactLayout {
  /** The binary to which it belongs. */
  meta: SidecarMeta;
  /** A value of `SFrameAbi`. */
  abi: number;
  /** Version of the section that was encoded. */
  sframeVersion: number;
  /** Address of the first function. */
  base: number;
  /** Bytes of a unit of code. */
  unit: number;
  /** Number of functions. */
  functionCount: number;
  /** The rules. */
  rules: RuleTable;
  /** Start of each block's first function, units from the base. */
  blockStarts: Uint32Array;
  /** Where each block begins among all blocks, and their size behind the last. */
  blockOffsets: Float64Array;
  /** What is read at once: groups of blocks, or each block by itself. */
  parts: Part[];
  /** The part of each block. */
  blockParts: Uint32Array;
  /** Where each part begins among all blocks. */
  partOffsets: Float64Array;
}

/** Unpacks a block when a lookup first needs it; then a lookup is a search of the index and one of the block. */
export class CompactTable implements SidecarTable {
  /** Always `sidecar`. */
  readonly kind = "sidecar";
  /** Always `compact`. */
  readonly format = "compact";
  /** Version of the form. */
  readonly version: number = COMPACT_VERSION;
  /** The binary to which it belongs. */
  readonly meta: SidecarMeta;
  /** Number of functions. */
  readonly functionCount: number;
  /** Number of blocks of 32 functions. */
  readonly partCount: number;
  /** Blocks that are loaded. */
  loadedCount = 0;
  /** What was wrong with the last block that was damaged. */
  error: FormatError | undefined = undefined;
  private readonly source: ByteSource;
  private readonly layout: CompactLayout;
  private readonly decompress: ZstdDecompress | undefined;
  private readonly correctPlt: boolean;
  private readonly base: number;
  private readonly unit: number;
  private readonly perByte: number;
  private readonly blockStarts: Uint32Array;
  private readonly rules: RuleTable;
  private readonly blocks: (Block | undefined)[];
  private readonly states: Uint8Array;
  private readonly partBytes: (Uint8Array | undefined)[];
  private missing = -1;

  /** For `openSidecar`. */
  constructor(
    source: ByteSource,
    layout: CompactLayout,
    decompress: ZstdDecompress | undefined,
    plt: "ld" | "correct",
  ) {
    this.source = source;
    this.layout = layout;
    this.meta = layout.meta;
    this.decompress = decompress;
    this.correctPlt = plt === "correct" && layout.sframeVersion >= 2 &&
      layout.abi === SFrameAbi.AMD64_ENDIAN_LITTLE;
    this.functionCount = layout.functionCount;
    this.base = layout.base;
    this.unit = layout.unit;
    this.perByte = 1 / layout.unit;
    this.blockStarts = layout.blockStarts;
    this.rules = layout.rules;
    this.partCount = layout.blockStarts.length;
    this.blocks = new Array(this.partCount).fill(undefined);
    this.states = new Uint8Array(this.partCount);
    this.partBytes = new Array(layout.parts.length).fill(undefined);
  }

  /**
   * Fills `row` with the rules at `pc`; `NEEDS_DATA` where the block is not loaded. One block is needed. The row's range
   * may be wider than that of the section's row, as neighbours with equal rules are one here.
   */
  lookup(pc: number, row: UnwindRow): number {
    const position = Math.floor((pc - this.base) * this.perByte);
    const { blockStarts } = this;
    // Also false for NaN; beyond 32 bits there is no function.
    if (!(position >= 0 && position < 2 ** 32) || this.partCount === 0) {
      return Lookup.NO_ROW;
    }
    if (position < blockStarts[0]!) return Lookup.NO_ROW;
    const index = searchLast(blockStarts, this.partCount, position);
    const block = this.blocks[index];
    if (block === undefined) {
      if (this.states[index] === PartState.BAD) return Lookup.BAD;
      this.missing = index;
      return Lookup.NEEDS_DATA;
    }
    const { starts, rules } = block;
    const count = rules.length;
    const distance = position - blockStarts[index]!;
    if (distance >= starts[count]!) return Lookup.NO_ROW;
    const range = searchLast(starts, count, distance);
    const rule = rules[range]!;
    if (rule === NO_RULE) return Lookup.NO_ROW;
    const origin = this.base + blockStarts[index]! * this.unit;
    if (rule < 0) {
      const start = starts[range]!;
      const end = starts[range + 1]!;
      return this.findRepeated(block, rule, origin, start, end, distance, row);
    }
    this.rules.fill(rule, row);
    row.startPc = origin + starts[range]! * this.unit;
    row.endPc = origin + starts[range + 1]! * this.unit;
    return Lookup.FOUND;
  }

  /** Loads the block that the last lookup lacked. */
  async fill(): Promise<void> {
    const block = this.missing;
    this.missing = -1;
    if (block >= 0) await this.load(block);
  }

  /** Loads every block. */
  async fillAll(): Promise<void> {
    for (let block = 0; block < this.partCount; block++) await this.load(block);
  }

  /** Looks into the repetition that holds `distance`, of the function from `start` to `end`. */
  private findRepeated(
    block: Block,
    rule: number,
    origin: number,
    start: number,
    end: number,
    distance: number,
    row: UnwindRow,
  ): number {
    const { size, starts, rules } = block.repetitions[-1 - rule]!;
    const count = rules.length;
    const offset = (distance - start) % size;
    const first = distance - offset;
    if (offset >= starts[count]!) return Lookup.NO_ROW;
    const range = searchLast(starts, count, offset);
    if (rules[range] === NO_RULE) return Lookup.NO_ROW;
    this.rules.fill(rules[range]!, row);
    row.startPc = origin + (first + starts[range]!) * this.unit;
    row.endPc = origin +
      Math.min(end, first + starts[range + 1]!) * this.unit;
    // The row that ld writes for `.plt.got`, eight too much.
    if (
      this.correctPlt && count === 1 && (size === 8 || size === 16) &&
      row.cfaBase === Base.SP && row.cfaOffset === 16 && !row.cfaDeref
    ) row.cfaOffset = 8;
    return Lookup.FOUND;
  }

  private async load(index: number): Promise<void> {
    if (this.states[index] !== PartState.ABSENT) return;
    const { blockParts, blockOffsets, partOffsets, parts, rules } = this.layout;
    const part = blockParts[index]!;
    try {
      const bytes = this.partBytes[part] ??
        await readPart(this.source, parts[part]!, this.decompress);
      if (this.states[index] !== PartState.ABSENT) return;
      // A part of many blocks is kept for the others.
      if (parts[part]!.compressed) this.partBytes[part] = bytes;
      const offset = partOffsets[part]!;
      const own = bytes.subarray(
        blockOffsets[index]! - offset,
        blockOffsets[index + 1]! - offset,
      );
      this.blocks[index] = decodeBlock(own, blockOffsets[index]!, rules.count);
      this.states[index] = PartState.READY;
      this.loadedCount++;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.error = error;
      this.states[index] = PartState.BAD;
    }
  }
}

/** Index of the last of the `count` (at least one) ascending values that is not greater than `key`; 0 if none is. */
function searchLast(values: Uint32Array, count: number, key: number): number {
  let low = 0;
  let left = count;
  while (left > 1) {
    const half = left >>> 1;
    if (values[low + half]! <= key) low += half;
    left -= half;
  }
  return low;
}
