/**
 * A table of functions made by one pass over the section, where the linker made none or a wrong one.
 *
 * @module
 */
import { FormatError } from "../base/error.ts";
import { upperBound } from "../base/search.ts";
import type { CieCache } from "./cie.ts";
import { EntryHead, EntryKind } from "./entry.ts";
import { decodeFdeBody, type Fde } from "./fde.ts";
import type { CfiSection } from "./section.ts";

/**
 * Yields all FDEs in the section's order. What is wrong with one is handed to `report`, and the next one follows; a
 * length that leads out of the section ends it.
 */
export function* readFdes(
  section: CfiSection,
  cies: CieCache,
  report: (error: FormatError) => void,
): Generator<Fde> {
  const head = new EntryHead();
  let offset = 0;
  while (offset < section.size) {
    try {
      head.read(section, offset);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      report(error);
      return;
    }
    // A terminator does not end the section: static links put crt files' and libraries' parts behind it.
    offset = head.endOffset;
    if (head.kind !== EntryKind.FDE) continue;
    let fde: Fde;
    try {
      fde = decodeFdeBody(section, cies, head);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      report(error);
      continue;
    }
    yield fde;
  }
}

/** FDEs sorted by the start of their functions. */
export class FdeIndex {
  private readonly starts: Float64Array;
  private readonly ends: Float64Array;
  private readonly offsets: Uint32Array;

  /** Builds the index: O(n log n), once. Functions without bytes are left out. */
  constructor(
    section: CfiSection,
    cies: CieCache,
    report: (error: FormatError) => void,
  ) {
    let starts = new Float64Array(64);
    let sizes = new Float64Array(64);
    let offsets = new Uint32Array(64);
    let count = 0;
    let isSorted = true;
    for (const fde of readFdes(section, cies, report)) {
      if (fde.endPc === fde.startPc) continue;
      if (count === starts.length) {
        starts = growFloats(starts);
        sizes = growFloats(sizes);
        offsets = growWords(offsets);
      }
      if (count > 0 && starts[count - 1]! >= fde.startPc) isSorted = false;
      starts[count] = fde.startPc;
      sizes[count] = fde.endPc - fde.startPc;
      offsets[count] = fde.offset;
      count++;
    }
    const order = new Uint32Array(count);
    for (let i = 0; i < count; i++) order[i] = i;
    if (!isSorted) {
      // Of two with the same start the larger one comes last, where the search looks.
      order.sort((a, b) => starts[a]! - starts[b]! || sizes[a]! - sizes[b]!);
    }
    this.starts = new Float64Array(count);
    this.ends = new Float64Array(count);
    this.offsets = new Uint32Array(count);
    for (let i = 0; i < count; i++) {
      const from = order[i]!;
      this.starts[i] = starts[from]!;
      this.ends[i] = starts[from]! + sizes[from]!;
      this.offsets[i] = offsets[from]!;
    }
  }

  /** Offset of the FDE that covers `pc`, NaN if there is none. O(log n). */
  find(pc: number): number {
    const index = upperBound(this.starts, this.starts.length, pc) - 1;
    return index >= 0 && pc < this.ends[index]! ? this.offsets[index]! : NaN;
  }
}

function growFloats(
  values: Float64Array<ArrayBuffer>,
): Float64Array<ArrayBuffer> {
  const grown = new Float64Array(values.length * 2);
  grown.set(values);
  return grown;
}

function growWords(values: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(values.length * 2);
  grown.set(values);
  return grown;
}
