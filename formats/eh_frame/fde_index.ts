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
import type { PlainFde } from "./plain_fde.ts";
import type { CfiSection } from "./section.ts";

/** The way from entry to entry ends here. */
const STOP = -1;

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
    const fde = readEntry(section, cies, head, offset, report);
    if (fde === STOP) return;
    // A terminator does not end the section: static links put crt files' and libraries' parts behind it.
    offset = head.endOffset;
    if (fde !== undefined) yield fde;
  }
}

/** The FDE at `offset`, undefined if there is something else or a bad one; `head` then tells where it ends. */
function readEntry(
  section: CfiSection,
  cies: CieCache,
  head: EntryHead,
  offset: number,
  report: (error: FormatError) => void,
): Fde | typeof STOP | undefined {
  let hasHead = false;
  try {
    head.read(section, offset);
    hasHead = true;
    return head.kind === EntryKind.FDE
      ? decodeFdeBody(section, cies, head)
      : undefined;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    report(error);
    return hasHead ? undefined : STOP;
  }
}

/** Count of FDEs in the section, by their heads alone; -1 if they do not lead to its end. */
export function countFdes(section: CfiSection): number {
  const { view, size, littleEndian, cieId } = section;
  let count = 0;
  let offset = 0;
  while (offset < size) {
    if (offset + 4 > size) return -1;
    const length = view.getUint32(offset, littleEndian);
    const end = offset + 4 + length;
    // The form with a length of 64 bits is too rare for its own code.
    if (length >= 0xffff_fff0 || end > size) return -1;
    if (length !== 0) {
      if (length < 4) return -1;
      if (view.getUint32(offset + 4, littleEndian) !== cieId) count++;
    }
    offset = end;
  }
  return count;
}

/** FDEs sorted by the start of their functions: 20 bytes for each. */
export class FdeIndex {
  /** Count of functions; the arrays may be longer. */
  count = 0;
  private starts: Float64Array;
  private ends: Float64Array;
  private offsets: Uint32Array;

  /** Builds the index: O(n log n), once. Functions without bytes are left out. */
  constructor(
    section: CfiSection,
    cies: CieCache,
    plain: PlainFde,
    report: (error: FormatError) => void,
  ) {
    const count = countFdes(section);
    // Where the count cannot be had cheaply, it is known that each takes 8 bytes; memory that is not used costs nothing.
    const capacity = count < 0 ? Math.ceil(section.size / 8) : count;
    this.starts = new Float64Array(capacity);
    this.ends = new Float64Array(capacity);
    this.offsets = new Uint32Array(capacity);
    if (this.addAll(section, cies, plain, report)) return;
    this.sort(sortedOrder(this.starts, this.count));
  }

  /** Index of the function that covers `pc`; -1 if there is none. O(log n). */
  find(pc: number): number {
    const index = upperBound(this.starts, this.count, pc) - 1;
    return index >= 0 && pc < this.ends[index]! ? index : -1;
  }

  /** Offset of the FDE of a function. */
  fdeOffset(index: number): number {
    return this.offsets[index]!;
  }

  /** Adds the section's FDEs, in its order. Returns whether they ascend. */
  private addAll(
    section: CfiSection,
    cies: CieCache,
    plain: PlainFde,
    report: (error: FormatError) => void,
  ): boolean {
    const head = new EntryHead();
    let offset = 0;
    let previous = -Infinity;
    let ascends = true;
    while (offset < section.size) {
      let startPc = 0;
      let endPc = 0;
      const at = offset;
      if (plain.read(at)) {
        startPc = plain.startPc;
        endPc = startPc + plain.size;
        offset = plain.endOffset;
      } else {
        const fde = readEntry(section, cies, head, at, report);
        if (fde === STOP) break;
        offset = head.endOffset;
        if (fde !== undefined) ({ startPc, endPc } = fde);
      }
      if (endPc === startPc) continue;
      if (!(startPc > previous)) ascends = false;
      previous = startPc;
      this.starts[this.count] = startPc;
      this.ends[this.count] = endPc;
      this.offsets[this.count] = at;
      this.count++;
    }
    return ascends;
  }

  /** Brings the functions into the given order; of those with the same start the largest one stays. */
  private sort(order: Uint32Array): void {
    const { starts, ends, offsets } = this;
    this.starts = new Float64Array(order.length);
    this.ends = new Float64Array(order.length);
    this.offsets = new Uint32Array(order.length);
    let count = 0;
    for (let i = 0; i < order.length; i++) {
      const from = order[i]!;
      if (count > 0 && this.starts[count - 1] === starts[from]) {
        if (ends[from]! < this.ends[count - 1]!) continue;
        count--;
      }
      this.starts[count] = starts[from]!;
      this.ends[count] = ends[from]!;
      this.offsets[count] = offsets[from]!;
      count++;
    }
    this.count = count;
  }
}

/** Indexes of the first `count` values by ascending value, those of equal ones ascending. */
function sortedOrder(values: Float64Array, count: number): Uint32Array {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < count; i++) {
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  const order = new Uint32Array(count);
  if (!((high - low + 1) * count < Number.MAX_SAFE_INTEGER)) {
    for (let i = 0; i < count; i++) order[i] = i;
    return order.sort((a, b) => values[a]! - values[b]! || a - b);
  }
  // Numbers that hold both value and index are sorted without a call for each comparison.
  const keys = new Float64Array(count);
  for (let i = 0; i < count; i++) keys[i] = (values[i]! - low) * count + i;
  keys.sort();
  for (let i = 0; i < count; i++) {
    order[i] = keys[i]! - Math.floor(keys[i]! / count) * count;
  }
  return order;
}
