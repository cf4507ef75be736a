/**
 * FreeBSD's error numbers.
 *
 * Source: FreeBSD 15, sys/sys/errno.h for numbers and names; the texts are ours.
 *
 * @module
 */

/** An error number in words. */
export interface ErrnoDescription {
  /** The constant's name, `ENOENT`; the number as text where there is none. */
  name: string;
  /** What it means. */
  text: string;
}

/** Names and meanings by number, from 1 on. */
const LIST: readonly (readonly [name: string, text: string])[] = [
  ["EPERM", "Not permitted"],
  ["ENOENT", "No such file or directory"],
  ["ESRCH", "No such process"],
  ["EINTR", "Interrupted by a signal"],
  ["EIO", "Input/output error"],
  ["ENXIO", "No such device"],
  ["E2BIG", "Arguments too long"],
  ["ENOEXEC", "Not an executable format"],
  ["EBADF", "Bad file descriptor"],
  ["ECHILD", "No child processes"],
  ["EDEADLK", "Would deadlock"],
  ["ENOMEM", "Out of memory"],
  ["EACCES", "Permission denied"],
  ["EFAULT", "Bad address"],
  ["ENOTBLK", "Not a block device"],
  ["EBUSY", "Busy"],
  ["EEXIST", "File exists"],
  ["EXDEV", "Link across devices"],
  ["ENODEV", "Not supported by the device"],
  ["ENOTDIR", "Not a directory"],
  ["EISDIR", "Is a directory"],
  ["EINVAL", "Invalid argument"],
  ["ENFILE", "Too many open files in the system"],
  ["EMFILE", "Too many open files"],
  ["ENOTTY", "Wrong ioctl for the device"],
  ["ETXTBSY", "Program file busy"],
  ["EFBIG", "File too large"],
  ["ENOSPC", "No space left"],
  ["ESPIPE", "Cannot seek"],
  ["EROFS", "Read-only file system"],
  ["EMLINK", "Too many links"],
  ["EPIPE", "Broken pipe"],
  ["EDOM", "Argument outside the function's domain"],
  ["ERANGE", "Result out of range"],
  ["EAGAIN", "Try again"],
  ["EINPROGRESS", "Operation in progress"],
  ["EALREADY", "Operation already in progress"],
  ["ENOTSOCK", "Not a socket"],
  ["EDESTADDRREQ", "Destination address missing"],
  ["EMSGSIZE", "Message too long"],
  ["EPROTOTYPE", "Wrong protocol for the socket"],
  ["ENOPROTOOPT", "No such protocol option"],
  ["EPROTONOSUPPORT", "Protocol not supported"],
  ["ESOCKTNOSUPPORT", "Socket type not supported"],
  ["EOPNOTSUPP", "Operation not supported"],
  ["EPFNOSUPPORT", "Protocol family not supported"],
  ["EAFNOSUPPORT", "Address family not supported"],
  ["EADDRINUSE", "Address in use"],
  ["EADDRNOTAVAIL", "Address not available"],
  ["ENETDOWN", "Network down"],
  ["ENETUNREACH", "Network unreachable"],
  ["ENETRESET", "Connection dropped by a network reset"],
  ["ECONNABORTED", "Connection aborted"],
  ["ECONNRESET", "Connection reset"],
  ["ENOBUFS", "No buffer space"],
  ["EISCONN", "Socket is connected"],
  ["ENOTCONN", "Socket is not connected"],
  ["ESHUTDOWN", "Socket was shut down"],
  ["ETOOMANYREFS", "Too many references"],
  ["ETIMEDOUT", "Timed out"],
  ["ECONNREFUSED", "Connection refused"],
  ["ELOOP", "Too many symbolic links"],
  ["ENAMETOOLONG", "Name too long"],
  ["EHOSTDOWN", "Host down"],
  ["EHOSTUNREACH", "No route to the host"],
  ["ENOTEMPTY", "Directory not empty"],
  ["EPROCLIM", "Too many processes"],
  ["EUSERS", "Too many users"],
  ["EDQUOT", "Quota exceeded"],
  ["ESTALE", "Stale file handle"],
  ["EREMOTE", "Too many remote levels in the path"],
  ["EBADRPC", "Bad RPC structure"],
  ["ERPCMISMATCH", "Wrong RPC version"],
  ["EPROGUNAVAIL", "RPC program not available"],
  ["EPROGMISMATCH", "Wrong RPC program version"],
  ["EPROCUNAVAIL", "Bad procedure for the RPC program"],
  ["ENOLCK", "No locks available"],
  ["ENOSYS", "No such system call"],
  ["EFTYPE", "Wrong file type or format"],
  ["EAUTH", "Authentication failed"],
  ["ENEEDAUTH", "Authentication needed"],
  ["EIDRM", "Identifier removed"],
  ["ENOMSG", "No message of that type"],
  ["EOVERFLOW", "Value too large for its type"],
  ["ECANCELED", "Canceled"],
  ["EILSEQ", "Illegal byte sequence"],
  ["ENOATTR", "No such attribute"],
  ["EDOOFUS", "Programming error"],
  ["EBADMSG", "Bad message"],
  ["EMULTIHOP", "Multihop attempted"],
  ["ENOLINK", "Link severed"],
  ["EPROTO", "Protocol error"],
  ["ENOTCAPABLE", "Capabilities insufficient"],
  ["ECAPMODE", "Not permitted in capability mode"],
  ["ENOTRECOVERABLE", "State not recoverable"],
  ["EOWNERDEAD", "Previous owner died"],
  ["EINTEGRITY", "Integrity check failed"],
];

/** Values that the kernel uses inside and a program never sees. */
const PSEUDO: Readonly<Record<number, readonly [string, string]>> = {
  [-1]: ["ERESTART", "Restart the system call"],
  [-2]: ["EJUSTRETURN", "Return without touching registers"],
  [-3]: ["ENOIOCTL", "Not handled by this layer"],
  [-4]: ["EDIRIOCTL", "Do direct ioctl"],
  [-5]: ["ERELOOKUP", "Look the path up again"],
};

/** Other names of numbers above. */
const ALIASES: Readonly<Record<string, string>> = {
  EWOULDBLOCK: "EAGAIN",
  ENOTSUP: "EOPNOTSUPP",
};

/** Numbers by name, with the other names `EWOULDBLOCK` and `ENOTSUP`; the kernel's pseudo-errors are not in it. */
export const ERRNO: Readonly<Record<string, number>> = makeNumbers();

/** Describes a number; negative ones, or their 32 bits unsigned, are the kernel's pseudo-errors. */
export function describeErrno(number: number): ErrnoDescription {
  const known = LIST[number - 1] ?? PSEUDO[number | 0];
  if (known !== undefined) return { name: known[0], text: known[1] };
  return number === 0
    ? { name: "0", text: "No error" }
    : { name: `${number | 0}`, text: `Unknown error ${number | 0}` };
}

function makeNumbers(): Record<string, number> {
  const numbers: Record<string, number> = {};
  LIST.forEach(([name], index) => numbers[name] = index + 1);
  for (const [alias, name] of Object.entries(ALIASES)) {
    numbers[alias] = numbers[name]!;
  }
  return numbers;
}
