/**
 * What a debugger is told of a thread's registration: PTRACE_GET_RSEQ_CONFIGURATION.
 *
 * @module
 */
import {
  encodeRseqConfiguration,
  RSEQ_CONFIGURATION_SIZE,
} from "../../formats/rseq/mod.ts";
import type { Kernel } from "./kernel.ts";

/**
 * The configuration of thread `tid` as the request copies it: as many bytes as the debugger has room for, 24 at most. The
 * request itself yields 24 however many that are.
 *
 * @param size Bytes that the debugger has room for.
 * @returns `undefined` if there is no such thread. A thread without an area has 0 everywhere.
 */
export function rseqConfiguration(
  kernel: Kernel,
  tid: number,
  size: number = RSEQ_CONFIGURATION_SIZE,
): Uint8Array | undefined {
  const state = kernel.threads.get(tid)?.rseq;
  return state && encodeRseqConfiguration({
    abiPointer: BigInt(state.address),
    abiSize: state.length,
    signature: state.signature,
    flags: 0,
    pad: 0,
  }, kernel.littleEndian).subarray(0, size);
}
