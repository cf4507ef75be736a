/**
 * rseq(area, length, flags, signature): the call.
 *
 * Order of the checks when registering (`flags` 0, or 2 with a kernel that has slices):
 *
 * | | if | then |
 * | --- | --- | --- |
 * | 1 | a flag is unknown | EINVAL |
 * | 2 | the thread has an area: another address or length | EINVAL |
 * | | the same with another signature | EPERM |
 * | | all the same | EBUSY |
 * | 3 | length below 32 | EINVAL |
 * | 4 | length 32, address no multiple of 32 | EINVAL |
 * | 5 | longer, and address no multiple of the announced alignment, or length below the feature size | EINVAL |
 * | 6 | not in user space, or not accessible | EFAULT |
 *
 * A section that is left over in the area is cleared without a word; only where it cannot be, Linux 6.18 answers EFAULT.
 * Without one it registers a read-only area, and ends the process when it first writes there.
 *
 * Unregistering (`flags` 1): another flag or no such area EINVAL, another length EINVAL, another signature EPERM, the area
 * cannot be written EFAULT. Every address and length of these was compared with Linux 6.18 by `tests/conformance/rseq.ts`.
 *
 * A kernel of feature size 20 (Linux to 6.2) knows no other length than 32. With 33, an area longer than 32 bytes is of
 * version 2: see `rseq_resume.ts` and `rseq_slice.ts`.
 *
 * Source: kernel_abi.md 1.2, 1.3.
 *
 * @module
 */
import { viewOf } from "../../formats/base/byte_source.ts";
import {
  RSEQ_CPU_ID,
  RSEQ_FEATURE_SIZE,
  RSEQ_FIELD_END,
  RSEQ_FLAG,
  RSEQ_OFFSET,
  RSEQ_ORIGINAL_SIZE,
  RSEQ_REGISTER_FLAG,
} from "../../formats/rseq/mod.ts";
import { Errno } from "./errno.ts";
import type { Kernel } from "./kernel.ts";
import { hasSlices, idsEnd, rseqAlignment } from "./rseq_area.ts";
import { forceKill } from "./rseq_resume.ts";
import { dropRegistration, type RseqState } from "./rseq_state.ts";
import { Category, defineSites } from "./site.ts";
import type { Thread } from "./state.ts";
import { USER_END } from "./user_memory.ts";

const SITES = defineSites(Category.RSEQ, {
  flags: [1, Errno.EINVAL, "unknown flags %#jx"],
  other: [2, Errno.EINVAL, "an area of %#jx bytes is registered at %#jx"],
  signature: [3, Errno.EPERM, "signature %#jx is not the registered %#jx"],
  busy: [4, Errno.EBUSY, "the area at %#jx is registered already"],
  length: [5, Errno.EINVAL, "length %jd is less than %jd"],
  alignment: [6, Errno.EINVAL, "area at %#jx is not aligned to %jd bytes"],
  range: [7, Errno.EFAULT, "area at %#jx of %#jx bytes leaves user space"],
  access: [8, Errno.EFAULT, "area at %#jx cannot be accessed"],
  notRegistered: [9, Errno.EINVAL, "no area is registered at %#jx"],
  otherLength: [10, Errno.EINVAL, "length %#jx is not the registered %#jx"],
  fixedLength: [11, Errno.EINVAL, "length %jd is not %jd"],
});

/** An area as a caller describes it. */
export interface RseqRequest {
  /** Its address. */
  address: number;
  /** Its length. */
  length: number;
  /** The signature. */
  signature: number;
  /** Whether slices are on from the start. */
  isSliceOn: boolean;
}

/** The area that a call is about. Of length and signature the call takes 32 bits. */
export function requestOf(args: readonly number[]): RseqRequest {
  const [address, length, , signature] = args as [
    number,
    number,
    number,
    number,
  ];
  return {
    address,
    length: length >>> 0,
    signature: signature >>> 0,
    isSliceOn: false,
  };
}

/** rseq(area, length, flags, signature) */
export function rseqCall(
  kernel: Kernel,
  thread: Thread,
  args: readonly number[],
): number {
  const request = requestOf(args);
  const flags = args[2]! | 0;
  const { UNREGISTER, SLICE_EXT_DEFAULT_ON } = RSEQ_REGISTER_FLAG;
  if ((flags & UNREGISTER) !== 0) {
    if (flags !== UNREGISTER) return kernel.fail(thread, SITES.flags, flags);
    return unregisterArea(kernel, thread, request);
  }
  const known = hasSlices(kernel) ? SLICE_EXT_DEFAULT_ON : 0;
  if ((flags & ~known) !== 0) return kernel.fail(thread, SITES.flags, flags);
  const isSliceOn = (flags & SLICE_EXT_DEFAULT_ON) !== 0;
  return registerArea(kernel, thread, { ...request, isSliceOn });
}

/** Checks 2 to 6, and the registration. */
export function registerArea(
  kernel: Kernel,
  thread: Thread,
  request: RseqRequest,
): number {
  return checkFree(kernel, thread, request) ||
    checkLength(kernel, thread, request) ||
    enableArea(kernel, thread, request);
}

/** Check 2: whether the thread has an area. */
export function checkFree(
  kernel: Kernel,
  thread: Thread,
  { address, length, signature }: RseqRequest,
): number {
  const state = thread.rseq;
  if (state.address === 0) return 0;
  if (state.address !== address || state.length !== length) {
    return kernel.fail(thread, SITES.other, state.length, state.address);
  }
  return state.signature === signature
    ? kernel.fail(thread, SITES.busy, address)
    : kernel.fail(thread, SITES.signature, signature, state.signature);
}

function checkLength(
  kernel: Kernel,
  thread: Thread,
  { address, length }: RseqRequest,
): number {
  const { rseqFeatureSize } = kernel.settings;
  if (length < RSEQ_ORIGINAL_SIZE) {
    return kernel.fail(thread, SITES.length, length, RSEQ_ORIGINAL_SIZE);
  }
  const isOriginal = length === RSEQ_ORIGINAL_SIZE;
  if (!isOriginal && rseqFeatureSize <= RSEQ_FEATURE_SIZE.ORIGINAL) {
    return kernel.fail(thread, SITES.fixedLength, length, RSEQ_ORIGINAL_SIZE);
  }
  const alignment = isOriginal
    ? RSEQ_ORIGINAL_SIZE
    : rseqAlignment(rseqFeatureSize);
  if (address % alignment !== 0) {
    return kernel.fail(thread, SITES.alignment, address, alignment);
  }
  if (!isOriginal && length < rseqFeatureSize) {
    return kernel.fail(thread, SITES.length, length, rseqFeatureSize);
  }
  return 0;
}

/** Check 6, and the registration itself. */
export function enableArea(
  kernel: Kernel,
  thread: Thread,
  { address, length, signature, isSliceOn }: RseqRequest,
): number {
  if (address < 0 || address + length > USER_END) {
    return kernel.fail(thread, SITES.range, address, length);
  }
  const state: RseqState = thread.rseq;
  const isExtended = hasSlices(kernel) && length > RSEQ_ORIGINAL_SIZE;
  const flags = !isExtended ? 0 : RSEQ_FLAG.SLICE_EXT_AVAILABLE |
    (isSliceOn ? RSEQ_FLAG.SLICE_EXT_ENABLED : 0);
  const isDone = hasSlices(kernel)
    ? resetArea(kernel, thread, address, length, flags)
    : clearStaleSection(kernel, thread, address);
  if (!isDone) return kernel.fail(thread, SITES.access, address);
  dropRegistration(state);
  Object.assign(state, { address, length, signature, isUpdateDue: true });
  state.isSliceEnabled = isExtended && isSliceOn;
  return 0;
}

/** What kernels do up to 6.18: they touch nothing but a section that is left over. */
function clearStaleSection(
  kernel: Kernel,
  thread: Thread,
  address: number,
): boolean {
  const { memory } = kernel.spaceOf(thread);
  const at = address + RSEQ_OFFSET.RSEQ_CS;
  const pointer = memory.copyIn(at, 8);
  if (pointer === undefined) return false;
  return pointer.every((byte) => byte === 0) ||
    memory.copyOut(at, new Uint8Array(8));
}

/** What kernels with slices do: they give every field of theirs its first value. */
function resetArea(
  kernel: Kernel,
  thread: Thread,
  address: number,
  length: number,
  flags: number,
): boolean {
  const size = length > RSEQ_ORIGINAL_SIZE
    ? RSEQ_FIELD_END.SLICE_CTRL
    : Math.min(RSEQ_FIELD_END.MM_CID, length);
  const bytes = new Uint8Array(size);
  const view = viewOf(bytes);
  const { littleEndian } = kernel;
  view.setInt32(
    RSEQ_OFFSET.CPU_ID,
    RSEQ_CPU_ID.UNINITIALIZED,
    littleEndian,
  );
  view.setUint32(RSEQ_OFFSET.FLAGS, flags, littleEndian);
  return kernel.spaceOf(thread).memory.copyOut(address, bytes);
}

/** Takes the registration back, if it is as `request` says. */
export function unregisterArea(
  kernel: Kernel,
  thread: Thread,
  { address, length, signature }: Omit<RseqRequest, "isSliceOn">,
): number {
  const state = thread.rseq;
  if (state.address === 0 || state.address !== address) {
    return kernel.fail(thread, SITES.notRegistered, address);
  }
  if (state.length !== length) {
    return kernel.fail(thread, SITES.otherLength, length, state.length);
  }
  if (state.signature !== signature) {
    return kernel.fail(thread, SITES.signature, signature, state.signature);
  }
  if (!resetIds(kernel, thread)) {
    // Newer kernels let nobody go on with an area that tells of CPUs where it is not kept.
    if (hasSlices(kernel)) forceKill(kernel, thread, 0, "area not writable");
    return kernel.fail(thread, SITES.access, address);
  }
  dropRegistration(state);
  return 0;
}

/** Writes `cpu_id_start` 0, `cpu_id` -1, `node_id` 0, `mm_cid` 0, as far as the area has them. */
function resetIds(kernel: Kernel, thread: Thread): boolean {
  const { memory } = kernel.spaceOf(thread);
  const { address } = thread.rseq;
  const ids = new Uint8Array(8).fill(0xff, RSEQ_OFFSET.CPU_ID);
  const end = idsEnd(kernel, thread.rseq);
  return memory.copyOut(address, ids) &&
    (end <= RSEQ_OFFSET.NODE_ID ||
      memory.copyOut(
        address + RSEQ_OFFSET.NODE_ID,
        new Uint8Array(end - RSEQ_OFFSET.NODE_ID),
      ));
}
