/**
 * The call chain that the kernel wrote into a sample: its own frames, and by frame pointers the user's.
 *
 * @module
 */
import { readAddress } from "../../formats/base/address.ts";
import { ChainMarker } from "../../formats/perf_data/mod.ts";
import { type AddressCache, RuleKind } from "./address_cache.ts";
import type { AddressSpace } from "./address_space.ts";
import { FrameKind, type FrameTable } from "./frame_table.ts";
import type { ModuleList } from "./modules.ts";
import type { ProfileSample } from "./profile_sample.ts";
import type { Resolver } from "./resolver.ts";

const TWO_32 = 0x1_0000_0000;

/** What the words of a chain stand for, by the marker in front of them. */
const Part = { KERNEL: 0, USER: 1, COOKIE: 2, OTHER: 3 } as const;

/** See the module's description. */
export class CallChain {
  /** The cookie of a user part that comes later, low and high word; both 0 if there is none. */
  cookieLow = 0;
  /** High word of the cookie. */
  cookieHigh = 0;
  private readonly cache: AddressCache;
  private readonly resolver: Resolver;
  private readonly frames: FrameTable;
  private readonly modules: ModuleList;
  private readonly kernel: AddressSpace;
  private readonly littleEndian: boolean;
  private kernelModule = -1;

  /** Binds the parts; `kernel` has the text of the kernel and its modules. */
  constructor(
    cache: AddressCache,
    resolver: Resolver,
    frames: FrameTable,
    modules: ModuleList,
    kernel: AddressSpace,
    littleEndian: boolean,
  ) {
    this.cache = cache;
    this.resolver = resolver;
    this.frames = frames;
    this.modules = modules;
    this.kernel = kernel;
    this.littleEndian = littleEndian;
  }

  /**
   * Adds the frames of the `count` words at `offset` to `sample`.
   *
   * @param space Of the process: the user's frames are there.
   * @param withKernel Whether to keep the kernel's frames.
   * @returns Whether data have to be loaded first (`Resolver.supply`).
   */
  add(
    view: DataView,
    offset: number,
    count: number,
    space: AddressSpace,
    sample: ProfileSample,
    withKernel: boolean,
  ): boolean {
    const { littleEndian } = this;
    let part: number = Part.KERNEL;
    this.cookieLow = 0;
    this.cookieHigh = 0;
    for (let i = 0; i < count; i++) {
      const at = offset + 8 * i;
      const address = readAddress(view, at, littleEndian);
      if (part === Part.COOKIE) {
        this.cookieLow = view.getInt32(
          littleEndian ? at : at + 4,
          littleEndian,
        );
        this.cookieHigh = view.getInt32(
          littleEndian ? at + 4 : at,
          littleEndian,
        );
        part = Part.OTHER;
      } else if (address < 0 && address >= ChainMarker.FIRST) {
        part = partOf(address);
      } else if (part === Part.KERNEL) {
        if (withKernel) this.push(sample, this.kernelFrame(address), address);
      } else if (part === Part.USER) {
        const frame = this.resolver.frameAt(address, space);
        if (frame < 0) return true;
        sample.lowWords[Math.min(sample.count, sample.capacity - 1)] = view
          .getInt32(littleEndian ? at : at + 4, littleEndian);
        this.push(sample, frame, address);
      }
      if (part === Part.KERNEL) sample.kernelCount = sample.count;
    }
    return false;
  }

  private push(sample: ProfileSample, frame: number, address: number): void {
    const { count } = sample;
    if (count === sample.capacity) return;
    sample.frames[count] = frame;
    sample.addresses[count] = address;
    sample.count = count + 1;
  }

  private kernelFrame(address: number): number {
    const { cache } = this;
    // Bit operations take just the low word, and the tag of the kernel is 0.
    const low = address | 0;
    const high = Math.floor(address / TWO_32) & 0xffff;
    const at = cache.find(low, high);
    if (at >= 0) return cache.words[at + 3]!;
    const frame = this.frames.intern(
      this.kernelModuleAt(address),
      address,
      FrameKind.KERNEL,
    );
    cache.add(low, high, RuleKind.OTHER, frame);
    return frame;
  }

  private kernelModuleAt(address: number): number {
    const { codeMap } = this.kernel;
    const range = codeMap.find(address);
    if (range >= 0) return this.modules.moduleOfInstance[codeMap.owner(range)]!;
    if (this.kernelModule < 0) {
      const { modules } = this;
      this.kernelModule = modules.module(
        "[kernel.kallsyms]",
        FrameKind.KERNEL,
        undefined,
        -1,
      ).index;
    }
    return this.kernelModule;
  }
}

function partOf(marker: number): number {
  switch (marker) {
    case ChainMarker.KERNEL:
    case ChainMarker.HYPERVISOR:
      return Part.KERNEL;
    case ChainMarker.USER:
      return Part.USER;
    case ChainMarker.USER_DEFERRED:
      return Part.COOKIE;
    default:
      return Part.OTHER;
  }
}
