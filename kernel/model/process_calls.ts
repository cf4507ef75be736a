/**
 * System calls that make and end threads and processes.
 *
 * @module
 */
import { Errno } from "./errno.ts";
import type { Kernel } from "./kernel.ts";
import { Category, defineSites } from "./site.ts";
import type { Thread } from "./state.ts";
import type { Subsystem } from "./subsystem.ts";
import { checkKtlsClone } from "./thread_area.ts";

/** Flags of clone that the model knows. */
export const CloneFlag = {
  VM: 0x100,
  THREAD: 0x1_0000,
  SETTLS: 0x8_0000,
  /** The thread area is enabled for the new thread: clone3 only, so beyond 32 bits. */
  KTLS: 0x4_0000_0000,
} as const;

/** Living threads that the model holds. */
const THREAD_LIMIT = 4096;

const SITES = defineSites(Category.PROCESS, {
  flags: [1, Errno.EINVAL, "flags %#jx do not go together"],
  tooMany: [2, Errno.EAGAIN, "%jd threads are there"],
  path: [3, Errno.EFAULT, "path at %#jx cannot be read"],
  noFile: [4, Errno.ENOENT, "no such file"],
  notExecutable: [5, Errno.EINVAL, "not a program for this machine"],
  noMemory: [6, Errno.ENOMEM, "the program does not fit"],
  uid: [7, Errno.EINVAL, "no user %jd"],
  privilege: [8, Errno.EPERM, "user %jd may not become %jd"],
  noCopy: [9, Errno.ENOMEM, "no memory for a copy of %#jx bytes"],
});

function hasFlag(flags: number, flag: number): boolean {
  return Math.floor(flags / flag) % 2 === 1;
}

/** clone(flags, stack, threadPointer): the new thread returns 0, the old one its ID. */
function clone(
  kernel: Kernel,
  thread: Thread,
  [flags, stack, threadPointer]: readonly number[],
): number {
  const isThread = hasFlag(flags!, CloneFlag.THREAD);
  const sharesSpace = hasFlag(flags!, CloneFlag.VM);
  const setsPointer = hasFlag(flags!, CloneFlag.SETTLS);
  if (
    flags! < 0 || (isThread && !sharesSpace) ||
    (hasFlag(flags!, CloneFlag.KTLS) && !(isThread && setsPointer))
  ) return kernel.fail(thread, SITES.flags, flags);
  if (hasFlag(flags!, CloneFlag.KTLS)) {
    const refused = checkKtlsClone(kernel, thread, threadPointer!);
    if (refused !== 0) return refused;
  }
  const count = kernel.livingCount();
  if (count >= THREAD_LIMIT) return kernel.fail(thread, SITES.tooMany, count);
  const { mappedSize } = kernel.spaceOf(thread).memory;
  if (!sharesSpace && !kernel.hasRoom(undefined, mappedSize)) {
    return kernel.fail(thread, SITES.noCopy, mappedSize);
  }
  const child = kernel.cloneThread(thread, {
    isFork: !isThread,
    sharesSpace,
    flags: flags!,
  }, setsPointer ? threadPointer! : thread.threadPointer);
  if (stack !== 0) child.registers[kernel.machine.sp] = stack!;
  return child.tid;
}

function fork(kernel: Kernel, thread: Thread): number | undefined {
  return clone(kernel, thread, [0, 0, 0]);
}

function exit(
  kernel: Kernel,
  thread: Thread,
  [code]: readonly number[],
): undefined {
  kernel.endThread(thread, { code: code!, signal: 0 });
}

function exitGroup(
  kernel: Kernel,
  thread: Thread,
  [code]: readonly number[],
): undefined {
  const status = { code: code!, signal: 0 };
  kernel.endProcess(kernel.processOf(thread), status);
}

/** execve(path): the file must have been added to the kernel's files. */
function execve(
  kernel: Kernel,
  thread: Thread,
  [address]: readonly number[],
): number | undefined {
  const path = kernel.copyInPath(thread, address!);
  if (path === undefined) return kernel.fail(thread, SITES.path, address);
  const file = kernel.files.get(path);
  if (file === undefined) return kernel.fail(thread, SITES.noFile);
  const { image } = file;
  if (image === undefined || image.machine !== kernel.machine.elfMachine) {
    return kernel.fail(thread, SITES.notExecutable);
  }
  const fits = image.size <= kernel.settings.memoryLimit / 2 &&
    kernel.hasRoom(undefined, image.size);
  if (!fits) {
    return kernel.fail(thread, SITES.noMemory, image.size);
  }
  kernel.exec(thread, path, image);
  return undefined;
}

function setThreadPointer(
  _kernel: Kernel,
  thread: Thread,
  [address]: readonly number[],
): number {
  thread.threadPointer = address!;
  return 0;
}

function gettid(_kernel: Kernel, thread: Thread): number {
  return thread.tid;
}

function getpid(_kernel: Kernel, thread: Thread): number {
  return thread.pid;
}

function getuid(_kernel: Kernel, thread: Thread): number {
  return thread.uid;
}

/** setuid(uid): for the thread alone, as Linux's raw call; whether others follow is `credentials`. */
function setuid(
  kernel: Kernel,
  thread: Thread,
  [uid]: readonly number[],
): number {
  if (!(uid! >= 0 && uid! < 0xffff_ffff)) {
    return kernel.fail(thread, SITES.uid, uid);
  }
  if (thread.uid !== 0 && thread.uid !== uid) {
    return kernel.fail(thread, SITES.privilege, thread.uid, uid);
  }
  const sharing = kernel.settings.credentials === "shared"
    ? kernel.threadsOf(kernel.processOf(thread))
    : [thread];
  for (const other of sharing) other.uid = uid!;
  return 0;
}

/** Threads and processes as a part of the kernel. */
export const PROCESS_CALLS: Subsystem = {
  calls: {
    clone,
    fork,
    exit,
    exit_group: exitGroup,
    execve,
    set_thread_pointer: setThreadPointer,
    gettid,
    getpid,
    getuid,
    setuid,
  },
};
