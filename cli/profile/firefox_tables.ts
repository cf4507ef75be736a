/**
 * The tables that all threads of a profile for the Firefox Profiler share: stacks, frames, functions, files, names.
 *
 * @module
 */
import {
  FrameKind,
  type FrameNames,
  type Profile,
  type ProfileModule,
} from "../../kernel/profile/mod.ts";
import { baseName } from "../plain_text.ts";
import type { FormatContext } from "./format.ts";
import {
  describeFrame,
  describePlaces,
  type FunctionEntry,
  PLACEHOLDER_KIND,
} from "./function_table.ts";
import type { PieceWriter } from "./text_pieces.ts";
import type { SampleStacks } from "./sample_stacks.ts";

/** Indexes into {@linkcode FirefoxTables.categories} by kind of frame. */
const CATEGORY_OF_KIND: Readonly<Record<number, number>> = {
  [FrameKind.USER]: 1,
  [FrameKind.KERNEL]: 2,
  [FrameKind.JIT]: 3,
  [FrameKind.VDSO]: 1,
};

/** A type of resource: a library. */
const LIBRARY = 1;

/** Strings, functions and the like, each once, in the order of their indexes. */
class Interner<T> {
  readonly items: T[] = [];
  private readonly indexes: Map<string, number> = new Map();

  index(key: string, make: () => T): number {
    let index = this.indexes.get(key);
    if (index === undefined) {
      index = this.items.push(make()) - 1;
      this.indexes.set(key, index);
    }
    return index;
  }
}

/** A file that has code. */
interface Library {
  arch: string;
  name: string;
  path: string;
  debugName: string;
  debugPath: string;
  breakpadId: string;
  codeId: string | null;
}

/** A place in code, as rows of the page's frames. */
interface FrameRow {
  address: number;
  /** How many functions were inlined into each other here, up to this one. */
  inlineDepth: number;
  line: number | null;
  column: number | null;
  kind: number;
  func: number;
  nativeSymbol: number | null;
}

/** See the module's description. */
export class FirefoxTables {
  /** Kinds of code, with their colours. The first is what has none: marks of stacks that are not whole. */
  static readonly categories: readonly unknown[] = [
    { name: "Other", color: "grey", subcategories: ["Other"] },
    { name: "User", color: "yellow", subcategories: ["Other"] },
    { name: "Kernel", color: "orange", subcategories: ["Other"] },
    { name: "JIT", color: "blue", subcategories: ["Other"] },
  ];
  /** The files. */
  readonly libs: readonly Library[];
  private readonly profile: Profile;
  /** Ids of the given stacks among those of the table. */
  readonly stackIds: Int32Array;
  /** Stacks of rows. */
  private readonly stacks: SampleStacks;
  private readonly names: FrameNames;
  private readonly lines: boolean;
  private readonly strings: Interner<string> = new Interner();
  /** Names of source files. */
  private readonly sources: Interner<number> = new Interner();
  private readonly functions: Interner<
    { name: number; resource: number; source: number | null }
  > = new Interner();
  /** Library and address of each symbol; its name is its function's. */
  private readonly symbols: Interner<
    { lib: number; address: number; name: number }
  > = new Interner();
  /** Rows of what is no code. */
  private readonly markRows: Map<number, number> = new Map();
  private readonly frames: FrameRow[] = [];

  /** Makes the tables for `stacks`. The names of all frames must have been loaded, and their sources if those are wanted. */
  constructor(
    { profile, names, features, lines }: FormatContext,
    stacks: SampleStacks,
  ) {
    this.profile = profile;
    this.names = names;
    this.lines = lines;
    const arch = features[0]?.architecture ?? "";
    this.libs = profile.modules.map((module) => library(module, arch));
    for (const { name } of this.libs) this.text(name);
    const { stacks: placed, ids } = stacks.replace((frame) => this.rows(frame));
    this.stacks = placed;
    this.stackIds = ids;
    for (let id = 1; id < placed.count; id++) {
      const frame = placed.frames[id]!;
      if (frame < 0 && !this.markRows.has(frame)) {
        this.markRows.set(frame, this.markRow(frame));
      }
    }
  }

  /** Writes the tables as an object. */
  async write(json: PieceWriter): Promise<void> {
    const { stacks, markRows } = this;
    const count = stacks.count - 1;
    await json.text(`{"stackTable":{"length":${count},"frame":`);
    await json.list(count, (i) => {
      const row = stacks.frames[i + 1]!;
      return row < 0 ? markRows.get(row)! : row;
    });
    await json.text(`,"prefix":`);
    await json.list(count, (i) => {
      const parent = stacks.parents[i + 1]!;
      return parent === 0 ? null : parent - 1;
    });
    await json.text("},");
    await this.writeFrames(json);
    await this.writeFunctions(json);
    await table(json, "sources", this.sources.items, {
      id: () => null,
      filename: (name) => name,
      startLine: () => 1,
      startColumn: () => 1,
      sourceMapURL: () => null,
    });
    const { items } = this.strings;
    await json.text(`"stringArray":`);
    await json.list(items.length, (i) => items[i]!);
    await json.text("}");
  }

  private async writeFrames(json: PieceWriter): Promise<void> {
    const { frames } = this;
    const { length } = frames;
    await json.text(`"frameTable":{"length":${length}`);
    const column = async (
      name: string,
      value: (row: FrameRow) => number | null,
    ): Promise<void> => {
      await json.text(`,"${name}":`);
      await json.list(length, (i) => value(frames[i]!));
    };
    await column("address", ({ address }) => address);
    await column("inlineDepth", ({ inlineDepth }) => inlineDepth);
    await column("category", ({ kind }) => CATEGORY_OF_KIND[kind] ?? 0);
    await column("subcategory", () => 0);
    await column("func", ({ func }) => func);
    await column("nativeSymbol", ({ nativeSymbol }) => nativeSymbol);
    await column("innerWindowID", () => null);
    await column("line", ({ line }) => line);
    await column("column", ({ column }) => column);
    await json.text("},");
  }

  private async writeFunctions(json: PieceWriter): Promise<void> {
    const { libs } = this;
    await table(json, "funcTable", this.functions.items, {
      name: ({ name }) => name,
      isJS: () => false,
      relevantForJS: () => false,
      resource: ({ resource }) => resource,
      source: ({ source }) => source,
      lineNumber: () => null,
      columnNumber: () => null,
    });
    await table(json, "resourceTable", libs, {
      name: ({ name }) => this.text(name),
      host: () => null,
      lib: (_, index) => index,
      type: () => LIBRARY,
    });
    await table(json, "nativeSymbols", this.symbols.items, {
      libIndex: ({ lib }) => lib,
      address: ({ address }) => address,
      name: ({ name }) => name,
      functionSize: () => null,
    });
  }

  /** Makes the rows of a frame and says their indexes, innermost first. */
  private rows(frame: number): number[] {
    const { names, lines, profile: { frames } } = this;
    const lib = frames.modules[frame]!;
    const places = lines
      ? describePlaces(frame, frames, names)
      : [{ ...describeFrame(frame, frames, names), line: 0, column: 0 }];
    const own = places.at(-1)!;
    const place = this.placeInFile(frame, lib, own);
    return places.map(({ name, kind, file, line, column }, index) =>
      this.frames.push({
        ...place,
        inlineDepth: places.length - 1 - index,
        line: line || null,
        column: column || null,
        kind: own.kind,
        func: this.func(lib, kind, name, file),
      }) - 1
    );
  }

  /** The row of what is no code. */
  private markRow(mark: number): number {
    const name = this.stacks.placeholderName(mark);
    return this.frames.push({
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

  private text(text: string): number {
    return this.strings.index(text, () => text);
  }
}

/** Writes a table that has a column for each of `columns`. */
async function table<T>(
  json: PieceWriter,
  name: string,
  items: readonly T[],
  columns: Record<string, (item: T, index: number) => number | null | boolean>,
): Promise<void> {
  await json.text(`"${name}":{"length":${items.length}`);
  for (const [column, value] of Object.entries(columns)) {
    await json.text(`,"${column}":`);
    await json.list(items.length, (i) => value(items[i]!, i));
  }
  await json.text("},");
}

function library(
  { path, buildId }: ProfileModule,
  arch: string,
): Library {
  const name = baseName(path);
  return {
    arch,
    name,
    path,
    debugName: name,
    debugPath: path,
    breakpadId: breakpadId(buildId ?? ""),
    codeId: buildId ?? null,
  };
}

/** The identity that symbol servers use: a GUID of the build id's first 16 bytes, whose first three numbers are swapped, and 0. */
export function breakpadId(buildId: string): string {
  const bytes = buildId.padEnd(32, "0").slice(0, 32).match(/../g)!;
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  return `${order.map((index) => bytes[index]).join("").toUpperCase()}0`;
}
