/**
 * The seekable form, opened.
 *
 * @module
 */
import type { ByteSource } from "../base/byte_source.ts";
import { FormatError } from "../base/error.ts";
import { upperBound } from "../base/search.ts";
import { Lookup, type UnwindRow } from "../base/unwind_row.ts";
import {
  openSFramePart,
  type SFrameHeader,
  type SFrameTable,
} from "../sframe/mod.ts";
import type { SidecarMeta, ZstdDecompress } from "./meta.ts";
import { type Part, PartState, readPart } from "./part_store.ts";
import { SEEKABLE_VERSION } from "./seekable_format.ts";
import type { SidecarTable } from "./sidecar_table.ts";

/** Frames hold four pages or more, so that a page's frame is found at once or in one step. */
const PAGE_SHIFT = 12;

/** A sidecar's tables, read and checked. */
export interface SeekableLayout {
  /** The binary to which it belongs. */
  meta: SidecarMeta;
  /** Address of the section. */
  sectionAddress: number;
  /** Header of the section. */
  header: SFrameHeader;
  /** The bytes of that header. */
  headerBytes: Uint8Array;
  /** All frames of the section in order. */
  frames: Part[];
  /** Where each frame's content begins in the section, and the section's size behind the last. */
  offsets: Float64Array;
  /** Index of the first function of each frame of descriptors, which come first, and the number of functions. */
  firstFunctions: Float64Array;
  /** Start address of that function. */
  firstStarts: Float64Array;
  /** Where the rows begin in the section. */
  rowsOffset: number;
}

/**
 * Searches the frames of descriptors by their first starts, then in the section itself: frames are decompressed to where
 * they belong in it. Warm lookups are those of the open section, but for one search of a short list.
 */
export class SeekableTable implements SidecarTable {
  /** Always `sidecar`. */
  readonly kind = "sidecar";
  /** Always `zstd`. */
  readonly format = "zstd";
  /** Version of the form. */
  readonly version: number = SEEKABLE_VERSION;
  /** The binary to which it belongs. */
  readonly meta: SidecarMeta;
  /** Number of functions. */
  readonly functionCount: number;
  /** Number of zstd frames. */
  readonly partCount: number;
  /** Frames that are loaded. */
  loadedCount = 0;
  /** What was wrong with the last frame that was damaged. */
  error: FormatError | undefined = undefined;
  private readonly source: ByteSource;
  private readonly layout: SeekableLayout;
  private readonly decompress: ZstdDecompress | undefined;
  private readonly plt: "ld" | "correct";
  private readonly section: Uint8Array;
  private readonly states: Uint8Array;
  private readonly tables: (SFrameTable | undefined)[];
  private readonly firstStarts: Float64Array;
  /** All functions, once all their descriptors are loaded. */
  private whole: SFrameTable | undefined = undefined;
  /** The frame at the start of each page of the section, from where {@linkcode SeekableTable.has} goes on. */
  private readonly pageFrames: Uint32Array;
  private missing = -1;
  private absentCount: number;

  /** For `openSidecar`. */
  constructor(
    source: ByteSource,
    layout: SeekableLayout,
    decompress: ZstdDecompress | undefined,
    plt: "ld" | "correct",
  ) {
    const { frames, offsets, firstStarts, header } = layout;
    this.source = source;
    this.layout = layout;
    this.meta = layout.meta;
    this.decompress = decompress;
    this.plt = plt;
    this.functionCount = header.fdeCount;
    this.partCount = frames.length;
    this.absentCount = frames.length;
    this.section = new Uint8Array(offsets[frames.length]!);
    this.section.set(layout.headerBytes);
    this.states = new Uint8Array(frames.length);
    this.tables = new Array(firstStarts.length).fill(undefined);
    this.firstStarts = firstStarts;
    this.pageFrames = new Uint32Array((this.section.length >>> PAGE_SHIFT) + 1);
    let frame = 0;
    for (let page = 0; page < this.pageFrames.length; page++) {
      const at = page << PAGE_SHIFT;
      while (frame < frames.length - 1 && offsets[frame + 1]! <= at) frame++;
      this.pageFrames[page] = frame;
    }
  }

  /**
   * Fills `row` with the rules at `pc`, as the section itself would; `NEEDS_DATA` where a frame is not loaded. At most
   * two frames are needed: one with the function's descriptor, one with its rows.
   */
  lookup(pc: number, row: UnwindRow): number {
    if (this.whole !== undefined) {
      const answer = this.whole.lookup(pc, row);
      return answer === Lookup.NEEDS_DATA ? this.missingAnswer() : answer;
    }
    const { firstStarts } = this;
    const frame = upperBound(firstStarts, firstStarts.length, pc) - 1;
    if (frame < 0) return Lookup.NO_ROW;
    const table = this.tables[frame];
    if (table === undefined) {
      if (this.states[frame] === PartState.BAD) return Lookup.BAD;
      this.missing = frame;
      return Lookup.NEEDS_DATA;
    }
    const answer = table.lookup(pc, row);
    return answer === Lookup.NEEDS_DATA ? this.missingAnswer() : answer;
  }

  /** Whether the rows at `freOffset` are loaded: asked by the tables of the frames. */
  has(freOffset: number): boolean {
    if (this.absentCount === 0) return true;
    const { offsets, rowsOffset, frames } = this.layout;
    // What lies behind the section is for the table to refuse.
    const at = Math.min(rowsOffset + freOffset, this.section.length);
    let frame = this.pageFrames[at >>> PAGE_SHIFT]!;
    while (frame < frames.length - 1 && offsets[frame + 1]! <= at) frame++;
    if (this.states[frame] === PartState.READY) return true;
    this.missing = frame;
    return false;
  }

  /** The answer of a lookup whose rows are not at hand. */
  private missingAnswer(): number {
    return this.states[this.missing] === PartState.BAD
      ? Lookup.BAD
      : Lookup.NEEDS_DATA;
  }

  /** Loads the frame that the last lookup lacked. */
  async fill(): Promise<void> {
    const frame = this.missing;
    this.missing = -1;
    if (frame >= 0) await this.load(frame);
  }

  /** Loads every frame. */
  async fillAll(): Promise<void> {
    for (let frame = 0; frame < this.partCount; frame++) await this.load(frame);
  }

  private async load(frame: number): Promise<void> {
    if (this.states[frame] !== PartState.ABSENT) return;
    const { frames, offsets, firstStarts } = this.layout;
    try {
      const part = frames[frame]!;
      const bytes = await readPart(this.source, part, this.decompress);
      // Another call may have waited for the same frame.
      if (this.states[frame] !== PartState.ABSENT) return;
      this.section.set(bytes, offsets[frame]!);
      if (frame < firstStarts.length) this.openFunctions(frame);
      this.states[frame] = PartState.READY;
      this.absentCount--;
      this.loadedCount++;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.error = error;
      this.states[frame] = PartState.BAD;
    }
  }

  /** Makes the descriptors of a frame ready for lookups; with the last of them, all become one table. */
  private openFunctions(frame: number): void {
    const { firstFunctions, header } = this.layout;
    const first = firstFunctions[frame]!;
    this.tables[frame] = this.openPart(first, firstFunctions[frame + 1]!);
    if (this.tables.includes(undefined)) return;
    this.whole = this.openPart(0, header.fdeCount);
  }

  private openPart(first: number, end: number): SFrameTable {
    const { sectionAddress, header } = this.layout;
    return openSFramePart(
      this.section,
      sectionAddress,
      header,
      first,
      end - first,
      this,
      { plt: this.plt },
    );
  }
}
