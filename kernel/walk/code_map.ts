/**
 * Text ranges of an address space and the modules behind them.
 *
 * @module
 */
import type { FormatError } from "../../formats/base/error.ts";
import type { UnwindTable } from "../../formats/base/unwind_row.ts";
import { upperBound } from "../../formats/base/search.ts";

/**
 * How far a module's file could be used: `ok` its build ID is the process's; `unverified` the process's build ID is
 * not known; `core` the bytes are those in the core itself; `mismatch` the file is another build; `missing` there is
 * no file; `deleted` the file was deleted while mapped; `unreadable` there is a file, but it cannot be used.
 */
export type ModuleStatus =
  | "ok"
  | "unverified"
  | "core"
  | "mismatch"
  | "missing"
  | "deleted"
  | "unreadable";

/** A file (or the vDSO) mapped into the process. */
export class Module {
  /** Path as the process knew it. */
  readonly path: string;
  /** First mapped address. */
  readonly start: number;
  /** Address behind the last mapped one. */
  readonly end: number;
  /** Build ID, hexadecimal. */
  buildId: string | undefined = undefined;
  /** Load bias: address in the process minus address in the file. */
  bias = 0;
  /** How far the file could be used. */
  status: ModuleStatus = "missing";
  /** Unwind tables in the order in which they are asked; `undefined` until something needs them. */
  tables: UnwindTable[] | undefined = undefined;
  /** The last thing that was wrong with one of them. */
  tableError: FormatError | undefined = undefined;
  /** Program counters at which a table made no sense. */
  badRowCount = 0;

  /** A module without a file. */
  constructor(path: string, start: number, end: number) {
    this.path = path;
    this.start = start;
    this.end = end;
  }
}

/** Range index that {@linkcode CodeMap.find} gives for an address outside all text. */
export const NO_TEXT: number = -1;

/** Module index of text that belongs to no module: code made at run time. */
export const NO_MODULE: number = -1;

/** Sorted, disjoint text ranges. Lookups are synchronous and allocate nothing. */
export class CodeMap {
  /** The modules, by index. */
  readonly modules: Module[] = [];
  private starts: Float64Array = new Float64Array(16);
  private ends: Float64Array = new Float64Array(16);
  private owners: Int32Array = new Int32Array(16);
  private count = 0;
  private last = 0;

  /** Adds a module and returns its index. */
  addModule(module: Module): number {
    return this.modules.push(module) - 1;
  }

  /** Adds the text range `[start, end)` of module `owner`; where it overlaps what is there, the part that is there wins. */
  addText(start: number, end: number, owner: number): void {
    let from = start;
    for (let i = 0; i < this.count && from < end; i++) {
      const takenStart = this.starts[i]!;
      const takenEnd = this.ends[i]!;
      if (takenEnd <= from) continue;
      if (takenStart >= end) break;
      if (takenStart > from) this.insert(from, takenStart, owner, i++);
      from = takenEnd;
    }
    if (from < end) {
      this.insert(from, end, owner, upperBound(this.starts, this.count, from));
    }
  }

  /** Index of the text range that holds `address`, or {@linkcode NO_TEXT}. */
  find(address: number): number {
    const last = this.last;
    if (address >= this.starts[last]! && address < this.ends[last]!) {
      return last;
    }
    const index = upperBound(this.starts, this.count, address) - 1;
    if (index < 0 || !(address < this.ends[index]!)) return NO_TEXT;
    this.last = index;
    return index;
  }

  /** Index of the module of text range `range`, or {@linkcode NO_MODULE}. */
  owner(range: number): number {
    return this.owners[range]!;
  }

  /** Puts a range in at index `at`. */
  private insert(
    start: number,
    end: number,
    owner: number,
    at: number,
  ): void {
    if (this.count === this.starts.length) this.grow();
    this.starts.copyWithin(at + 1, at, this.count);
    this.ends.copyWithin(at + 1, at, this.count);
    this.owners.copyWithin(at + 1, at, this.count);
    this.starts[at] = start;
    this.ends[at] = end;
    this.owners[at] = owner;
    this.count++;
  }

  /** Doubles the arrays. */
  private grow(): void {
    const capacity = this.starts.length * 2;
    const starts = new Float64Array(capacity);
    const ends = new Float64Array(capacity);
    const owners = new Int32Array(capacity);
    starts.set(this.starts);
    ends.set(this.ends);
    owners.set(this.owners);
    this.starts = starts;
    this.ends = ends;
    this.owners = owners;
  }
}
