/**
 * The thread area (KTLS): the kernel owns its layout, the program reserves it and says once, for all threads, how far it is
 * from the thread pointer.
 *
 * The call is `rseq_ktls(pointer, length, action, signature)`, where `action` is the whole of rseq's `flags`, as it was
 * posted. With `rseqCall: "ktls"`, `rseq` itself is that call; by default it knows none of this and answers EINVAL.
 *
 * | action | does | fails, in this order |
 * | --- | --- | --- |
 * | 0, 1 | registers and unregisters an area as ever | as ever |
 * | 2 | writes the layout to `pointer` | EFAULT |
 * | 4 | takes the offset at `pointer`, for the process, and enables the caller | EFAULT; offset out of range, size below 20, reserved bits EINVAL, unknown tail E2BIG; more than one thread, or set already EBUSY; then as 16 |
 * | 8 | takes `signature`, for the process | more than one thread EBUSY; set already EPERM |
 * | 16 | enables the caller | thread pointer or offset 0 EFAULT; as a registration: EINVAL, EPERM, EBUSY; alignment EINVAL; memory EFAULT |
 * | other | | EINVAL |
 *
 * The area of a thread is at its thread pointer plus the offset. A thread made with the clone flag is enabled from the
 * start; the clone fails as 16 would. A forked process has offset and signature of its parent; a new program neither.
 *
 * **Growth.** What was posted is what happens with a `length` up to that of the posted structures, 0 included. A caller
 * that says more gets more:
 *
 * | | 0 | 4 | 8 | 12 | 16 |
 * | --- | --- | --- | --- | --- | --- |
 * | layout | u32 size | u32 alignment | s64 offset | | u64 features, if `length` >= 24 |
 * | offset | s64 offset | | u32 size, if `length` >= 16 | u32 0 | |
 *
 * The size with an offset is what the program has reserved, 0 for all that the kernel knows. Nothing behind it is ever
 * touched; so a program that knows 20 bytes runs on every later kernel, and one that reserves more than the kernel knows
 * finds in the features which fields there are.
 *
 * Source: kernel_abi.md 2.1, 2.2.
 *
 * @module
 */
import {
  CLONE_RSEQ_KTLS,
  KTLS_ACTION,
  RSEQ_FEATURE_SIZE,
} from "../../formats/rseq/mod.ts";
import { Errno } from "./errno.ts";
import type { Kernel } from "./kernel.ts";
import { rseqAlignment } from "./rseq_area.ts";
import {
  checkFree,
  enableArea,
  registerArea,
  requestOf,
  type RseqRequest,
  unregisterArea,
} from "./rseq_register.ts";
import { Category, defineSites } from "./site.ts";
import type { Process, Thread } from "./state.ts";
import type { Subsystem } from "./subsystem.ts";
import { areaSize, publishCredentials } from "./thread_area_credentials.ts";
import {
  areaFeatures,
  readOffset,
  writeLayout,
} from "./thread_area_structs.ts";
import { noThreadArea, type ThreadAreaState } from "./thread_area_state.ts";
import { Protection, USER_END } from "./user_memory.ts";

/** Least size of an area: what the posted kernel knew. */
const MIN_SIZE = RSEQ_FEATURE_SIZE.ORIGINAL;

const SITES = defineSites(Category.THREAD_AREA, {
  action: [1, Errno.EINVAL, "unknown action %jd"],
  layout: [2, Errno.EFAULT, "layout at %#jx cannot be written"],
  offset: [3, Errno.EFAULT, "offset at %#jx cannot be read"],
  range: [4, Errno.EINVAL, "offset %jd is out of range"],
  size: [5, Errno.EINVAL, "size %jd, reserved %#jx"],
  tail: [6, Errno.E2BIG, "unknown bytes in an offset of %jd"],
  threads: [7, Errno.EBUSY, "%jd threads are there"],
  offsetSet: [8, Errno.EBUSY, "the offset is %jd already"],
  signatureSet: [9, Errno.EPERM, "the signature is %#jx already"],
  noPointer: [10, Errno.EFAULT, "thread pointer %#jx, offset %jd"],
  alignment: [11, Errno.EINVAL, "area at %#jx is not aligned to %jd bytes"],
  access: [12, Errno.EFAULT, "area at %#jx of %jd bytes cannot be accessed"],
});

/** rseq_ktls(pointer, length, action, signature) */
export function ktlsCall(
  kernel: Kernel,
  thread: Thread,
  args: readonly number[],
): number {
  const request = requestOf(args);
  const { address: pointer, length, signature } = request;
  const action = args[2]!;
  switch (action) {
    case KTLS_ACTION.REGISTER:
      return registerArea(kernel, thread, request);
    case KTLS_ACTION.UNREGISTER:
      return unregisterArea(kernel, thread, request);
    case KTLS_ACTION.GET_LAYOUT:
      return getLayout(kernel, thread, pointer, length);
    case KTLS_ACTION.SET_OFFSET:
      return setOffset(kernel, thread, pointer, length);
    case KTLS_ACTION.SET_SIGNATURE:
      return setSignature(kernel, thread, signature);
    case KTLS_ACTION.ENABLE_THREAD:
      return enableThread(kernel, thread);
    default:
      return kernel.fail(thread, SITES.action, action);
  }
}

function getLayout(
  kernel: Kernel,
  thread: Thread,
  pointer: number,
  length: number,
): number {
  const { memory } = kernel.spaceOf(thread);
  const { isOffsetSet, offset } = kernel.processOf(thread).area;
  const { rseqFeatureSize } = kernel.settings;
  const size = areaSize(kernel);
  const layout = {
    size,
    alignment: rseqAlignment(size),
    offset: isOffsetSet ? BigInt(offset) : 0n,
  };
  const features = areaFeatures(rseqFeatureSize, size > rseqFeatureSize);
  return writeLayout(memory, pointer, length, layout, features)
    ? 0
    : kernel.fail(thread, SITES.layout, pointer);
}

function setOffset(
  kernel: Kernel,
  thread: Thread,
  pointer: number,
  length: number,
): number {
  const given = readOffset(kernel.spaceOf(thread).memory, pointer, length);
  if (given === "fault") return kernel.fail(thread, SITES.offset, pointer);
  if (given === "unknown") return kernel.fail(thread, SITES.tail, length);
  const { offset, size, reserved } = given;
  if (!(Math.abs(offset) < USER_END)) {
    return kernel.fail(thread, SITES.range, offset);
  }
  if (reserved !== 0 || (size !== 0 && size < MIN_SIZE)) {
    return kernel.fail(thread, SITES.size, size, reserved);
  }
  const process = kernel.processOf(thread);
  if (process.tids.length > 1) {
    return kernel.fail(thread, SITES.threads, process.tids.length);
  }
  const { area } = process;
  if (area.isOffsetSet) {
    return kernel.fail(thread, SITES.offsetSet, area.offset);
  }
  // If the caller cannot be enabled nothing is set, and it may try again.
  const before = { ...area };
  Object.assign(area, {
    isOffsetSet: true,
    offset,
    size: size === 0 ? areaSize(kernel) : size,
  });
  const result = enableThread(kernel, thread);
  if (result !== 0) process.area = before;
  return result;
}

function setSignature(
  kernel: Kernel,
  thread: Thread,
  signature: number,
): number {
  const { area, tids } = kernel.processOf(thread);
  if (tids.length > 1) return kernel.fail(thread, SITES.threads, tids.length);
  if (area.isSignatureSet) {
    return kernel.fail(thread, SITES.signatureSet, area.signature);
  }
  area.isSignatureSet = true;
  area.signature = signature;
  return 0;
}

function enableThread(kernel: Kernel, thread: Thread): number {
  const { area } = kernel.processOf(thread);
  const { threadPointer } = thread;
  const request = areaAt(area, threadPointer);
  return checkPointer(kernel, thread, area, threadPointer) ||
    checkFree(kernel, thread, request) ||
    checkArea(kernel, thread, request) ||
    enable(kernel, thread, request);
}

/** Whether a thread with this thread pointer could be enabled from the start. */
export function checkKtlsClone(
  kernel: Kernel,
  thread: Thread,
  threadPointer: number,
): number {
  const { area } = kernel.processOf(thread);
  return checkPointer(kernel, thread, area, threadPointer) ||
    checkArea(kernel, thread, areaAt(area, threadPointer));
}

function areaAt(
  { offset, size, signature }: ThreadAreaState,
  threadPointer: number,
): RseqRequest {
  const address = threadPointer + offset;
  return { address, length: size, signature, isSliceOn: false };
}

function checkPointer(
  kernel: Kernel,
  thread: Thread,
  { isOffsetSet, offset }: ThreadAreaState,
  threadPointer: number,
): number {
  return threadPointer === 0 || !isOffsetSet || offset === 0
    ? kernel.fail(thread, SITES.noPointer, threadPointer, offset)
    : 0;
}

function checkArea(
  kernel: Kernel,
  thread: Thread,
  { address, length }: RseqRequest,
): number {
  const known = Math.min(length, areaSize(kernel));
  const alignment = rseqAlignment(known);
  if (address % alignment !== 0) {
    return kernel.fail(thread, SITES.alignment, address, alignment);
  }
  const { memory } = kernel.spaceOf(thread);
  return memory.isCovered(address, address + known, Protection.WRITE)
    ? 0
    : kernel.fail(thread, SITES.access, address, known);
}

function enable(
  kernel: Kernel,
  thread: Thread,
  request: RseqRequest,
): number {
  const result = enableArea(kernel, thread, request);
  if (result === 0) thread.rseq.isThreadArea = true;
  return result;
}

function processMade(process: Process): void {
  // the parent's record is in memory that both see, but the credentials may part
  Object.assign(process.area, { credentialsAddress: 0, publishedUid: -1 });
}

/** The thread area as a part of the kernel. */
export const THREAD_AREA: Subsystem = {
  calls: { rseq_ktls: ktlsCall },
  threadMade(kernel, _parent, child, { isFork, sharesSpace, flags }): void {
    const process = kernel.processOf(child);
    if (isFork && sharesSpace) processMade(process);
    const isWanted = Math.floor(flags / CLONE_RSEQ_KTLS) % 2 === 1;
    if (isFork || !isWanted) return;
    enable(kernel, child, areaAt(process.area, child.threadPointer));
  },
  exec(kernel, thread): void {
    kernel.processOf(thread).area = noThreadArea();
  },
  returnToUser: publishCredentials,
};
