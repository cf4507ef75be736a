/**
 * The tables that all threads of a profile for the Firefox Profiler share: stacks, frames, functions, files, names.
 *
 * @module
 */
import { FrameKind, type ProfileModule } from "../../kernel/profile/mod.ts";
import { baseName } from "../plain_text.ts";
import { FirefoxFrames, type FrameRow } from "./firefox_frames.ts";
import type { FormatContext } from "./format.ts";
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
  /** Ids of the given stacks among those of the table. */
  readonly stackIds: Int32Array;
  /** Stacks of rows. */
  private readonly stacks: SampleStacks;
  private readonly frames: FirefoxFrames;
  /** Rows of what is no code. */
  private readonly markRows: Map<number, number> = new Map();

  /** Makes the tables for `stacks`. The names of all frames must have been loaded, and their sources if those are wanted. */
  constructor(context: FormatContext, stacks: SampleStacks) {
    const { profile: { modules }, features } = context;
    const frames = new FirefoxFrames(context);
    const arch = features[0]?.architecture ?? "";
    this.libs = modules.map((module) => library(module, arch));
    for (const { name } of this.libs) frames.text(name);
    const { stacks: placed, ids } = stacks.replace((frame) =>
      frames.add(frame)
    );
    for (let id = 1; id < placed.count; id++) {
      const frame = placed.frames[id]!;
      if (frame >= 0 || this.markRows.has(frame)) continue;
      const name = placed.placeholderName(frame);
      this.markRows.set(frame, frames.addMark(name));
    }
    this.stacks = placed;
    this.stackIds = ids;
    this.frames = frames;
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
    await table(json, "sources", this.frames.sources.items, {
      id: () => null,
      filename: (name) => name,
      startLine: () => 1,
      startColumn: () => 1,
      sourceMapURL: () => null,
    });
    const { items } = this.frames.strings;
    await json.text(`"stringArray":`);
    await json.list(items.length, (i) => items[i]!);
    await json.text("}");
  }

  private async writeFrames(json: PieceWriter): Promise<void> {
    const { rows } = this.frames;
    const { length } = rows;
    await json.text(`"frameTable":{"length":${length}`);
    const column = async (
      name: string,
      value: (row: FrameRow) => number | null,
    ): Promise<void> => {
      await json.text(`,"${name}":`);
      await json.list(length, (i) => value(rows[i]!));
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
    const { libs, frames } = this;
    await table(json, "funcTable", frames.functions.items, {
      name: ({ name }) => name,
      isJS: () => false,
      relevantForJS: () => false,
      resource: ({ resource }) => resource,
      source: ({ source }) => source,
      lineNumber: () => null,
      columnNumber: () => null,
    });
    await table(json, "resourceTable", libs, {
      name: ({ name }) => frames.text(name),
      host: () => null,
      lib: (_, index) => index,
      type: () => LIBRARY,
    });
    await table(json, "nativeSymbols", frames.symbols.items, {
      libIndex: ({ lib }) => lib,
      address: ({ address }) => address,
      name: ({ name }) => name,
      functionSize: () => null,
    });
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
