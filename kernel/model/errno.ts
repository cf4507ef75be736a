/**
 * Error numbers of the modelled kernel: Linux's, since most of the modelled interfaces are.
 *
 * @module
 */

/** Error numbers by name. A system call returns them negated. */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  ENXIO: 6,
  E2BIG: 7,
  EBADF: 9,
  ECHILD: 10,
  EAGAIN: 11,
  ENOMEM: 12,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  EINVAL: 22,
  EPIPE: 32,
  ENOSYS: 38,
  ENODATA: 61,
  EBADMSG: 74,
  EOPNOTSUPP: 95,
  /** Internal to Linux, yet returned by PR_RSEQ_SLICE_EXTENSION. */
  ENOTSUPP: 524,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(Errno).map(([name, value]) => [value, name]),
);

/** Name of error number `errno`, or the number in digits. */
export function errnoName(errno: number): string {
  return NAMES.get(errno) ?? `${errno}`;
}
