/**
 * Sizes, versions and operations of FreeBSD's extended errno.
 *
 * Source: FreeBSD 15, sys/sys/_uexterror.h, sys/sys/exterrvar.h, sys/kern/sys_generic.c.
 *
 * @module
 */

/** Name of the format in errors. */
export const UEXTERROR = "uexterror";

/** Size of `struct uexterror` in bytes, on 32-bit and 64-bit machines alike. */
export const RECORD_SIZE = 200;

/** Size of the record's message, the NUL included. */
export const MESSAGE_SIZE = 128;

/** Size of a formatted text, the NUL included: `UEXTERROR_MAXLEN`. */
export const MAX_TEXT_SIZE = 256;

/** Size of `struct kexterr` in bytes on 64-bit kernels. */
export const KERNEL_RECORD_SIZE = 40;

/** Values of `ver`. */
export const VERSION = {
  /** What the kernel puts into trace records: it never sets the field. */
  TRACE: 0,
  /** The first version; same layout, refused by later kernels. */
  FIRST: 0x1001_0001,
  /** The version that programs register. */
  CURRENT: 0x1001_0002,
} as const;

/** Operations of `exterrctl`. */
export const EXTERRCTL = {
  /** Register a record for this thread. */
  ENABLE: 1,
  /** Forget the record. */
  DISABLE: 2,
  /** An operation that always fails with EINVAL and without extended data. */
  UD: 3,
} as const;

/** Flag of `exterrctl`: replace a record that is registered. */
export const EXTERRCTL_FORCE = 1;

/** Number of the system call. */
export const SYS_EXTERRCTL = 592;

/** What the kernel writes of a record, from {@linkcode COPYOUT_OFFSET} on: all but the version. */
export const COPYOUT_SIZE = 196;

/** Where a copyout starts in the record: at `error`. */
export const COPYOUT_OFFSET = 4;

/** What the kernel writes for an error without extended data: a zero for `error`. */
export const CLEAR_SIZE = 4;
