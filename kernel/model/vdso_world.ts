/**
 * All that a function of the vDSO has: memory, what the kernel tells its image, and the instruction for system calls. Not
 * the thread, not its pointer, no state of its own, nowhere to allocate, no errno: what it needs is passed to it.
 *
 * @module
 */
import { readInt64 } from "../../formats/base/address.ts";
import { viewOf } from "../../formats/base/byte_source.ts";

/** Memory as user code reaches it. */
export interface VdsoMemory {
  /** Byte order of words. */
  readonly littleEndian: boolean;
  /** Reads `size` bytes; `undefined` if that faults. */
  copyIn(address: number, size: number): Uint8Array | undefined;
  /** Writes bytes; false if that faults. */
  copyOut(address: number, bytes: Uint8Array): boolean;
  /** Whether `[start, end)` has all bits of `protection`. */
  isCovered(start: number, end: number, protection: number): boolean;
}

/** What the kernel tells its vDSO: it is built with some of it, and reads the rest from pages beside it. */
export interface VdsoData {
  /** Feature size of struct rseq. */
  featureSize: number;
  /** Where a thread area has its credentials, NaN if it has none. */
  credentialsOffset: number;
  /** How they are kept. */
  credentials: "shared" | "per-thread";
  /** Generation of the random generator, never 0. */
  generation: number;
}

/** The world of a vDSO function. */
export interface VdsoWorld {
  /** Memory of the process. */
  memory: VdsoMemory;
  /** What the kernel tells. */
  data: VdsoData;
  /** The instruction for system calls. */
  systemCall(name: string, ...args: number[]): number;
}

/** A function of the vDSO: integers in, a value or a negative error number out. */
export type VdsoFunction = (
  world: VdsoWorld,
  args: readonly number[],
) => number;

/** Reads a u32; NaN if that faults. */
export function readU32({ memory }: VdsoWorld, address: number): number {
  const bytes = memory.copyIn(address, 4);
  return bytes === undefined
    ? NaN
    : viewOf(bytes).getUint32(0, memory.littleEndian);
}

/** Reads a u64 that is an address; NaN if that faults. */
export function readWord({ memory }: VdsoWorld, address: number): number {
  const bytes = memory.copyIn(address, 8);
  return bytes === undefined
    ? NaN
    : readInt64(viewOf(bytes), 0, memory.littleEndian);
}
