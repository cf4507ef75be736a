/**
 * The frames of a profile for the Firefox Profiler, and what they refer to: functions, source files, symbols, texts.
 *
 * @module
 */
import {
  FrameKind,
  type FrameNames,
  type Profile,
} from "../../kernel/profile/mod.ts";
import type { FormatContext } from "./format.ts";
import {
  describePlaces,
  type FunctionEntry,
  PLACEHOLDER_KIND,
} from "./function_table.ts";

/** Strings, functions and the like, each once, in the order of their indexes. */
export class Interner<T> {
  /** The items, by index. */
  readonly items: T[] = [];
  private readonly indexes: Map<string, number> = new Map();

  /** Index of the item known by `key`, made if it is new. */
  index(key: string, make: () => T): number {
    let index = this.indexes.get(key);
    if (index === undefined) {
      index = this.items.push(make()) - 1;
      this.indexes.set(key, index);
    }
    return index;
  }
}

/** A place in code, as rows of the page's frames. */
export interface FrameRow {
  /** Address in the file; -1 outside of files. */
  address: number;
  /** How many functions were inlined into each other here, up to this one. */
  inlineDepth: number;
  /** Line, from 1. */
  line: number | null;
  /** Column, from 1. */
  column: number | null;
  /** Kind of the frame's own function. */
  kind: number;
  /** Index of the function. */
  func: number;
  /** Index of the symbol that the code belongs to. */
  nativeSymbol: number | null;
}

/** See the module's description. A frame into which functions were inlined has a row for each of them, too. */
export class FirefoxFrames {
  /** The rows. */
  readonly rows: FrameRow[] = [];
  /** Texts. */
  readonly strings: Interner<string> = new Interner();
  /** Names of source files, as indexes of texts. */
  readonly sources: Interner<number> = new Interner();
  /** Functions: index of the name, of the library, of the source file. */
  readonly functions: Interner<
    { name: number; resource: number; source: number | null }
  > = new Interner();
  /** Library and address of each symbol; its name is its function's. */
  readonly symbols: Interner<
    { lib: number; address: number; name: number }
  > = new Interner();
  private readonly profile: Profile;
  private readonly names: FrameNames;

  /** No frames yet. The names of all must have been loaded, and their sources if those are wanted. */
  constructor({ profile, names }: FormatContext) {
    this.profile = profile;
    this.names = names;
  }

  /** Makes the rows of a frame and says their indexes, innermost first. */
  add(frame: number): number[] {
    const { names, profile: { frames } } = this;
    const lib = frames.modules[frame]!;
    const places = describePlaces(frame, frames, names);
    const own = places.at(-1)!;
    const place = this.placeInFile(frame, lib, own);
    return places.map(({ name, kind, file, line, column }, index) =>
      this.rows.push({
        ...place,
        inlineDepth: places.length - 1 - index,
        line: line || null,
        column: column || null,
        kind: own.kind,
        func: this.func(lib, kind, name, file),
      }) - 1
    );
  }

  /** Makes the row of what is no code. @returns Its index. */
  addMark(name: string): number {
    return this.rows.push({
      address: -1,
      nativeSymbol: null,
      inlineDepth: 0,
      line: null,
      column: null,
      kind: PLACEHOLDER_KIND,
      func: this.func(-1, PLACEHOLDER_KIND, name, undefined),
    }) - 1;
  }

  private func(
    lib: number,
    kind: number,
    name: string,
    file: string | undefined,
  ): number {
    const text = this.text(name);
    const source = file === undefined ? null : this.sources.index(
      file,
      () => this.text(file),
    );
    return this.functions.index(
      `${lib} ${kind} ${text} ${source}`,
      () => ({ name: text, resource: lib, source }),
    );
  }

  /** Address in the file and symbol; the kernel's addresses and those of code made at run time are not within a file. */
  private placeInFile(
    frame: number,
    lib: number,
    { kind, name }: FunctionEntry,
  ): Pick<FrameRow, "address" | "nativeSymbol"> {
    const isInFile = lib >= 0 &&
      (kind === FrameKind.USER || kind === FrameKind.VDSO);
    if (!isInFile) return { address: -1, nativeSymbol: null };
    const address = this.profile.frames.addresses[frame]!;
    const { symbol, offset } = this.names.name(frame);
    const start = address - offset;
    const nativeSymbol = symbol === undefined ? null : this.symbols.index(
      `${lib} ${start}`,
      () => ({ lib, address: start, name: this.text(name) }),
    );
    return { address, nativeSymbol };
  }

  /** Index of a text. */
  text(text: string): number {
    return this.strings.index(text, () => text);
  }
}
