/**
 * Names of frames, looked up when they are asked for: symbol tables are opened one module at a time, once.
 *
 * @module
 */
import { FormatError } from "../../formats/base/error.ts";
import { FrameKind, type FrameTable } from "./frame_table.ts";
import type { ProfileModule } from "./modules.ts";
import { type FramePlace, FrameSources } from "./sources.ts";
import {
  type ListedSymbols,
  parseKallsyms,
  parsePerfMap,
} from "./symbol_lists.ts";

/** Where names are that no binary has. */
export interface NameSources {
  /**
   * The kernel's symbols as `/proc/kallsyms` has them; undefined if there are none that fit.
   *
   * @param buildId Of the kernel, where the capture tells it.
   */
  kallsyms?(
    buildId: string | undefined,
  ): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /**
   * The names of code that process `pid` made at run time, as `/tmp/perf-PID.map` has them.
   *
   * @param kernelBuildId Of the kernel, by which to tell the machine.
   */
  perfMap?(
    pid: number,
    kernelBuildId: string | undefined,
  ): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** Whether a name is mangled. */
  isMangled?(name: string): boolean;
  /** Loads what makes such names readable; asked for when the first of them is met. */
  loadDemangler?(): Promise<(name: string) => string>;
}

/** What a frame is called. */
export interface FrameName {
  /** Name of the function; undefined if nothing names it. */
  symbol: string | undefined;
  /** Bytes from the function's start to the frame's address; 0 without a name. */
  offset: number;
  /** Path of the frame's module; `[unknown]` for what lies in no mapping. */
  module: string;
}

const UNKNOWN_MODULE = "[unknown]";

/** See the module's description. */
export class FrameNames {
  private readonly frames: FrameTable;
  private readonly modules: () => readonly ProfileModule[];
  private readonly origins: NameSources;
  private readonly loaded: Set<number> = new Set();
  private readonly lists: Map<number, ListedSymbols> = new Map();
  private kallsyms: Promise<ListedSymbols | undefined> | undefined = undefined;
  private demangle: ((name: string) => string) | undefined = undefined;
  private readonly known: (FrameName | undefined)[] = [];
  /** What mangled names are in readable form. */
  private readonly readables: Map<string, string> = new Map();
  private readonly places: FrameSources = new FrameSources((name) =>
    this.readable(name)
  );

  /** Names the frames of a profile. */
  constructor(
    profile: {
      readonly frames: FrameTable;
      readonly modules: readonly ProfileModule[];
    },
    sources: NameSources = {},
  ) {
    this.frames = profile.frames;
    this.modules = () => profile.modules;
    this.origins = sources;
  }

  /**
   * Loads the names of all frames: then every one can be asked for.
   *
   * @param options With `lines` also what {@linkcode FrameNames.sources} tells.
   */
  async loadAll(options: { lines?: boolean } = {}): Promise<void> {
    const { frames } = this;
    for (let id = 0; id < frames.count; id++) {
      if (this.needsLoad(id)) await this.load(id);
    }
    if (options.lines !== true) return;
    await this.loadAllSources();
  }

  /** Loads the sources of all frames, unit by unit, so that little of the debug information has to be kept. */
  private async loadAllSources(): Promise<void> {
    const { modules, addresses, count } = this.frames;
    const order: number[] = [];
    const units = new Float64Array(count);
    for (let id = 0; id < count; id++) {
      if (!this.needsSources(id)) continue;
      const module = modules[id]!;
      const file = this.modules()[module]!.file!;
      if (!await this.places.open(module, file)) continue;
      units[id] = await this.places.unitAt(module, addresses[id]!);
      order.push(id);
    }
    order.sort((a, b) =>
      modules[a]! - modules[b]! || units[a]! - units[b]! ||
      addresses[a]! - addresses[b]!
    );
    for (const id of order) await this.loadSources(id);
  }

  /** Whether {@linkcode FrameNames.loadSources} has to be called before {@linkcode FrameNames.sources} tells all. */
  needsSources(frame: number): boolean {
    const module = this.frames.modules[frame]!;
    return module >= 0 && this.modules()[module]!.file !== undefined &&
      this.places.isMissing(frame, module);
  }

  /** Loads the name of a frame, where it is in the source, and what was inlined there. */
  async loadSources(frame: number): Promise<void> {
    if (this.needsLoad(frame)) await this.load(frame);
    const address = this.frames.addresses[frame]!;
    const module = this.frames.modules[frame]!;
    const file = this.modules()[module]!.file!;
    if (!await this.places.open(module, file)) return;
    await this.places.load(frame, module, address, this.name(frame).symbol);
    // It may have a name only now.
    if (this.known[frame]?.symbol === undefined) this.known[frame] = undefined;
  }

  /**
   * The functions at a frame whose sources are loaded, innermost first: those that were inlined, then that of the frame
   * itself. Empty if there is no debug information of them. The object is the same each time.
   */
  sources(frame: number): readonly FramePlace[] {
    return this.places.get(frame);
  }

  /** A name of the debug information as it is shown. */
  private async readable(name: string): Promise<string> {
    if (this.isMangled(name)) {
      this.demangle = await this.origins.loadDemangler!();
      this.known.length = 0;
    }
    return this.demangled(name);
  }

  /** Whether {@linkcode FrameNames.load} has to be called before the frame can be named. */
  needsLoad(frame: number): boolean {
    if (this.known[frame] !== undefined) return false;
    const module = this.frames.modules[frame]!;
    if (module >= 0 && !this.loaded.has(module)) return true;
    return this.isMangled(this.name(frame).symbol);
  }

  /** Loads what naming a frame takes: the names of its module, and what makes them readable. */
  async load(frame: number): Promise<void> {
    await this.loadModule(this.frames.modules[frame]!);
    if (!this.isMangled(this.find(frame).symbol)) return;
    this.demangle = await this.origins.loadDemangler!();
    this.known.length = 0;
  }

  /** Whether a name waits for the demangler. */
  private isMangled(symbol: string | undefined): boolean {
    const { isMangled, loadDemangler } = this.origins;
    return this.demangle === undefined && loadDemangler !== undefined &&
      symbol !== undefined && isMangled?.(symbol) === true;
  }

  /** Loads the names of one module. What cannot be read leaves its frames without names. */
  private async loadModule(moduleIndex: number): Promise<void> {
    if (moduleIndex < 0 || this.loaded.has(moduleIndex)) return;
    const module = this.modules()[moduleIndex]!;
    try {
      if (module.kind === FrameKind.KERNEL) {
        this.kallsyms ??= this.loadKallsyms();
        const list = await this.kallsyms;
        if (list !== undefined) this.lists.set(moduleIndex, list);
      } else if (module.kind === FrameKind.JIT) {
        const bytes = await this.origins.perfMap?.(
          module.pid,
          this.kernelBuildId(),
        );
        if (bytes !== undefined) {
          this.lists.set(moduleIndex, parsePerfMap(bytes));
        }
      } else await module.file?.loadSymbols();
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
    this.loaded.add(moduleIndex);
  }

  /** Name of a frame that is loaded. The object is the same each time. */
  name(frame: number): FrameName {
    const known = this.known[frame];
    if (known !== undefined) return known;
    const found = this.find(frame);
    if (!this.isMangled(found.symbol)) this.known[frame] = found;
    return found;
  }

  /** Name of a frame by the tables of its module. */
  private find(frame: number): FrameName {
    const index = this.frames.modules[frame]!;
    if (index < 0) {
      return { symbol: undefined, offset: 0, module: UNKNOWN_MODULE };
    }
    const module = this.modules()[index]!;
    const address = this.frames.addresses[frame]!;
    const found = this.lists.get(index)?.find(address) ??
      module.file?.symbols?.find(address);
    if (found === undefined) return this.findInSources(frame, module.path);
    return {
      symbol: this.demangled(found.name),
      offset: address - found.address,
      module: module.path,
    };
  }

  /** A name in readable form, once what makes it so is loaded. A function is named for many frames. */
  private demangled(name: string): string {
    const { demangle, readables } = this;
    if (demangle === undefined) return name;
    let readable = readables.get(name);
    if (readable === undefined) {
      readable = demangle(name);
      readables.set(name, readable);
    }
    return readable;
  }

  /** Name of a frame that no table of symbols names. */
  private findInSources(frame: number, module: string): FrameName {
    const { symbol, functionAddress } = this.places.get(frame).at(-1) ?? {};
    if (symbol === undefined || functionAddress === undefined) {
      return { symbol: undefined, offset: 0, module };
    }
    const offset = this.frames.addresses[frame]! - functionAddress;
    return { symbol, offset, module };
  }

  /** Reads the kernel's symbols. */
  private async loadKallsyms(): Promise<ListedSymbols | undefined> {
    const bytes = await this.origins.kallsyms?.(this.kernelBuildId());
    return bytes && parseKallsyms(bytes);
  }

  /** Build ID of the kernel, where a capture tells it. */
  private kernelBuildId(): string | undefined {
    return this.modules().find(({ kind, buildId }) =>
      kind === FrameKind.KERNEL && buildId !== undefined
    )?.buildId;
  }
}
