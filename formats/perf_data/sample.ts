/**
 * Samples: what one event's samples hold, and where.
 *
 * @module
 */
import { countBits, type EventAttr } from "./attr.ts";
import { ReadBit, SampleBit } from "./constants.ts";

/** A branch stack of samples with this bit of `branch_sample_type` has one word more in front. */
const BRANCH_HW_INDEX = 1 << 17;
/** And with this one a word of counters behind each branch. */
const BRANCH_COUNTERS = 1 << 19;

/** Values of {@linkcode SampleDecoder.registersAbi}. */
export const RegistersAbi = { NONE: 0, BITS_32: 1, BITS_64: 2 } as const;

/**
 * Decodes the samples of one event into its own fields, which hold until the next call. 64-bit values that are not
 * addresses or sizes are kept in two words. Absent fields keep what the constructor gave them.
 *
 * The body of a sample holds, each if its bit of `sample_type` is set: IDENTIFIER u64, IP u64, TID (u32 pid, tid), TIME u64,
 * ADDR u64, ID u64, STREAM_ID u64, CPU (u32 cpu, reserved), PERIOD u64, READ, CALLCHAIN (u64 count, u64 each), RAW (u32
 * size, bytes), BRANCH_STACK, REGS_USER (u64 abi, u64 each), STACK_USER (u64 size, bytes, u64 valid size), and others
 * that are not needed here. Only the first ones have fixed places.
 *
 * Source: `perf_event.h`, PERF_RECORD_SAMPLE.
 */
export class SampleDecoder {
  /** The event. */
  readonly attr: EventAttr;
  /** Event id, low word. */
  idLow = 0;
  /** Event id, high word. */
  idHigh = 0;
  /** Offset in the view of the instruction pointer's word, or -1. */
  ipOffset: number = -1;
  /** Process. */
  pid: number = -1;
  /** Thread. */
  tid: number = -1;
  /** Time, low word, unsigned; nanoseconds of the capture's clock. */
  timeLow = 0;
  /** Time, high word. */
  timeHigh = 0;
  /** Processor, or -1. */
  cpu: number = -1;
  /** Events that the sample stands for; 1 where samples do not tell. */
  period = 1;
  /** Offset in the view of the call chain's first word. */
  chainOffset = 0;
  /** Words of the call chain. */
  chainCount = 0;
  /** A value of {@linkcode RegistersAbi}. */
  registersAbi: number = RegistersAbi.NONE;
  /** Offset in the view of the first user register. */
  registersOffset = 0;
  /** Offset in the view of the copy of the stack. */
  stackOffset = 0;
  /** Bytes of the stack that were copied. */
  stackSize = 0;
  /** Bytes of stack that there was room for: where this equals the copied size, the stack may go on. */
  stackRoom = 0;
  /** Number of user registers. */
  readonly registerCount: number;

  private readonly littleEndian: boolean;
  /** Bytes from the record's start to READ. */
  private readonly fixedSize: number;
  private readonly idAt: number;
  private readonly ipAt: number;
  private readonly tidAt: number;
  private readonly timeAt: number;
  private readonly cpuAt: number;
  private readonly periodAt: number;
  private readonly hasVariable: boolean;

  /** Lays the samples of `attr` out. */
  constructor(attr: EventAttr, littleEndian: boolean) {
    this.attr = attr;
    this.littleEndian = littleEndian;
    this.registerCount = countBits(attr.userRegistersLow) +
      countBits(attr.userRegistersHigh);
    let at = 8;
    const take = (bit: number): number => {
      if ((attr.sampleType & bit) === 0) return 0;
      at += 8;
      return at - 8;
    };
    const identifierAt = take(SampleBit.IDENTIFIER);
    this.ipAt = take(SampleBit.IP);
    this.tidAt = take(SampleBit.TID);
    this.timeAt = take(SampleBit.TIME);
    take(SampleBit.ADDR);
    const idAt = take(SampleBit.ID);
    this.idAt = identifierAt || idAt;
    take(SampleBit.STREAM_ID);
    this.cpuAt = take(SampleBit.CPU);
    this.periodAt = take(SampleBit.PERIOD);
    this.fixedSize = at;
    this.hasVariable = (attr.sampleType & (SampleBit.READ |
      SampleBit.CALLCHAIN | SampleBit.RAW | SampleBit.BRANCH_STACK |
      SampleBit.REGS_USER | SampleBit.STACK_USER)) !== 0;
  }

  /** Where a sample's time is, from its start; 0 if it has none. */
  get timeOffset(): number {
    return this.timeAt;
  }

  /**
   * Decodes the sample whose header is at `offset` and which has `size` bytes in all.
   *
   * @returns False if its parts do not fit into it; what was decoded until then may be used.
   */
  decode(view: DataView, offset: number, size: number): boolean {
    this.chainCount = 0;
    this.registersAbi = RegistersAbi.NONE;
    this.stackSize = 0;
    this.stackRoom = 0;
    if (this.fixedSize > size) return false;
    const { littleEndian } = this;
    const low = littleEndian ? 0 : 4;
    if (this.idAt !== 0) {
      this.idLow = view.getUint32(offset + this.idAt + low, littleEndian);
      this.idHigh = view.getUint32(offset + this.idAt + 4 - low, littleEndian);
    }
    if (this.ipAt !== 0) this.ipOffset = offset + this.ipAt;
    if (this.tidAt !== 0) {
      this.pid = view.getInt32(offset + this.tidAt, littleEndian);
      this.tid = view.getInt32(offset + this.tidAt + 4, littleEndian);
    }
    if (this.timeAt !== 0) {
      const at = offset + this.timeAt;
      this.timeLow = view.getUint32(at + low, littleEndian);
      this.timeHigh = view.getUint32(at + 4 - low, littleEndian);
    }
    if (this.cpuAt !== 0) {
      this.cpu = view.getInt32(offset + this.cpuAt, littleEndian);
    }
    if (this.periodAt !== 0) {
      const at = offset + this.periodAt;
      this.period = view.getUint32(at + 4 - low, littleEndian) * 0x1_0000_0000 +
        view.getUint32(at + low, littleEndian);
    }
    return !this.hasVariable ||
      this.decodeVariable(view, offset + this.fixedSize, offset + size);
  }

  /** Decodes from READ on. */
  private decodeVariable(view: DataView, start: number, end: number): boolean {
    const { littleEndian, attr } = this;
    const { sampleType } = attr;
    let at = start;
    if ((sampleType & SampleBit.READ) !== 0) {
      at = this.skipRead(view, at, end);
      if (at < 0) return false;
    }
    if ((sampleType & SampleBit.CALLCHAIN) !== 0) {
      if (at + 8 > end) return false;
      const words = this.count(view, at);
      at += 8;
      if (words > (end - at) / 8) return false;
      this.chainOffset = at;
      this.chainCount = words;
      at += 8 * words;
    }
    if ((sampleType & SampleBit.RAW) !== 0) {
      if (at + 4 > end) return false;
      const size = view.getUint32(at, littleEndian);
      if (size > end - at - 4) return false;
      at += Math.ceil((4 + size) / 8) * 8;
    }
    if ((sampleType & SampleBit.BRANCH_STACK) !== 0) {
      if (at + 8 > end) return false;
      const branches = this.count(view, at);
      const { branchSampleType } = attr;
      at += (branchSampleType & BRANCH_HW_INDEX) !== 0 ? 16 : 8;
      const wordCount = (branchSampleType & BRANCH_COUNTERS) !== 0 ? 4 : 3;
      if (branches * wordCount > (end - at) / 8) return false;
      at += 8 * wordCount * branches;
    }
    if ((sampleType & SampleBit.REGS_USER) !== 0) {
      if (at + 8 > end) return false;
      const abi = this.count(view, at);
      at += 8;
      if (abi !== RegistersAbi.NONE) {
        if (this.registerCount > (end - at) / 8) return false;
        this.registersAbi = abi;
        this.registersOffset = at;
        at += 8 * this.registerCount;
      }
    }
    if ((sampleType & SampleBit.STACK_USER) !== 0) {
      if (at + 8 > end) return false;
      const room = this.count(view, at);
      at += 8;
      if (room !== 0) {
        if (room > end - at - 8) return false;
        const size = this.count(view, at + room);
        if (size > room) return false;
        this.stackOffset = at;
        this.stackRoom = room;
        this.stackSize = size;
      }
    }
    return true;
  }

  /** A count or size; one whose high word is set fits into no record, and neither does what is made of it here. */
  private count(view: DataView, at: number): number {
    const { littleEndian } = this;
    const low = view.getUint32(littleEndian ? at : at + 4, littleEndian);
    const high = view.getUint32(littleEndian ? at + 4 : at, littleEndian);
    return high === 0 ? low : 0xffff_ffff;
  }

  /** Offset behind the values of counters, or -1. */
  private skipRead(view: DataView, at: number, end: number): number {
    const { readFormat } = this.attr;
    const times = 8 * (countBits(
      readFormat &
        (ReadBit.ENABLED | ReadBit.RUNNING),
    ));
    const each = 8 * (1 + countBits(readFormat & (ReadBit.ID | ReadBit.LOST)));
    if ((readFormat & ReadBit.GROUP) === 0) {
      return at + times + each > end ? -1 : at + times + each;
    }
    if (at + 8 > end) return -1;
    const { littleEndian } = this;
    const counters = view.getUint32(littleEndian ? at : at + 4, littleEndian);
    const behind = at + 8 + times + counters * each;
    return behind > end ? -1 : behind;
  }
}
