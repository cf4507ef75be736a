/**
 * From an address of a process to its frame and its rule, the first time that a stack goes through it.
 *
 * @module
 */
import {
  Lookup,
  UnwindRow,
  type UnwindTable,
} from "../../formats/base/unwind_row.ts";
import { type CodeMap, NO_MODULE, NO_TEXT } from "../walk/code_map.ts";
import { TABLE_NAMES } from "../walk/frame_buffer.ts";
import {
  type AddressCache,
  MAX_HIGH_WORD,
  packRule,
  RuleKind,
} from "./address_cache.ts";
import type { AddressSpace } from "./address_space.ts";
import { FrameKind, type FrameTable, NO_FRAME_MODULE } from "./frame_table.ts";
import type { ModuleList } from "./modules.ts";

/** What {@linkcode Resolver.resolve} answers beside an entry of the cache. */
export const Unresolved = {
  /** A file has to be opened or a part of a table loaded: {@linkcode Resolver.supply}. */
  NEEDS_DATA: -1,
  /** There is no code at this address. */
  NO_TEXT: -2,
} as const;

/** See the module's description. `codeMap` and `jitModule` are those of the process at hand. */
export class Resolver {
  /** Code of the process. */
  codeMap: CodeMap;
  /** Module of code that the process made at run time. */
  jitModule: number = NO_FRAME_MODULE;
  private readonly cache: AddressCache;
  private readonly modules: ModuleList;
  private readonly frames: FrameTable;
  private readonly row: UnwindRow = new UnwindRow();
  private missingInstance = -1;
  private missingOffset = 0;
  private missingTable: UnwindTable | undefined = undefined;

  /** Fills `cache` and `frames`. */
  constructor(
    cache: AddressCache,
    modules: ModuleList,
    frames: FrameTable,
    codeMap: CodeMap,
  ) {
    this.cache = cache;
    this.modules = modules;
    this.frames = frames;
    this.codeMap = codeMap;
  }

  /**
   * The cache's entry for an address that it does not have yet.
   *
   * @param high High word of the address, with the tag of its space.
   * @returns First word of the entry, or a value of {@linkcode Unresolved}.
   */
  resolve(low: number, high: number): number {
    const address = (high & 0xffff) * 0x1_0000_0000 + (low >>> 0);
    const range = this.codeMap.find(address);
    if (range === NO_TEXT) return Unresolved.NO_TEXT;
    const { cache, frames, modules } = this;
    const instance = this.codeMap.owner(range);
    if (instance === NO_MODULE) {
      const frame = frames.intern(this.jitModule, address, FrameKind.JIT);
      return cache.add(low, high, RuleKind.OTHER, frame);
    }
    const { tables, bias } = modules.instances[instance]!;
    if (tables === undefined) {
      this.missingInstance = instance;
      this.missingOffset = address - modules.base(instance);
      return Unresolved.NEEDS_DATA;
    }
    const rule = this.findRule(tables, address - bias, instance);
    if (rule === undefined) return Unresolved.NEEDS_DATA;
    const module = modules.modules[modules.moduleOfInstance[instance]!]!;
    const frame = frames.intern(module.index, address - bias, module.kind);
    return cache.add(low, high, rule, frame);
  }

  /** Id of the frame at an address of a process; -1 if data are needed first ({@linkcode Resolver.supply}). */
  frameAt(address: number, space: AddressSpace): number {
    const { cache } = this;
    const highWord = Math.floor(address / 0x1_0000_0000);
    if (highWord >= 0 && highWord <= MAX_HIGH_WORD) {
      const low = address | 0; // the low word: bit operations take just that
      const high = highWord | cache.tag(space);
      let at = cache.find(low, high);
      if (at < 0) at = this.resolve(low, high);
      if (at >= 0) return cache.words[at + 3]!;
      if (at === Unresolved.NEEDS_DATA) return -1;
    }
    return this.frames.intern(NO_FRAME_MODULE, address, FrameKind.USER);
  }

  /** Opens instance `index`, which holds `address`, when the walk asks for it by itself. */
  open(index: number, address: number): Promise<void> {
    return this.modules.open(index, address - this.modules.base(index));
  }

  /** Loads what the last {@linkcode Resolver.resolve} lacked. */
  async supply(): Promise<void> {
    const table = this.missingTable;
    const instance = this.missingInstance;
    this.missingTable = undefined;
    this.missingInstance = -1;
    if (table !== undefined) await table.fill?.();
    else if (instance >= 0) {
      await this.modules.open(instance, this.missingOffset);
    }
  }

  /** The packed rule at `relativePc` by the first table that has one; undefined if its bytes are not at hand. */
  private findRule(
    tables: readonly UnwindTable[],
    relativePc: number,
    instance: number,
  ): number | undefined {
    const { row } = this;
    for (const table of tables) {
      const status = table.lookup(relativePc, row);
      if (status === Lookup.FOUND) {
        return packRule(row, TABLE_NAMES.indexOf(table.kind));
      }
      if (status === Lookup.NEEDS_DATA) {
        this.missingTable = table;
        return undefined;
      }
      if (status === Lookup.BAD) {
        this.modules.instances[instance]!.badRowCount++;
      }
    }
    return RuleKind.OTHER;
  }
}
