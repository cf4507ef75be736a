/**
 * Notes about the whole process: `NT_PRPSINFO`, `NT_SIGINFO`, `NT_AUXV`.
 *
 * @module
 */
import { readInt64 } from "../base/address.ts";
import { viewOf } from "../base/byte_source.ts";
import { TruncatedError } from "../base/error.ts";
import { readString } from "../base/string_table.ts";
import { CORE } from "./warnings.ts";

/** The dumped process. */
export interface CoreProcess {
  /** Process id. */
  pid: number;
  /** Process id of the parent. */
  parentPid: number;
  /** `pr_fname`: name of the program, at most 15 bytes. */
  name: string;
  /** `pr_psargs`: the command line, at most 79 bytes. */
  args: string;
}

/** Why the process was dumped. */
export interface CoreSignal {
  /** Signal number, `si_signo`. */
  number: number;
  /** Why it was sent, `si_code`; `undefined` if the core does not say. */
  code: number | undefined;
  /** `si_errno`, as a rule 0. */
  errno: number;
  /** The address at fault, for faults where the processor tells it; signed canonical. */
  faultAddress: number | undefined;
  /** Process that sent the signal, where one did. */
  senderPid: number | undefined;
  /** Real user id of the sender. */
  senderUid: number | undefined;
}

/** Tags of the auxiliary vector that this package and its callers use. */
export const AT = {
  /** Address of the program headers of the executable. */
  PHDR: 3,
  /** Size of one program header. */
  PHENT: 4,
  /** Number of program headers. */
  PHNUM: 5,
  /** Page size. */
  PAGESZ: 6,
  /** Load address of the dynamic loader. */
  BASE: 7,
  /** First instruction of the executable. */
  ENTRY: 9,
  /** Address of 16 random bytes. */
  RANDOM: 25,
  /** Bytes of `struct rseq` that the kernel knows. */
  RSEQ_FEATURE_SIZE: 27,
  /** Alignment that the kernel wants for `struct rseq`. */
  RSEQ_ALIGN: 28,
  /** Address of the executable's path. */
  EXECFN: 31,
  /** Address of the vDSO. */
  SYSINFO_EHDR: 33,
} as const;

const PRPSINFO_SIZE = 136;
const SIGINFO_HEAD_SIZE = 12;
const SIGINFO_ADDRESS_END = 24;
/** Signals whose `si_addr` the kernel fills: SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS. */
const FAULT_SIGNALS: readonly number[] = [4, 5, 7, 8, 11, 31];
const SI_KERNEL = 0x80;
const SI_USER = 0;
const SI_QUEUE = -1;
const SI_MESGQ = -3;
const SI_TKILL = -6;

function checkSize(
  field: string,
  fileOffset: number,
  needed: number,
  size: number,
): void {
  if (size < needed) {
    throw new TruncatedError(CORE, field, fileOffset, needed, size);
  }
}

/**
 * Decodes `NT_PRPSINFO` of 64-bit machines: `pr_pid` at 24, `pr_ppid` at 28, `pr_fname` at 40 (16 bytes), `pr_psargs`
 * at 56 (80 bytes).
 *
 * Source: include/linux/elfcore.h.
 *
 * @throws {FormatError} `truncated`
 */
export function decodeProcess(
  littleEndian: boolean,
  bytes: Uint8Array,
  offset: number,
  size: number,
  fileOffset: number,
): CoreProcess {
  checkSize("NT_PRPSINFO", fileOffset, PRPSINFO_SIZE, size);
  const view = viewOf(bytes);
  return {
    pid: view.getInt32(offset + 24, littleEndian),
    parentPid: view.getInt32(offset + 28, littleEndian),
    name: readString(bytes, offset + 40, 16),
    // The writer turns the NULs between arguments into spaces, also the last one.
    args: readString(bytes, offset + 56, 80).trimEnd(),
  };
}

/**
 * Decodes `NT_SIGINFO`: `si_signo` at 0, `si_errno` at 4, `si_code` at 8, then from 16 on an address, or a process id
 * and a user id.
 *
 * Source: include/uapi/asm-generic/siginfo.h.
 *
 * @throws {FormatError} `truncated`
 */
export function decodeSignal(
  littleEndian: boolean,
  bytes: Uint8Array,
  offset: number,
  size: number,
  fileOffset: number,
): CoreSignal {
  checkSize("NT_SIGINFO", fileOffset, SIGINFO_HEAD_SIZE, size);
  const view = viewOf(bytes);
  const number = view.getInt32(offset, littleEndian);
  const code = view.getInt32(offset + 8, littleEndian);
  const hasUnion = size >= SIGINFO_ADDRESS_END;
  const isFault = hasUnion && code > 0 && code !== SI_KERNEL &&
    FAULT_SIGNALS.includes(number);
  const isSent = hasUnion &&
    [SI_USER, SI_QUEUE, SI_MESGQ, SI_TKILL].includes(code);
  return {
    number,
    code,
    errno: view.getInt32(offset + 4, littleEndian),
    faultAddress: isFault
      ? readInt64(view, offset + 16, littleEndian)
      : undefined,
    senderPid: isSent ? view.getInt32(offset + 16, littleEndian) : undefined,
    senderUid: isSent ? view.getUint32(offset + 20, littleEndian) : undefined,
  };
}

/**
 * Decodes the signal at the head of a whole `NT_PRSTATUS`, for cores without `NT_SIGINFO`: `si_signo` at 0, `si_code`
 * at 4, `si_errno` at 8 (the reverse of `NT_SIGINFO`), `pr_cursig` at 12. No address is stored, and writers leave the
 * code 0 without meaning SI_USER by it.
 *
 * @returns `undefined` for a thread without a signal.
 */
export function decodeStatusSignal(
  littleEndian: boolean,
  bytes: Uint8Array,
  offset: number,
): CoreSignal | undefined {
  const view = viewOf(bytes);
  const number = view.getInt32(offset, littleEndian) ||
    view.getInt16(offset + 12, littleEndian);
  if (number === 0) return undefined;
  return {
    number,
    code: view.getInt32(offset + 4, littleEndian) || undefined,
    errno: view.getInt32(offset + 8, littleEndian),
    faultAddress: undefined,
    senderPid: undefined,
    senderUid: undefined,
  };
}

/**
 * Decodes `NT_AUXV`, pairs of 64-bit tag and value up to the tag 0. Values are signed canonical; a tag that comes twice
 * keeps its first value.
 *
 * Source: include/uapi/linux/auxvec.h.
 */
export function decodeAuxv(
  littleEndian: boolean,
  bytes: Uint8Array,
  offset: number,
  size: number,
): Map<number, number> {
  const auxv = new Map<number, number>();
  const view = viewOf(bytes);
  for (let at = offset; at + 16 <= offset + size; at += 16) {
    const tag = readInt64(view, at, littleEndian);
    if (tag === 0) break;
    if (!auxv.has(tag)) auxv.set(tag, readInt64(view, at + 8, littleEndian));
  }
  return auxv;
}
