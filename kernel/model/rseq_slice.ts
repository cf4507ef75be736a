/**
 * Time slice extensions: a thread asks not to be preempted for a moment.
 *
 * It sets `request` in the area. A preemption then finds it: the kernel sets `request` to 0 and `granted` to 1, and lets the
 * thread go on. When it is done the thread clears `request`; if that is 0 and `granted` is 1 it calls
 * `rseq_slice_yield`, which returns 1 if there was a slice to give back. Any other call while a slice is granted, and a
 * second preemption, and an interrupt once 5 us of the kernel's clock are over, revoke it: both fields are 0 then. Nothing is granted with a signal pending.
 *
 * `prctl(79, 1)` tells whether that is on for the thread, `prctl(79, 2, 0 or 1)` sets it. EINVAL: other arguments, or a
 * kernel without it; ENXIO: no area; ENOTSUPP (524): an area of the original length.
 *
 * Source: kernel_abi.md 1.7; Linux 7.2, include/linux/rseq_entry.h.
 *
 * @module
 */
import { viewOf } from "../../formats/base/byte_source.ts";
import { RSEQ_CALL, RSEQ_FLAG, RSEQ_OFFSET } from "../../formats/rseq/mod.ts";
import { Errno } from "./errno.ts";
import type { Kernel } from "./kernel.ts";
import { hasSlices, isVersion2 } from "./rseq_area.ts";
import { forceKill } from "./rseq_resume.ts";
import { Category, defineSites } from "./site.ts";
import type { Thread } from "./state.ts";

/** Microseconds that a slice is longer by. */
const EXTENSION_US = 5;
/** Bytes of `slice_ctrl`. */
const CONTROL_SIZE = 4;

/** Name of the call that gives a slice back. */
export const SLICE_YIELD = "rseq_slice_yield";

const SITES = defineSites(Category.RSEQ, {
  option: [20, Errno.EINVAL, "unknown option %jd"],
  arguments: [21, Errno.EINVAL, "operation %jd with argument %#jx"],
  noArea: [22, Errno.ENXIO, "no area is registered"],
  legacy: [23, Errno.ENOTSUPP, "the area has the original length %jd"],
  noCall: [24, Errno.ENOSYS, "feature size %jd has no slices"],
  access: [25, Errno.EFAULT, "area at %#jx cannot be accessed"],
});

/** prctl(79, operation, argument, 0, 0) */
export function slicePrctl(
  kernel: Kernel,
  thread: Thread,
  args: readonly number[],
): number {
  const [option, operation, argument, fourth, fifth] = args;
  if (option !== RSEQ_CALL.PRCTL_SLICE_EXTENSION || !hasSlices(kernel)) {
    return kernel.fail(thread, SITES.option, option);
  }
  const isGet = operation === RSEQ_CALL.PRCTL_SLICE_GET;
  const isSet = operation === RSEQ_CALL.PRCTL_SLICE_SET;
  const isArgument = argument === 0 ||
    (isSet && argument === RSEQ_CALL.PRCTL_SLICE_ENABLE);
  if (fourth !== 0 || fifth !== 0 || !(isGet || isSet) || !isArgument) {
    return kernel.fail(thread, SITES.arguments, operation, argument);
  }
  if (isGet) return thread.rseq.isSliceEnabled ? 1 : 0;
  return setSlice(kernel, thread, argument !== 0);
}

function setSlice(kernel: Kernel, thread: Thread, isWanted: boolean): number {
  const state = thread.rseq;
  if (state.address === 0) return kernel.fail(thread, SITES.noArea);
  if (!isVersion2(kernel, state)) {
    return kernel.fail(thread, SITES.legacy, state.length);
  }
  if (isWanted === state.isSliceEnabled) return 0;
  const { memory } = kernel.spaceOf(thread);
  const at = state.address + RSEQ_OFFSET.FLAGS;
  const bytes = memory.copyIn(at, 4);
  const expected = RSEQ_FLAG.SLICE_EXT_AVAILABLE |
    (state.isSliceEnabled ? RSEQ_FLAG.SLICE_EXT_ENABLED : 0);
  if (bytes !== undefined) {
    const view = viewOf(bytes);
    const flags = view.getUint32(0, kernel.littleEndian);
    const others = flags & ~RSEQ_FLAG.SLICE_EXT_ENABLED;
    view.setUint32(
      0,
      isWanted ? others | RSEQ_FLAG.SLICE_EXT_ENABLED : others,
      kernel.littleEndian,
    );
    if ((flags & expected) === expected && memory.copyOut(at, bytes)) {
      state.isSliceEnabled = isWanted;
      return 0;
    }
  }
  forceKill(kernel, thread, 0, "flags were changed or cannot be written");
  return kernel.fail(thread, SITES.access, state.address);
}

/** rseq_slice_yield(): what it returns was settled when the call began. */
export function sliceYield(kernel: Kernel, thread: Thread): number {
  return hasSlices(kernel)
    ? 0
    : kernel.fail(thread, SITES.noCall, kernel.settings.rseqFeatureSize);
}

/** The thread makes the call `name`: its slice ends. Returns whether the program still knew of it. */
export function endSlice(
  kernel: Kernel,
  thread: Thread,
  name: string,
): boolean {
  thread.rseq.isSliceGranted = false;
  const isYield = name === SLICE_YIELD;
  tellSlice(kernel, thread, isYield ? "yielded" : "revoked");
  const control = readControl(kernel, thread);
  if (control !== undefined) return control[1] !== 0;
  forceKill(kernel, thread, 0, "area cannot be read");
  return false;
}

function tellSlice(
  kernel: Kernel,
  { tid }: Thread,
  action: "granted" | "yielded" | "revoked",
): void {
  kernel.tell({ kind: "slice", tid, action });
}

/** The thread is to be preempted; true if it may go on instead. */
export function grantSlice(kernel: Kernel, thread: Thread): boolean {
  const state = thread.rseq;
  if (!state.isSliceEnabled) return false;
  const control = readControl(kernel, thread);
  if (control === undefined) {
    forceKill(kernel, thread, 0, "area cannot be read");
    return false;
  }
  if (state.isSliceGranted || thread.pending.length > 0) {
    clearSlice(kernel, thread);
    return false;
  }
  if (control[0] === 0) return false;
  const granted = new Uint8Array([0, 1]);
  const at = state.address + RSEQ_OFFSET.SLICE_REQUEST;
  if (!kernel.spaceOf(thread).memory.copyOut(at, granted)) {
    forceKill(kernel, thread, 0, "area cannot be written");
    return false;
  }
  state.isSliceGranted = true;
  tellSlice(kernel, thread, "granted");
  state.sliceEndUs = kernel.globals.timeUs + EXTENSION_US;
  return true;
}

/** The thread was preempted: neither a request nor a grant outlives that. */
export function clearSlice(kernel: Kernel, thread: Thread): void {
  const state = thread.rseq;
  if (state.isSliceGranted) tellSlice(kernel, thread, "revoked");
  state.isSliceGranted = false;
  if (!isVersion2(kernel, state)) return;
  const at = state.address + RSEQ_OFFSET.SLICE_CTRL;
  const zero = new Uint8Array(CONTROL_SIZE);
  if (!kernel.spaceOf(thread).memory.copyOut(at, zero)) {
    forceKill(kernel, thread, 0, "area cannot be written");
  }
}

function readControl(kernel: Kernel, thread: Thread): Uint8Array | undefined {
  const at = thread.rseq.address + RSEQ_OFFSET.SLICE_CTRL;
  return kernel.spaceOf(thread).memory.copyIn(at, CONTROL_SIZE);
}
