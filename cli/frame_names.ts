/**
 * What is printed of frames, made once per distinct program counter: recursion and a thousand sleeping threads repeat
 * the same few addresses.
 *
 * @module
 */
import {
  type FrameBuffer,
  type Module,
  returnAdjustment,
  type SourceFrame,
  type SymbolName,
} from "../kernel/reader.ts";
import { isMangled, loadDemangler } from "./demangle.ts";
import { FrameCache } from "./frame_cache.ts";

/** What a session tells of modules and their names. */
export interface NameSource {
  /** The modules by index. */
  readonly modules: readonly Module[];
  /** Loads the names of a module. */
  loadSymbols(moduleIndex: number): Promise<void>;
  /** The function at an address. */
  symbolAt(moduleIndex: number, address: number): SymbolName | undefined;
  /** Reads the source lines of an address. */
  loadLines(moduleIndex: number, address: number): Promise<void>;
  /** The functions at an address, innermost first, and where they are in the source. */
  linesAt(moduleIndex: number, address: number): readonly SourceFrame[];
}

/** What is known of a frame by its pc and flags. */
export interface NamedFrame {
  /** Program counter. */
  pc: number;
  /** Bits of `FrameFlag`. */
  flags: number;
  /** The module, if the pc is in one. */
  module: Module | undefined;
  /** Index of the module, or -1. */
  moduleIndex: number;
  /** Name of the function, if known. */
  symbol: string | undefined;
  /** Bytes from the function's start to the pc. */
  offset: number;
  /** Whether the function was inlined into that of the next frame, whose pc this is too. */
  inlined: boolean;
  /** Where it is in the source, if known. */
  source: SourceFrame | undefined;
}

/** How names are made. */
export interface NameOptions {
  /** Whether to look for names at all. */
  symbols: boolean;
  /** Whether to make mangled ones readable. */
  demangle: boolean;
  /** Whether to look for source lines and inlined functions. */
  lines: boolean;
}

/** Turns frames into values of `T`, each distinct frame once. What was inlined into a frame comes in front of it. */
export class FrameNames<T> {
  private readonly source: NameSource;
  private readonly options: NameOptions;
  private readonly make: (frame: NamedFrame) => T;
  private readonly cache: FrameCache<readonly T[]> = new FrameCache();
  private readonly loaded: Set<number> = new Set();
  private demangler: ((name: string) => string) | undefined;

  /** `make` says what is kept of a frame. */
  constructor(
    source: NameSource,
    options: NameOptions,
    make: (frame: NamedFrame) => T,
  ) {
    this.source = source;
    this.options = options;
    this.make = make;
  }

  /** What was made of the frame; {@linkcode FrameNames.prepare} must have seen it. */
  get(pc: number, flags: number): readonly T[] {
    return this.cache.get(pc, flags)!;
  }

  /** Makes what is missing for `frames`; loads names and the demangler where they are needed. */
  async prepare(frames: FrameBuffer): Promise<void> {
    for (let i = 0; i < frames.count; i++) {
      const pc = frames.pcs[i]!;
      const flags = frames.flags[i]!;
      if (this.cache.get(pc, flags) !== undefined) continue;
      const moduleIndex = frames.modules[i]!;
      const frame = this.options.symbols && moduleIndex >= 0
        ? await this.findName(pc, flags, moduleIndex)
        : this.nameless(pc, flags, moduleIndex);
      const all = this.options.lines && moduleIndex >= 0
        ? await this.findSources(frame)
        : [frame];
      this.cache.set(pc, flags, all.map(this.make));
    }
  }

  /** The frame with its place in the source, behind those that were inlined into it. */
  private async findSources(frame: NamedFrame): Promise<NamedFrame[]> {
    const { pc, flags, moduleIndex } = frame;
    const address = pc - returnAdjustment(flags);
    await this.source.loadLines(moduleIndex, address);
    const all: NamedFrame[] = [];
    for (const source of this.source.linesAt(moduleIndex, address)) {
      const { inlined, name, functionAddress } = source;
      const isNameless = frame.symbol === undefined && this.options.symbols;
      const next: NamedFrame = { ...frame, inlined, source };
      if (inlined) {
        next.symbol = await this.readable(name ?? "??");
        next.offset = 0;
      } else if (isNameless && name !== undefined && functionAddress) {
        next.symbol = await this.readable(name);
        next.offset = pc - frame.module!.bias - functionAddress;
      }
      all.push(next);
    }
    return all.length === 0 ? [frame] : all;
  }

  private async readable(name: string): Promise<string> {
    if (!this.options.demangle || !isMangled(name)) return name;
    this.demangler ??= await loadDemangler();
    return this.demangler(name);
  }

  private nameless(
    pc: number,
    flags: number,
    moduleIndex: number,
  ): NamedFrame {
    const module = this.source.modules[moduleIndex];
    return {
      pc,
      flags,
      module,
      moduleIndex,
      symbol: undefined,
      offset: 0,
      inlined: false,
      source: undefined,
    };
  }

  private async findName(
    pc: number,
    flags: number,
    moduleIndex: number,
  ): Promise<NamedFrame> {
    if (!this.loaded.has(moduleIndex)) {
      this.loaded.add(moduleIndex);
      await this.source.loadSymbols(moduleIndex);
    }
    const frame = this.nameless(pc, flags, moduleIndex);
    // A return address can lie behind the last byte of the function that makes the call.
    const back = returnAdjustment(flags);
    const found = this.source.symbolAt(moduleIndex, pc - back);
    if (found === undefined) return frame;
    frame.symbol = await this.readable(found.name);
    frame.offset = found.offset + back;
    return frame;
  }
}
