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
import { describeFrame, PLACEHOLDER_KIND } from "./function_table.ts";
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
  private readonly stacks: SampleStacks;
  private readonly names: FrameNames;
  private readonly strings: Interner<string> = new Interner();
  private readonly functions: Interner<{ name: number; resource: number }> =
    new Interner();
  /** Library and address of each symbol; its name is its function's. */
  private readonly symbols: Interner<
    { lib: number; address: number; name: number }
  > = new Interner();
  private readonly frameIndexes: Map<number, number> = new Map();
  private readonly frames: FrameRow[] = [];

  /** Makes the tables for `stacks`. The names of all frames must have been loaded. */
  constructor(
    { profile, names, features }: FormatContext,
    stacks: SampleStacks,
  ) {
    this.profile = profile;
    this.names = names;
    this.stacks = stacks;
    const arch = features[0]?.architecture ?? "";
    this.libs = profile.modules.map((module) => library(module, arch));
    for (const { name } of this.libs) this.text(name);
    for (let id = 1; id < stacks.count; id++) {
      const frame = stacks.frames[id]!;
      if (this.frameIndexes.has(frame)) continue;
      this.frameIndexes.set(frame, this.frames.push(this.row(frame)) - 1);
    }
  }

  /** Writes the tables as an object. */
  async write(json: PieceWriter): Promise<void> {
    const { stacks, frameIndexes } = this;
    const count = stacks.count - 1;
    await json.text(`{"stackTable":{"length":${count},"frame":`);
    await json.list(count, (i) => frameIndexes.get(stacks.frames[i + 1]!)!);
    await json.text(`,"prefix":`);
    await json.list(count, (i) => {
      const parent = stacks.parents[i + 1]!;
      return parent === 0 ? null : parent - 1;
    });
    await json.text("},");
    await this.writeFrames(json);
    await this.writeFunctions(json);
    await json.text(
      `"sources":{"length":0,"id":[],"filename":[],"startLine":[],"startColumn":[],"sourceMapURL":[]},`,
    );
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
    await column("inlineDepth", () => 0);
    await column("category", ({ kind }) => CATEGORY_OF_KIND[kind] ?? 0);
    await column("subcategory", () => 0);
    await column("func", ({ func }) => func);
    await column("nativeSymbol", ({ nativeSymbol }) => nativeSymbol);
    for (const name of ["innerWindowID", "line", "column"]) {
      await column(name, () => null);
    }
    await json.text("},");
  }

  private async writeFunctions(json: PieceWriter): Promise<void> {
    const { libs } = this;
    await table(json, "funcTable", this.functions.items, {
      name: ({ name }) => name,
      isJS: () => false,
      relevantForJS: () => false,
      resource: ({ resource }) => resource,
      source: () => null,
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

  private row(frame: number): FrameRow {
    const { frames } = this.profile;
    const { name, kind } = frame < 0
      ? { name: this.stacks.placeholderName(frame), kind: PLACEHOLDER_KIND }
      : describeFrame(frame, frames, this.names);
    const lib = frame < 0 ? -1 : frames.modules[frame]!;
    const text = this.text(name);
    const func = this.functions.index(
      `${lib} ${kind} ${text}`,
      () => ({ name: text, resource: lib }),
    );
    // The kernel's addresses and those of code made at run time are not within a file.
    const isInFile = lib >= 0 &&
      (kind === FrameKind.USER || kind === FrameKind.VDSO);
    if (!isInFile) return { address: -1, kind, func, nativeSymbol: null };
    const address = frames.addresses[frame]!;
    const { symbol, offset } = this.names.name(frame);
    const start = address - offset;
    const nativeSymbol = symbol === undefined ? null : this.symbols.index(
      `${lib} ${start}`,
      () => ({ lib, address: start, name: text }),
    );
    return { address, kind, func, nativeSymbol };
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
