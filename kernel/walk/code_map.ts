/**
 * Text ranges of an address space and the modules behind them.
 *
 * @module
 */
import type { FormatError } from "../../formats/base/error.ts";
import type { UnwindTable } from "../../formats/base/unwind_row.ts";
import { RangeTable } from "./range_table.ts";

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

/** Text ranges of a process. Lookups are synchronous and allocate nothing once all ranges are there. */
export class CodeMap {
  /** The modules, by index. */
  readonly modules: Module[];
  private readonly ranges: RangeTable;
  private last = 0;

  /** Starts without text. Address spaces that load the same files may share their list of modules. */
  constructor(modules: Module[] = [], ranges: RangeTable = new RangeTable()) {
    this.modules = modules;
    this.ranges = ranges;
  }

  /** A map of its own with the same text and the same list of modules: a fork's. */
  clone(): CodeMap {
    return new CodeMap(this.modules, this.ranges.clone());
  }

  /** Adds a module and returns its index. */
  addModule(module: Module): number {
    return this.modules.push(module) - 1;
  }

  /** Adds the text range `[start, end)` of module `owner`; where it overlaps what is there, the part that is there wins. */
  addText(start: number, end: number, owner: number): void {
    this.ranges.add(start, end, owner);
  }

  /** Takes the text in `[start, end)` out, as unmapping does; ranges that reach beyond keep the rest. */
  removeText(start: number, end: number): void {
    this.ranges.remove(start, end);
  }

  /** Puts the text range `[start, end)` of module `owner` in place of what is there, as mapping over it does. */
  replaceText(start: number, end: number, owner: number): void {
    this.ranges.replace(start, end, owner);
  }

  /**
   * Index of the text range that holds `address`, or {@linkcode NO_TEXT}. It holds until the next lookup after an
   * {@linkcode CodeMap.addText}, or until text is taken out or replaced.
   */
  find(address: number): number {
    // What is there wins over what was added since, so the last range is right without laying those out.
    if (this.ranges.holds(this.last, address)) return this.last;
    const index = this.ranges.find(address);
    if (index >= 0) this.last = index;
    return index;
  }

  /** Number of text ranges. */
  get rangeCount(): number {
    return this.ranges.count;
  }

  /** First address of text range `range`. */
  start(range: number): number {
    return this.ranges.start(range);
  }

  /** Address behind text range `range`. */
  end(range: number): number {
    return this.ranges.end(range);
  }

  /** Whether there is text in `[start, end)`. */
  hasText(start: number, end: number): boolean {
    return this.ranges.overlaps(start, end);
  }

  /** Index of the module of text range `range`, or {@linkcode NO_MODULE}. */
  owner(range: number): number {
    return this.ranges.owner(range);
  }
}
