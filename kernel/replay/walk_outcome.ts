/**
 * Walks of threads as scenarios show them.
 *
 * @module
 */
import { formatAddress } from "../../formats/base/address.ts";
import { type Kernel, type Thread, walkThread } from "../model/mod.ts";
import type { Outcome } from "./outcome.ts";

/** Walks `thread` by the kernel's policy. */
export async function walkOutcome(
  kernel: Kernel,
  thread: Thread,
): Promise<Outcome> {
  const { frames, stop } = await walkThread(kernel, thread.tid);
  return {
    frames: frames.map(({ pc, table }) => ({ pc: formatAddress(pc), table })),
    stop,
  };
}
