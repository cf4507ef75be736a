/**
 * The rseq areas of a process's threads.
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
  readGlibcRseqSize,
  resolveCriticalSection,
  RSEQ_CS_SIZE,
  RSEQ_FLAG,
  RSEQ_SIGNATURE_SIZE,
  type RseqArea,
  type RseqConfiguration,
  type RseqCs,
  type RseqLayout,
  rseqLayout,
  type RseqMode,
  type RseqProblem,
  type RseqResolution,
  rseqSignature,
} from "../../formats/rseq/mod.ts";
import type { Session } from "../mod.ts";
import { RangeIndex } from "./range_index.ts";
import { findRuntime, type RseqRuntime } from "./runtime.ts";

/** Largest user space of each machine; less is set up as a rule. */
const MACHINES: Record<MachineName, { elfMachine: number; userEnd: bigint }> = {
  "x86-64": { elfMachine: 62, userEnd: (1n << 56n) - 4096n },
  "aarch64": { elfMachine: 183, userEnd: 1n << 52n },
  "s390x": { elfMachine: 22, userEnd: 1n << 63n },
};
/** Larger areas are none: a wild `__rseq_size` may not size a read. */
const MAX_AREA_SIZE = 4096;
const KERNEL_FLAGS = RSEQ_FLAG.SLICE_EXT_AVAILABLE |
  RSEQ_FLAG.SLICE_EXT_ENABLED;

/** What the caller may know better. */
export interface RseqAreaOptions {
  /** From the thread pointer to the area, bytes; default `__rseq_offset`. */
  offset?: number | undefined;
  /** Feature size of the area; default by `__rseq_size`, with `offset` what the kernel announces. */
  size?: number | undefined;
  /** The signature that was registered; default the machine's usual one. */
  signature?: number | undefined;
  /** What the kernel says of each thread by id, where the process is alive: then nothing else is asked. */
  registrations?: ReadonlyMap<number, RseqConfiguration> | undefined;
  /** Whose rules to judge critical sections by; default `lenient`. */
  mode?: RseqMode | undefined;
}

/** An address and what is there. */
export interface RseqPlace {
  /** The address in the process. */
  address: bigint;
  /** Path of the module; `undefined` outside all. */
  module: string | undefined;
  /** Name of the function; `undefined` where there is none. */
  symbol: string | undefined;
  /** Bytes from the function's start. */
  symbolOffset: number;
}

/** The critical section that an area names. */
export interface RseqActiveSection {
  /** Address of the descriptor. */
  address: bigint;
  /** The descriptor; `undefined` if it is not in the core. */
  descriptor: RseqCs | undefined;
  /** First instruction. */
  start: RseqPlace | undefined;
  /** Behind the committing instruction. */
  end: RseqPlace | undefined;
  /** The abort handler. */
  abort: RseqPlace | undefined;
  /** Where the thread stands. */
  pc: RseqPlace;
  /** Whether that is inside. */
  isInside: boolean;
  /** Rules that the descriptor breaks. */
  problems: RseqProblem[];
  /** What the kernel does when the thread goes on; `undefined` without the descriptor. */
  resolution: RseqResolution | undefined;
}

/** A thread and its area. */
export interface RseqThread {
  /** Thread id. */
  tid: number;
  /** Name, where the core has it. */
  name: string | undefined;
  /** Where it stands; NaN where not known. */
  pc: number;
  /** Thread pointer; `undefined` if the core does not have it. */
  threadPointer: number | undefined;
  /** Address of the area. */
  areaAddress: number | undefined;
  /** The area; `undefined` if there is none or the core does not hold it. */
  area: RseqArea | undefined;
  /** Why there is no area; empty if there is one. */
  reason: string;
  /** The critical section that the area names. */
  section: RseqActiveSection | undefined;
}

/** What {@linkcode findRseqAreas} finds. */
export interface RseqProcess {
  /** The C library's part. */
  runtime: RseqRuntime;
  /** The kernel's part: what it announced to the process. */
  kernel: RseqLayout;
  /** Bytes of each area that are decoded. */
  featureSize: number;
  /** The signature that handlers are held to; `undefined` if none is known. */
  signature: number | undefined;
  /** The threads, in the core's order. */
  threads: RseqThread[];
}

/**
 * Finds and decodes the rseq area of every thread of a process, and follows it to the critical section in force.
 *
 * An area is at the thread pointer plus `__rseq_offset`, which the GNU C library exports from 2.35 on.
 */
export async function findRseqAreas(
  session: Session,
  options: RseqAreaOptions = {},
): Promise<RseqProcess> {
  const { core } = session;
  const kernel = rseqLayout(core.auxv);
  const runtime = await pickRuntime(session, options);
  const { elfMachine } = MACHINES[core.machine];
  const signature = options.signature ??
    rseqSignature(elfMachine, core.littleEndian);
  const featureSize = options.size ??
    (runtime.kind === "given" || runtime.kind === "kernel"
      ? kernel.featureSize
      : readGlibcRseqSize(runtime.size ?? 0).featureSize);
  const found: RseqProcess = {
    runtime,
    kernel,
    featureSize,
    signature,
    threads: [],
  };
  const reader = new AreaReader(session, found, options);
  for (let i = 0; i < core.threads.length; i++) {
    found.threads.push(await reader.readThread(i));
  }
  return found;
}

async function pickRuntime(
  session: Session,
  { offset, size, registrations }: RseqAreaOptions,
): Promise<RseqRuntime> {
  if (registrations !== undefined) {
    return {
      kind: "kernel",
      offset: undefined,
      size: undefined,
      flags: undefined,
      path: undefined,
      reason: "not asked: the kernel tells of each thread",
    };
  }
  if (offset === undefined) return await findRuntime(session);
  return {
    kind: "given",
    offset,
    size,
    flags: undefined,
    path: undefined,
    reason: "",
  };
}

/** Reads areas one by one. */
class AreaReader {
  private readonly session: Session;
  private readonly process: RseqProcess;
  private readonly mode: RseqMode;
  private readonly registrations: RseqAreaOptions["registrations"];
  private readonly modules: RangeIndex;

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
      userEnd: MACHINES[machine].userEnd,
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
