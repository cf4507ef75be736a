/**
 * What the kernel keeps of a thread for restartable sequences.
 *
 * @module
 */

/** A thread's registration, and what is due to it when it returns to user mode. */
export interface RseqState {
  /** Address of the area, 0 if none is registered. */
  address: number;
  /** Length that was registered. */
  length: number;
  /** What has to stand in front of abort handlers. */
  signature: number;
  /** Whether the thread was preempted, migrated or interrupted by a handler since its section was last looked at. */
  isEventPending: boolean;
  /** Whether the area is to be looked at and written before the thread runs on. */
  isUpdateDue: boolean;
  /** Whether the thread is in the kernel because of an interrupt or a fault, not of a call. */
  isInterrupted: boolean;
  /** Its concurrency ID, -1 before it has one. */
  concurrencyId: number;
  /** What the area's `cpu_id` was last set to, -1 before. */
  publishedCpu: number;
  /** The same for `node_id`. */
  publishedNode: number;
  /** The same for `mm_cid`. */
  publishedConcurrencyId: number;
  /** Whether it came with the thread area, and so has what the kernel keeps behind struct rseq. */
  isThreadArea: boolean;
  /** What the word of credentials was last set to, -1 before. */
  publishedCredentials: number;
  /** Whether the thread may ask for longer time slices. */
  isSliceEnabled: boolean;
  /** Whether it has one now. */
  isSliceGranted: boolean;
  /** When that ends, by the kernel's clock. */
  sliceEndUs: number;
}

/** The state of a thread that has registered nothing. */
export function noRseq(): RseqState {
  return {
    address: 0,
    length: 0,
    signature: 0,
    isEventPending: false,
    isUpdateDue: false,
    isInterrupted: false,
    concurrencyId: -1,
    publishedCpu: -1,
    publishedNode: 0,
    publishedConcurrencyId: 0,
    isThreadArea: false,
    publishedCredentials: -1,
    isSliceEnabled: false,
    isSliceGranted: false,
    sliceEndUs: 0,
  };
}

/** Drops the registration; what the thread is to the scheduler stays. */
export function dropRegistration(state: RseqState): void {
  const { concurrencyId, isInterrupted } = state;
  Object.assign(state, noRseq(), { concurrencyId, isInterrupted });
}
