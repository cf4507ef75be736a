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
  }

  /**
   * Fills `row` with the rules at `pc`, as the section itself would; `NEEDS_DATA` where a frame is not loaded. At most
   * two frames are needed: one with the function's descriptor, one with its rows.
   */
  lookup(pc: number, row: UnwindRow): number {
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
    return answer === Lookup.NEEDS_DATA &&
        this.states[this.missing] === PartState.BAD
      ? Lookup.BAD
      : answer;
  }

  /** Whether the rows at `freOffset` are loaded: asked by the tables of the frames. */
  has(freOffset: number): boolean {
    if (this.absentCount === 0) return true;
    const { offsets, rowsOffset, frames } = this.layout;
    const at = rowsOffset + freOffset;
    const frame = upperBound(offsets, frames.length, at) - 1;
    if (this.states[frame] === PartState.READY) return true;
    this.missing = frame;
    return false;
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

  private openFunctions(frame: number): void {
    const { sectionAddress, header, firstFunctions } = this.layout;
    const first = firstFunctions[frame]!;
    this.tables[frame] = openSFramePart(
      this.section,
      sectionAddress,
      header,
      first,
      firstFunctions[frame + 1]! - first,
      this,
      { plt: this.plt },
    );
  }
}
