/**
 * Where frames are in the source, and the functions that were inlined into theirs.
 *
 * @module
 */
import { sourcePath } from "../walk/source_path.ts";
import type { ProfileFile, SourceReader } from "./modules.ts";

/** A function at a frame: the frame's own, or one that was inlined into it. */
export interface FramePlace {
  /** Name of the function, undefined if nothing names it. */
  readonly symbol: string | undefined;
  /** First address of the function that the code belongs to, undefined if unknown. */
  readonly functionAddress: number | undefined;
  /** Whether it was inlined into the next one. */
  readonly inlined: boolean;
  /** Path of the source file; undefined if unknown. */
  readonly file: string | undefined;
  /** Line, from 1; 0 if unknown. */
  readonly line: number;
  /** Column, from 1; 0 if unknown. */
  readonly column: number;
}

const NOTHING: readonly FramePlace[] = [];

/** The places of frames, by id. Texts are kept once: most frames share their functions and files with others. */
export class FrameSources {
  private readonly places: (readonly FramePlace[])[] = [];
  /** What tells of each module, null if nothing does. */
  private readonly readers: (SourceReader | null)[] = [];
  private readonly texts: Map<string, string> = new Map();
  private readonly readable: (name: string) => Promise<string>;

  /** `readable` makes names of functions readable; it is asked once for each. */
  constructor(readable: (name: string) => Promise<string>) {
    this.readable = readable;
  }

  /** Whether a frame of a module is not loaded, and there may be something to load. */
  isMissing(frame: number, module: number): boolean {
    return this.readers[module] !== null && this.places[frame] === undefined;
  }

  /** Opens the debug information of a module, once. @returns Whether it has any. */
  async open(module: number, file: ProfileFile): Promise<boolean> {
    let reader = this.readers[module];
    if (reader === undefined) {
      reader = await file.openLines() ?? null;
      this.readers[module] = reader;
    }
    return reader !== null;
  }

  /** The functions at a frame that was loaded, innermost first; empty if nothing is known. */
  get(frame: number): readonly FramePlace[] {
    return this.places[frame] ?? NOTHING;
  }

  /**
   * Number of the part of the debug information that tells of an address of a module that is open; -1 if none does.
   */
  async unitAt(module: number, address: number): Promise<number> {
    return await this.readers[module]?.unitAt(address) ?? -1;
  }

  /**
   * Asks for the places of a frame, which is at `address` of a module that is open.
   *
   * @param symbol Name that the symbol table has for the function that is not inlined; it goes before all others.
   */
  async load(
    frame: number,
    module: number,
    address: number,
    symbol: string | undefined,
  ): Promise<void> {
    const found = await this.readers[module]?.locate(address) ?? [];
    const places: FramePlace[] = [];
    for (const source of found) {
      const { name, functionAddress, inlined, line, column } = source;
      places.push({
        symbol: inlined || symbol === undefined
          ? name && await this.name(name)
          : symbol,
        functionAddress,
        inlined,
        file: this.path(sourcePath(source)),
        line,
        column,
      });
    }
    this.places[frame] = places.length === 0 ? NOTHING : places;
  }

  private async name(name: string): Promise<string> {
    let readable = this.texts.get(name);
    if (readable === undefined) {
      readable = await this.readable(name);
      this.texts.set(name, readable);
    }
    return readable;
  }

  private path(path: string | null): string | undefined {
    if (path === null) return undefined;
    const known = this.texts.get(path);
    if (known === undefined) this.texts.set(path, path);
    return known ?? path;
  }
}
