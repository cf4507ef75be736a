/**
 * The walk for any machine and any stack, over a sample's registers and its copy of the stack.
 *
 * @module
 */
import { FrameBuffer, FrameFlag, Stop } from "../walk/frame_buffer.ts";
import type { Machine } from "../walk/machine.ts";
import { RuleCache } from "../walk/rule_cache.ts";
import { Walk } from "../walk/walk.ts";
import type { WalkPolicy } from "../walk/walk_state.ts";
import type { AddressSpace } from "./address_space.ts";

import type { ModuleList } from "./modules.ts";
import { type ProfileSample, SampleStop } from "./profile_sample.ts";
import type { Resolver } from "./resolver.ts";
import { SampleMemory } from "./sample_memory.ts";

/** Loads for one sample after which what is missing counts as unreadable. */
const MAX_LOAD_COUNT = 10_000;

/** A walker with the memory of one version of an address space. */
interface Bound {
  walk: Walk;
  memory: SampleMemory;
  version: number;
}

/** See the module's description. */
export class GeneralWalk {
  /** Registers by DWARF number, to be set before each walk. */
  readonly registers: Float64Array = new Float64Array(128);
  private readonly machine: Machine;
  private readonly littleEndian: boolean;
  private readonly policy: Readonly<WalkPolicy>;
  private readonly resolver: Resolver;
  private readonly modules: ModuleList;
  private readonly rules: RuleCache = new RuleCache();
  private readonly buffer: FrameBuffer = new FrameBuffer();
  private readonly bySpace: WeakMap<AddressSpace, Bound> = new WeakMap();
  private loadCount = 0;

  /** Binds the parts. */
  constructor(
    machine: Machine,
    littleEndian: boolean,
    policy: Readonly<WalkPolicy>,
    resolver: Resolver,
    modules: ModuleList,
  ) {
    this.machine = machine;
    this.littleEndian = littleEndian;
    this.policy = policy;
    this.resolver = resolver;
    this.modules = modules;
  }

  /** Has to be called before the first try at a sample. */
  begin(): void {
    this.loadCount = 0;
  }

  /**
   * Adds the frames of a thread to those that `sample` has.
   *
   * @param view Holds the copy of the stack.
   * @param room Bytes that the copy could have had.
   * @returns A value of {@linkcode Stop} or of `SampleStop`; a promise if data are needed first: try again then.
   */
  walk(
    view: DataView,
    stackOffset: number,
    stackSize: number,
    room: number,
    space: AddressSpace,
    sample: ProfileSample,
  ): number | Promise<void> {
    const { walk, memory } = this.bind(space);
    const { machine, registers, buffer } = this;
    const sp = registers[machine.sp]!;
    memory.setStack(view, stackOffset, stackSize, sp);
    walk.begin(registers);
    buffer.count = 0;
    let stop: number;
    while ((stop = walk.run(buffer)) === Stop.NEEDS_DATA) {
      const pending = this.supply(walk, memory, space);
      if (pending === undefined) continue;
      if (++this.loadCount <= MAX_LOAD_COUNT) return pending;
      stop = Stop.UNREADABLE_STACK;
      break;
    }
    const pending = this.give(space, sample);
    if (pending !== undefined) return pending;
    const isCut = stop === Stop.UNREADABLE_STACK && stackSize === room;
    return isCut ? SampleStop.CUT : stop;
  }

  /** Loads what the walk stopped for. */
  private supply(
    walk: Walk,
    memory: SampleMemory,
    space: AddressSpace,
  ): Promise<void> | undefined {
    const table = walk.takeMissingTable();
    if (table !== undefined) return table.fill?.() ?? undefined;
    const instance = walk.missingModule;
    if (instance < 0) {
      if (++this.loadCount > MAX_LOAD_COUNT) return Promise.resolve();
      return memory.fill() ?? undefined;
    }
    walk.missingModule = -1;
    space.version++; // the file's bytes belong to the memory from now on
    const { pcs, count, flags } = this.buffer;
    const exact = (flags[count - 1]! & FrameFlag.EXACT_PC) !== 0;
    return this.resolver.open(instance, pcs[count - 1]! - (exact ? 0 : 1));
  }

  /** The walker of a space, with the files that are mapped there as memory. */
  private bind(space: AddressSpace): Bound {
    const known = this.bySpace.get(space);
    if (known !== undefined && known.version === space.version) return known;
    const memory = new SampleMemory(this.littleEndian);
    memory.codeHighMask = this.machine.codeHighMask;
    const { codeMap } = space;
    for (let i = 0; i < codeMap.rangeCount; i++) {
      const instance = codeMap.owner(i);
      if (instance < 0) continue;
      const module =
        this.modules.modules[this.modules.moduleOfInstance[instance]!];
      const source = module?.file?.elf?.source;
      if (source === undefined) continue;
      const start = codeMap.start(i);
      const fileOffset = start - this.modules.base(instance);
      const end = Math.min(codeMap.end(i), start + source.size - fileOffset);
      memory.addRegion(start, end, source, fileOffset);
    }
    const { machine, rules, policy } = this;
    const walk = new Walk(codeMap, memory, machine, rules, policy);
    const bound = { walk, memory, version: space.version };
    this.bySpace.set(space, bound);
    return bound;
  }

  /** Turns the frames of the walker into those of the profile. */
  private give(
    space: AddressSpace,
    sample: ProfileSample,
  ): Promise<void> | undefined {
    const { pcs, flags, tables, count } = this.buffer;
    let used = 0;
    let untrusted = false;
    let last = Math.min(count, sample.capacity - sample.kernelCount);
    // A caller at address 0 is none: a return address of 1 marks the end as well as one of 0.
    if (last > 1 && pcs[last - 1] === 1) last--;
    for (let i = 0; i < last; i++) {
      const address = pcs[i]! -
        ((flags[i]! & FrameFlag.EXACT_PC) !== 0 ? 0 : 1);
      const frame = this.resolver.frameAt(address, space);
      if (frame < 0) return this.resolver.supply();
      sample.frames[sample.kernelCount + i] = frame;
      sample.addresses[sample.kernelCount + i] = address;
      used |= 1 << tables[i]!;
      if ((flags[i]! & FrameFlag.UNTRUSTED) !== 0) untrusted = true;
    }
    sample.count = sample.kernelCount + last;
    sample.tables = used & ~1;
    sample.untrusted = untrusted;
    return undefined;
  }
}
