/**
 * The functions that frames lie in.
 *
 * @module
 */
import {
  FrameKind,
  type FrameNames,
  type FrameTable,
  type Profile,
} from "../../kernel/profile/mod.ts";
import { baseName } from "../plain_text.ts";

/** Kind of what is no code: roots, and marks of stacks that are not whole. */
export const PLACEHOLDER_KIND = -1;
/** Kind of a function that was inlined; greater than those of `FrameKind`. */
export const INLINED_KIND = 4;

/** A function, or code that nothing names. */
export interface FunctionEntry {
  /** Name; `[file]` for code of a file without one, `[unknown]` where there is no file. */
  name: string;
  /** Path of its file. */
  module: string;
  /** A value of `FrameKind`, {@linkcode INLINED_KIND} or {@linkcode PLACEHOLDER_KIND}. */
  kind: number;
  /** Path of its source file, where that is known. */
  file?: string | undefined;
}

/** A function at a frame, and where it is in the source. */
export interface FunctionPlace extends FunctionEntry {
  /** Line, from 1; 0 if unknown. */
  line: number;
  /** Column, from 1; 0 if unknown. */
  column: number;
}

/** The functions at a frame whose sources are loaded: those that were inlined, innermost first, then its own. */
export function describePlaces(
  frame: number,
  frames: FrameTable,
  names: FrameNames,
): FunctionPlace[] {
  const own = describeFrame(frame, frames, names);
  const sources = names.sources(frame);
  if (sources.length === 0) return [{ ...own, line: 0, column: 0 }];
  return sources.map(({ symbol = "??", inlined, file, line, column }) => ({
    ...(inlined ? { ...own, name: symbol, kind: INLINED_KIND } : own),
    file,
    line,
    column,
  }));
}

/** The function of a frame, whose name must have been loaded. */
export function describeFrame(
  frame: number,
  frames: FrameTable,
  names: FrameNames,
): FunctionEntry {
  const { symbol, module } = names.name(frame);
  const kind = frames.kinds[frame]!;
  if (symbol !== undefined) return { name: symbol, module, kind };
  if (kind === FrameKind.KERNEL) return { name: "[kernel]", module, kind };
  const file = baseName(module);
  return { name: file.startsWith("[") ? file : `[${file}]`, module, kind };
}

/** Functions by id, found while frames come up: stacks of functions are far fewer than stacks of places in them. */
export class FunctionTable {
  /** The functions. */
  readonly entries: FunctionEntry[] = [];
  /** Function of each frame; the first {@linkcode FunctionTable.frameCount} are valid. */
  ids: Int32Array = new Int32Array(1024);
  /** Frames whose function is known. */
  frameCount = 0;
  private readonly frames: FrameTable;
  private readonly names: FrameNames;
  /** Ids by name, by path of the file, by kind. */
  private readonly idsByKind: Map<string, Map<string, number>>[] = [];
  private readonly textOf: ((entry: FunctionEntry) => string) | undefined;
  private readonly idsByText: Map<string, number> = new Map();

  /**
   * Finds the functions of the frames of `profile` by `names`.
   *
   * @param textOf What is shown of a function, if those of which the same is shown are to be one.
   */
  constructor(
    { frames }: Profile,
    names: FrameNames,
    textOf?: (entry: FunctionEntry) => string,
  ) {
    this.frames = frames;
    this.names = names;
    this.textOf = textOf;
  }

  /** Finds the functions of frames that are new. Returns a promise if names have to be loaded for that. */
  update(): Promise<void> | undefined {
    const { frames, names } = this;
    while (this.frameCount < frames.count) {
      if (names.needsLoad(this.frameCount)) return this.loadAndUpdate();
      this.addFrame(this.frameCount);
    }
    return undefined;
  }

  private async loadAndUpdate(): Promise<void> {
    const { frames, names } = this;
    while (this.frameCount < frames.count) {
      if (names.needsLoad(this.frameCount)) await names.load(this.frameCount);
      this.addFrame(this.frameCount);
    }
  }

  private addFrame(frame: number): void {
    if (frame === this.ids.length) {
      const { ids } = this;
      this.ids = new Int32Array(ids.length * 2);
      this.ids.set(ids);
    }
    this.ids[frame] = this.intern(
      describeFrame(frame, this.frames, this.names),
    );
    this.frameCount = frame + 1;
  }

  /** The functions at a frame whose sources are loaded, innermost first: those that were inlined, too. */
  chain(frame: number): number[] {
    return describePlaces(frame, this.frames, this.names)
      .map((place) => this.intern(place));
  }

  private intern({ name, module, kind, file }: FunctionEntry): number {
    const byModule = this.idsByKind[kind] ??= new Map();
    let byName = byModule.get(module);
    if (byName === undefined) byModule.set(module, byName = new Map());
    let id = byName.get(name);
    if (id === undefined) {
      const entry = { name, module, kind };
      id = this.add(file === undefined ? entry : { ...entry, file });
      byName.set(name, id);
    }
    return id;
  }

  /** The id of a function that was not met before. */
  private add(entry: FunctionEntry): number {
    const { entries, textOf, idsByText } = this;
    if (textOf === undefined) return entries.push(entry) - 1;
    const text = textOf(entry);
    const same = idsByText.get(text);
    if (same !== undefined) return same;
    idsByText.set(text, entries.length);
    return entries.push(entry) - 1;
  }
}
