/**
 * Extended errno: a thread names a record of its memory, and a failing call writes there what was wrong.
 *
 * `exterrctl(op, flags, record)` is FreeBSD's call; `exterr_register(record, size)` is the form of the discussion, which
 * needs no version: `size` says how much of the record the thread knows. Both set the same registration.
 *
 * | op | does |
 * | --- | --- |
 * | 1 ENABLE | reads `ver` of the record and registers it; EBUSY if one is, unless FORCE (1) is in `flags` |
 * | 2 DISABLE | drops the registration |
 * | 3 UD | always EINVAL, never with an extended error |
 *
 * A call that fails writes `error` to `msg` (196 bytes behind `ver`) if its failing site recorded an extended error, else
 * four zero bytes over `error`. A call that succeeds writes nothing. If the write faults the registration is gone, the
 * call keeps its own error number, and the thread gets SIGSEGV (`faultedCopyout: "signal"`) or nothing (`"silent"`).
 *
 * Its own failures carry no extended error: the record is no place to tell what is wrong with the record.
 *
 * Source: exterr.md 2, 3, 7.
 *
 * @module
 */
import { viewOf } from "../../formats/base/byte_source.ts";
import {
  CLEAR_SIZE,
  COPYOUT_OFFSET,
  encodeRecord,
  EXTERRCTL as OP,
  EXTERRCTL_FORCE,
  makeRecord,
  RECORD_SIZE,
  VERSION,
} from "../../formats/exterr/mod.ts";
import { Errno } from "./errno.ts";
import type { Kernel } from "./kernel.ts";
import { SegvCode, Signal } from "./signals.ts";
import { Category, defineSites, type ExtendedError } from "./site.ts";
import type { Thread } from "./state.ts";
import type { Subsystem } from "./subsystem.ts";

/** A thread's registration. */
export interface ExterrState {
  /** Whether a record is registered. */
  registered: boolean;
  /** Its address. */
  address: number;
  /** Bytes of it that may be written to. */
  size: number;
  /** What the call in progress has recorded. */
  recorded: ExtendedError | null;
}

const SITES = defineSites(Category.EXTERRCTL, {
  flags: [1, Errno.EINVAL, "unknown flags %#jx"],
  busy: [2, Errno.EBUSY, "a record is registered at %#jx"],
  version: [3, Errno.EFAULT, "version at %#jx cannot be read"],
  unknownVersion: [4, Errno.EINVAL, "unknown version %#jx"],
  notRegistered: [5, Errno.EINVAL, "no record is registered"],
  op: [6, Errno.EINVAL, "unknown operation %jd"],
  size: [7, Errno.EINVAL, "%jd bytes do not hold a version and an error"],
});

/** The state of a thread that has registered nothing. */
export function noExterr(): ExterrState {
  return { registered: false, address: 0, size: 0, recorded: null };
}

function exterrctl(
  kernel: Kernel,
  thread: Thread,
  [op, flags, address]: readonly number[],
): number {
  const state = thread.exterr;
  if ((flags! & ~EXTERRCTL_FORCE) !== 0 || flags! > 0xffff_ffff) {
    return kernel.refuse(SITES.flags, flags);
  }
  switch (op) {
    case OP.ENABLE:
      return enable(kernel, thread, address!, flags === EXTERRCTL_FORCE);
    case OP.DISABLE:
      if (!state.registered) return kernel.refuse(SITES.notRegistered);
      state.registered = false;
      return 0;
    case OP.UD:
      return -Errno.EINVAL;
    default:
      return kernel.refuse(SITES.op, op);
  }
}

function enable(
  kernel: Kernel,
  thread: Thread,
  address: number,
  force: boolean,
): number {
  const state = thread.exterr;
  if (state.registered && !force) {
    return kernel.refuse(SITES.busy, state.address);
  }
  // From here on the old registration is gone, even if the new one fails.
  state.registered = false;
  const bytes = kernel.spaceOf(thread).memory.copyIn(address, COPYOUT_OFFSET);
  if (bytes === undefined) return kernel.refuse(SITES.version, address);
  const version = viewOf(bytes).getUint32(0, kernel.littleEndian);
  if (version !== VERSION.CURRENT) {
    return kernel.refuse(SITES.unknownVersion, version);
  }
  Object.assign(state, { registered: true, address, size: RECORD_SIZE });
  return 0;
}

function exterrRegister(
  kernel: Kernel,
  thread: Thread,
  [address, size]: readonly number[],
): number {
  const state = thread.exterr;
  state.registered = false;
  if (address === 0) return 0;
  if (size! < COPYOUT_OFFSET + 4) return kernel.refuse(SITES.size, size);
  Object.assign(state, {
    registered: true,
    address,
    size: Math.min(size!, RECORD_SIZE),
  });
  return 0;
}

/** Ends a failing call: what was recorded is written to the thread's record. */
export function finishExterr(kernel: Kernel, thread: Thread): void {
  const state = thread.exterr;
  if (!state.registered) return;
  const error = state.recorded;
  if (error !== null) kernel.tell({ kind: "exterr", tid: thread.tid, error });
  const bytes = error === null
    ? new Uint8Array(CLEAR_SIZE)
    : encode(kernel, error).subarray(COPYOUT_OFFSET, state.size);
  const at = state.address + COPYOUT_OFFSET;
  if (kernel.spaceOf(thread).memory.copyOut(at, bytes)) return;
  state.registered = false;
  if (kernel.settings.faultedCopyout === "signal") {
    kernel.force(thread, Signal.SEGV, SegvCode.ACCERR, at);
  }
}

function encode(kernel: Kernel, error: ExtendedError): Uint8Array {
  const { errno, category, line, p1, p2, message } = error;
  const record = makeRecord({
    error: errno,
    category,
    sourceLine: line,
    p1,
    p2,
    message: kernel.settings.exterrStrings ? message : "",
  });
  return encodeRecord(record, kernel.littleEndian);
}

/** Extended errno as a part of the kernel. */
export const EXTERRCTL: Subsystem = {
  calls: { exterrctl, exterr_register: exterrRegister },
  threadMade(_kernel, parent, child, { isFork }): void {
    // A forked child runs on with its runtime's registration; a new thread's runtime makes its own.
    if (!isFork) return;
    const { registered, address, size } = parent.exterr;
    child.exterr = { registered, address, size, recorded: null };
  },
  exec(_kernel, thread): void {
    thread.exterr = noExterr();
  },
  threadGone(_kernel, thread): void {
    thread.exterr = noExterr();
  },
};
