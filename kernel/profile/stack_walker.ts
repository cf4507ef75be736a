/**
 * The user's part of a sample's stack: the fast walk where it can, the general one where not.
 *
 * @module
 */
import { readInt64 } from "../../formats/base/address.ts";
import { type PerfEvent, RegistersAbi } from "../../formats/perf_data/mod.ts";
import type { Machine } from "../walk/machine.ts";
import type { WalkPolicy } from "../walk/walk_state.ts";
import type { AddressCache } from "./address_cache.ts";
import type { Process } from "./address_space.ts";
import { FastStop, FastWalk } from "./fast_walk.ts";
import { GeneralWalk } from "./general_walk.ts";
import type { ModuleList } from "./modules.ts";
import { type ProfileSample, SampleStop } from "./profile_sample.ts";
import { layOutRegisters, type RegisterLayout } from "./registers.ts";
import type { Resolver } from "./resolver.ts";

/** See the module's description. */
export class StackWalker {
  /** Samples that the general walk did. */
  generalCount = 0;
  private readonly machine: Machine;
  private readonly littleEndian: boolean;
  private readonly cache: AddressCache;
  private readonly resolver: Resolver;
  private readonly fast: FastWalk | undefined;
  private readonly general: GeneralWalk;
  private readonly layouts: (RegisterLayout | undefined)[] = [];

  /** Walks stacks of `machine`. Without `useFastWalk` all of them are left to the general walk. */
  constructor(
    machine: Machine,
    littleEndian: boolean,
    policy: Readonly<WalkPolicy>,
    cache: AddressCache,
    resolver: Resolver,
    modules: ModuleList,
    useFastWalk: boolean,
  ) {
    this.machine = machine;
    this.littleEndian = littleEndian;
    this.cache = cache;
    this.resolver = resolver;
    this.fast = useFastWalk && machine.name === "x86-64" && littleEndian
      ? new FastWalk(cache, resolver)
      : undefined;
    this.general = new GeneralWalk(
      machine,
      littleEndian,
      policy,
      resolver,
      modules,
    );
  }

  /** Has to be called before the first try at a sample. */
  begin(): void {
    this.general.begin();
  }

  /**
   * Adds the user's frames to those of the kernel that `sample` has, by what the event's decoder found in `view`.
   *
   * @returns A promise if data have to be loaded first: try again then.
   */
  walk(
    view: DataView,
    event: PerfEvent,
    process: Process,
    sample: ProfileSample,
  ): Promise<void> | undefined {
    const { decoder } = event;
    sample.tables = 0;
    sample.untrusted = false;
    if (
      decoder.registersAbi === RegistersAbi.NONE || decoder.stackSize === 0
    ) {
      sample.stop = SampleStop.NO_STACK;
      return undefined;
    }
    const layout = this.layouts[event.index] ??= layOutRegisters(
      event.attr,
      this.machine,
    );
    if (
      decoder.registersAbi !== RegistersAbi.BITS_64 || layout.pcOffset < 0 ||
      layout.spOffset < 0
    ) {
      sample.stop = SampleStop.UNSUPPORTED;
      return undefined;
    }
    this.resolver.codeMap = process.space.codeMap;
    this.resolver.jitModule = process.jitModule;
    if (this.fast !== undefined && layout.fpOffset >= 0) {
      const stop = this.walkFast(
        this.fast,
        view,
        event,
        layout,
        process,
        sample,
      );
      if (stop >= 0) {
        sample.stop = stop;
        return undefined;
      }
      if (stop === FastStop.NEEDS_DATA) return this.resolver.supply();
    }
    return this.walkGeneral(view, event, layout, process, sample);
  }

  private walkFast(
    fast: FastWalk,
    view: DataView,
    { decoder }: PerfEvent,
    { pcOffset, spOffset, fpOffset }: RegisterLayout,
    process: Process,
    sample: ProfileSample,
  ): number {
    const registers = decoder.registersOffset;
    fast.pcLow = view.getInt32(registers + pcOffset, true);
    fast.pcHigh = view.getInt32(registers + pcOffset + 4, true);
    fast.spLow = view.getInt32(registers + spOffset, true);
    fast.spHigh = view.getInt32(registers + spOffset + 4, true);
    fast.fpLow = view.getInt32(registers + fpOffset, true);
    fast.fpHigh = view.getInt32(registers + fpOffset + 4, true);
    fast.stackOffset = decoder.stackOffset;
    fast.stackSize = decoder.stackSize;
    fast.isCut = decoder.stackSize === decoder.stackRoom;
    return fast.walk(view, this.cache.tag(process.space), sample);
  }

  private walkGeneral(
    view: DataView,
    { decoder }: PerfEvent,
    { dwarf }: RegisterLayout,
    process: Process,
    sample: ProfileSample,
  ): Promise<void> | undefined {
    const { general, littleEndian } = this;
    const { registers } = general;
    registers.fill(NaN);
    for (let i = 0; i < dwarf.length; i++) {
      if (dwarf[i]! < 0) continue;
      const at = decoder.registersOffset + 8 * i;
      registers[dwarf[i]!] = readInt64(view, at, littleEndian);
    }
    const result = general.walk(
      view,
      decoder.stackOffset,
      decoder.stackSize,
      decoder.stackRoom,
      process.space,
      sample,
    );
    if (typeof result !== "number") return result;
    sample.stop = result;
    this.generalCount++;
    return undefined;
  }
}
