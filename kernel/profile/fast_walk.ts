/**
 * The walk for stacks as nearly all are on x86-64: rules by SP or FP, return addresses just below the CFA, everything on
 * one stack of which the sample has a copy. Whatever is not so is left to the general walk, from the start.
 *
 * Addresses on the stack are offsets in the copy here, and so small integers; an address of code is two words until it is
 * known. That makes a frame one probe of the cache and two or four loads of 32 bits.
 *
 * @module
 */
import { Stop } from "../walk/frame_buffer.ts";
import {
  type AddressCache,
  ENTRY_SIZE,
  FREE,
  hashAddress,
  MAX_HIGH_WORD,
  RuleKind,
  saltOf,
} from "./address_cache.ts";
import { type ProfileSample, SampleStop } from "./profile_sample.ts";
import { type Resolver, Unresolved } from "./resolver.ts";

/** What {@linkcode FastWalk.walk} answers if it cannot say why the stack ends. */
export const FastStop = {
  /** Data are needed first: `Resolver.supply`. */
  NEEDS_DATA: -1,
  /** The general walk has to do this sample. */
  OTHER: -2,
} as const;

const TWO_32 = 0x1_0000_0000;
/** Stack pointers above 2^53 are no addresses, and the general walk does not see them exactly. */
const MAX_SP_HIGH_WORD = 0x1f_ffff;
/** An address that the cache does not have. */
const UNKNOWN = -3;
/** Frame pointers further above SP than any stack reaches are no frame pointers. */
const MAX_STACK_SIZE = 1 << 30;

/** See the module's description. The fields are the thread's registers and its stack, to be set before each walk. */
export class FastWalk {
  /** Program counter, low word. */
  pcLow = 0;
  /** Program counter, high word. */
  pcHigh = 0;
  /** Stack pointer, low word. */
  spLow = 0;
  /** Stack pointer, high word. */
  spHigh = 0;
  /** Frame pointer, low word. */
  fpLow = 0;
  /** Frame pointer, high word. */
  fpHigh = 0;
  /** Offset of the stack's copy in the view. */
  stackOffset = 0;
  /** Bytes of it. */
  stackSize = 0;
  /** Whether the stack may go on behind it. */
  isCut = false;
  private readonly cache: AddressCache;
  private readonly resolver: Resolver;
  /** The address to be looked up, low word. */
  private low = 0;
  /** Its high word. */
  private high = 0;
  /** Frames found. */
  private count = 0;
  /** Tables used, as bits. */
  private tables = 0;
  /** SP of the present frame. */
  private sp = 0;
  /** Where the present frame's FP was saved; -1 while it is in the register. */
  private savedFpOffset = -1;

  /** Walks by the rules in `cache`, and asks `resolver` for those that are not there yet. */
  constructor(cache: AddressCache, resolver: Resolver) {
    this.cache = cache;
    this.resolver = resolver;
  }

  /**
   * Adds the frames of a thread to those that `sample` has, and the tables used.
   *
   * @param view Holds the copy of the stack, little-endian.
   * @param tag Of the process' address space, as {@linkcode AddressCache.tag} gives it.
   * @returns A value of {@linkcode Stop}, `SampleStop.CUT`, or a value of {@linkcode FastStop}.
   */
  walk(view: DataView, tag: number, sample: ProfileSample): number {
    this.sp = 0;
    this.savedFpOffset = -1;
    this.count = sample.count;
    this.tables = 0;
    this.low = this.pcLow;
    this.high = this.pcHigh;
    if ((this.spLow & 7) !== 0 || (this.spHigh >>> 0) > MAX_SP_HIGH_WORD) {
      return FastStop.OTHER;
    }
    for (;;) {
      const stop = this.walkKnown(view, tag, sample);
      if (stop !== UNKNOWN) {
        if (stop >= 0) {
          sample.count = this.count;
          sample.tables = this.tables;
        }
        return stop;
      }
      const at = this.resolver.resolve(this.low, this.high | tag);
      if (at < 0) {
        return at === Unresolved.NEEDS_DATA
          ? FastStop.NEEDS_DATA
          : FastStop.OTHER;
      }
    }
  }

  /**
   * Walks through addresses that are in the cache; stops at the first that is not, with `UNKNOWN`.
   *
   * All that the next frame waits for are 32-bit integers, and said to be: one value that may be a fraction makes the
   * compiler turn each into a floating-point number and back, for twice the time.
   */
  private walkKnown(
    view: DataView,
    tag: number,
    sample: ProfileSample,
  ): number {
    const { words } = this.cache;
    const { frames, addresses } = sample;
    const mask = words.length - ENTRY_SIZE;
    const salt = saltOf(tag);
    const stackOffset = this.stackOffset | 0;
    const stackSize = this.stackSize | 0;
    let low = this.low | 0;
    let high = this.high | 0;
    let count = this.count | 0;
    let tables = this.tables | 0;
    let sp = this.sp | 0;
    let savedFpOffset = this.savedFpOffset | 0;
    let stop: number;
    for (;;) {
      if ((high >>> 0) > MAX_HIGH_WORD) {
        stop = FastStop.OTHER;
        break;
      }
      const key = high | tag;
      let at = hashAddress(low, salt) & mask;
      while (words[at] !== low || words[at + 1] !== key) {
        if (words[at + 1] === FREE) {
          at = -1;
          break;
        }
        at = (at + ENTRY_SIZE) & mask;
      }
      if (at < 0) {
        stop = UNKNOWN;
        break;
      }
      const rule = words[at + 2]! | 0;
      frames[count] = words[at + 3]!;
      addresses[count] = high * TWO_32 + (low >>> 0);
      count = (count + 1) | 0;
      const kind = rule & 3;
      let cfa = (rule >> 14) << 3;
      if (kind === RuleKind.SP) cfa = (cfa + sp) | 0;
      else if (kind === RuleKind.FP) {
        const fp = this.locate(view, savedFpOffset);
        if (fp < 0) {
          stop = FastStop.OTHER;
          break;
        }
        cfa = (cfa + fp) | 0;
      } else {
        stop = kind === RuleKind.OUTERMOST ? Stop.END_OF_STACK : FastStop.OTHER;
        break;
      }
      if (cfa <= sp || (cfa & 7) !== 0) {
        stop = FastStop.OTHER;
        break;
      }
      if (cfa > stackSize) {
        stop = this.isCut ? SampleStop.CUT : Stop.UNREADABLE_STACK;
        break;
      }
      tables |= 1 << ((rule >> 2) & 15);
      // Without a branch, which nothing could foretell: all ones where FP keeps its value.
      const saved = (rule >> 6) & 0xff;
      const kept = (saved - 1) >> 31;
      savedFpOffset = (savedFpOffset & kept) | ((cfa - (saved << 3)) & ~kept);
      const slot = (stackOffset + cfa - 8) | 0;
      low = view.getInt32(slot, true);
      high = view.getInt32(slot + 4, true);
      if (low === 0) {
        if (high === 0) {
          stop = Stop.END_OF_STACK;
          break;
        }
        high--;
      }
      low = (low - 1) | 0;
      sp = cfa;
    }
    this.low = low;
    this.high = high;
    this.count = count;
    this.tables = tables;
    this.sp = sp;
    this.savedFpOffset = savedFpOffset;
    return stop;
  }

  /** The frame pointer as an offset in the copy of the stack, or behind it; -1 if it points elsewhere. */
  private locate(view: DataView, savedOffset: number): number {
    let low = this.fpLow;
    let high = this.fpHigh;
    if (savedOffset >= 0) {
      if (savedOffset + 8 > this.stackSize) return -1;
      low = view.getInt32(this.stackOffset + savedOffset, true);
      high = view.getInt32(this.stackOffset + savedOffset + 4, true);
    } else if (savedOffset !== -1) return -1;
    const offset = (low - this.spLow) | 0;
    return high === this.spHigh && offset <= MAX_STACK_SIZE
      ? Math.max(offset, -1)
      : -1;
  }
}
