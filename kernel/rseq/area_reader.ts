/**
 * One thread's rseq area, and the critical section that it names.
 *
 * @module
 */
import { viewOf } from "../../formats/base/byte_source.ts";
import type { MachineName } from "../../formats/core_dump/mod.ts";
import {
  checkCriticalSection,
  decodeRseqArea,
  decodeRseqCs,
  isInsideRseqCs,
  resolveCriticalSection,
  RSEQ_CS_SIZE,
  RSEQ_FLAG,
  RSEQ_SIGNATURE_SIZE,
  type RseqArea,
  type RseqConfiguration,
  type RseqMode,
} from "../../formats/rseq/mod.ts";
import type { Session } from "../mod.ts";
import type {
  RseqActiveSection,
  RseqAreaOptions,
  RseqPlace,
  RseqProcess,
  RseqThread,
} from "./found_areas.ts";
import { RangeIndex } from "./range_index.ts";

/** First address behind the largest user space of each machine; less is set up as a rule. */
const USER_ENDS: Record<MachineName, bigint> = {
  "x86-64": (1n << 56n) - 4096n,
  "aarch64": 1n << 52n,
  "s390x": 1n << 63n,
};
/** Larger areas are none: a wild `__rseq_size` may not size a read. */
const MAX_AREA_SIZE = 4096;
const KERNEL_FLAGS = RSEQ_FLAG.SLICE_EXT_AVAILABLE |
  RSEQ_FLAG.SLICE_EXT_ENABLED;

/** Reads areas one by one. */
export class AreaReader {
  private readonly session: Session;
  private readonly process: RseqProcess;
  private readonly mode: RseqMode;
  private readonly registrations: RseqAreaOptions["registrations"];
  private readonly modules: RangeIndex;

  /** Reads nothing yet; `process` says where areas are and what their sections are judged by. */
  constructor(
    session: Session,
    process: RseqProcess,
    { mode, registrations }: RseqAreaOptions,
  ) {
    this.session = session;
    this.process = process;
    this.mode = mode ?? "lenient";
    this.registrations = registrations;
    this.modules = new RangeIndex(session.modules);
  }

  /** What thread `index` of the core has. */
  async readThread(index: number): Promise<RseqThread> {
    const { core } = this.session;
    const { tid, name, pc, threadPointer } = core.threads[index]!;
    const thread: RseqThread = {
      tid,
      name,
      pc,
      threadPointer: Number.isNaN(threadPointer) ? undefined : threadPointer,
      areaAddress: undefined,
      area: undefined,
      reason: this.process.runtime.reason,
      section: undefined,
    };
    if (this.registrations !== undefined) {
      await this.readRegistered(thread, this.registrations.get(tid));
      return thread;
    }
    const { offset } = this.process.runtime;
    if (offset === undefined) return thread;
    if (thread.threadPointer === undefined) {
      thread.reason = "the core does not hold the thread pointer";
      return thread;
    }
    thread.areaAddress = threadPointer + offset;
    const { featureSize } = this.process;
    await this.readArea(thread, thread.areaAddress, featureSize);
    return thread;
  }

  /** Follows what the kernel has registered; of a short area it uses no more than there is. */
  private async readRegistered(
    thread: RseqThread,
    registration: RseqConfiguration | undefined,
  ): Promise<void> {
    if (registration === undefined || registration.abiPointer === 0n) {
      thread.reason = registration === undefined
        ? "the kernel does not tell (from Linux 5.13 on it can)"
        : "none is registered";
      return;
    }
    const { abiPointer, abiSize, signature } = registration;
    const address = Number(BigInt.asIntN(64, abiPointer));
    thread.reason = "";
    thread.areaAddress = address;
    this.process.signature = signature;
    const { featureSize } = this.process.kernel;
    await this.readArea(thread, address, Math.min(abiSize, featureSize));
  }

  private async readArea(
    thread: RseqThread,
    address: number,
    featureSize: number,
  ): Promise<void> {
    if (!(featureSize <= MAX_AREA_SIZE)) {
      thread.reason = `an area of ${featureSize} bytes is none`;
      return;
    }
    const bytes = await this.session.readMemory(address, featureSize);
    if (bytes.length < featureSize) {
      thread.reason = "the core does not hold the area";
      return;
    }
    const { littleEndian } = this.session.core;
    thread.area = decodeRseqArea(bytes, 0, featureSize, littleEndian);
    if (thread.area.rseqCs !== 0n) {
      thread.section = await this.readSection(thread.area, thread.pc);
    }
  }

  private async readSection(
    { rseqCs, flags }: RseqArea,
    threadPc: number,
  ): Promise<RseqActiveSection> {
    const { littleEndian, machine } = this.session.core;
    const pc = toBigInt(threadPc);
    const bytes = await this.read(rseqCs, RSEQ_CS_SIZE);
    if (bytes.length < RSEQ_CS_SIZE) {
      return {
        address: rseqCs,
        descriptor: undefined,
        start: undefined,
        end: undefined,
        abort: undefined,
        pc: await this.placeOf(pc),
        isInside: false,
        problems: [],
        resolution: undefined,
      };
    }
    const descriptor = decodeRseqCs(bytes, 0, littleEndian);
    const { startIp, postCommitOffset, abortIp } = descriptor;
    const signatureAddress = abortIp - BigInt(RSEQ_SIGNATURE_SIZE);
    const found = await this.read(signatureAddress, RSEQ_SIGNATURE_SIZE);
    const context = {
      userEnd: USER_ENDS[machine],
      signature: this.process.signature,
      readSignature: () =>
        found.length < RSEQ_SIGNATURE_SIZE
          ? undefined
          : viewOf(found).getUint32(0, littleEndian),
      areaFlags: flags & ~KERNEL_FLAGS,
    };
    return {
      address: rseqCs,
      descriptor,
      start: await this.placeOf(startIp),
      end: await this.placeOf(BigInt.asUintN(64, startIp + postCommitOffset)),
      abort: await this.placeOf(abortIp),
      pc: await this.placeOf(pc),
      isInside: isInsideRseqCs(descriptor, pc),
      problems: checkCriticalSection(descriptor, context),
      resolution: resolveCriticalSection(descriptor, pc, this.mode, context),
    };
  }

  private async read(address: bigint, size: number): Promise<Uint8Array> {
    const signed = Number(BigInt.asIntN(64, address));
    if (!Number.isSafeInteger(signed)) return new Uint8Array(0);
    return await this.session.readMemory(signed, size);
  }

  private async placeOf(address: bigint): Promise<RseqPlace> {
    const place: RseqPlace = {
      address,
      module: undefined,
      symbol: undefined,
      symbolOffset: 0,
    };
    const signed = Number(BigInt.asIntN(64, address));
    const index = this.modules.find(signed);
    if (index < 0) return place;
    place.module = this.session.modules[index]!.path;
    await this.session.loadSymbols(index);
    const symbol = this.session.symbolAt(index, signed);
    if (symbol === undefined) return place;
    place.symbol = symbol.name;
    place.symbolOffset = symbol.offset;
    return place;
  }
}

/** A register as unsigned 64 bits; one that is not known, or no whole number, is 0. */
function toBigInt(value: number): bigint {
  return BigInt.asUintN(64, Number.isSafeInteger(value) ? BigInt(value) : 0n);
}
