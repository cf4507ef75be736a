/**
 * What is printed of frames, made once per distinct program counter: recursion and a thousand sleeping threads repeat
 * the same few addresses.
 *
 * @module
 */
import {
  type FrameBuffer,
  FrameFlag,
  type Module,
  type SymbolName,
} from "../kernel/mod.ts";
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
}

/** What is known of a frame by its pc and flags. */
export interface NamedFrame {
  /** Program counter. */
  pc: number;
  /** Bits of `FrameFlag`. */
  flags: number;
  /** The module, if the pc is in one. */
  module: Module | undefined;
  /** Index of the module, or −1. */
  moduleIndex: number;
  /** Name of the function, if known. */
  symbol: string | undefined;
  /** Bytes from the function's start to the pc. */
  offset: number;
}

/** How names are made. */
export interface NameOptions {
  /** Whether to look for names at all. */
  symbols: boolean;
  /** Whether to make mangled ones readable. */
  demangle: boolean;
}

/** Turns frames into values of `T`, each distinct frame once. */
export class FrameNames<T> {
  private readonly source: NameSource;
  private readonly options: NameOptions;
  private readonly make: (frame: NamedFrame) => T;
  private readonly cache: FrameCache<T> = new FrameCache();
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
  get(pc: number, flags: number): T {
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
      this.cache.set(pc, flags, this.make(frame));
    }
  }

  private nameless(
    pc: number,
    flags: number,
    moduleIndex: number,
  ): NamedFrame {
    const module = this.source.modules[moduleIndex];
    return { pc, flags, module, moduleIndex, symbol: undefined, offset: 0 };
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
    const back = (flags & FrameFlag.EXACT_PC) !== 0 ? 0 : 1;
    const found = this.source.symbolAt(moduleIndex, pc - back);
    if (found === undefined) return frame;
    frame.symbol = found.name;
    frame.offset = found.offset + back;
    if (this.options.demangle && isMangled(found.name)) {
      this.demangler ??= await loadDemangler();
      frame.symbol = this.demangler(found.name);
    }
    return frame;
  }
}
