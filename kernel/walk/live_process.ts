/**
 * A running process in the shape of a core, so that one loader and one walker serve both.
 *
 * @module
 */
import { type ByteSource, viewOf } from "../../formats/base/byte_source.ts";
import {
  addFloatingRegisters,
  addThreadPointer,
  AT,
  type CoreDump,
  type CoreProcess,
  CoreSegments,
  type CoreThread,
  decodeAuxv,
  type FileMapping,
  type MachineName,
  makeThread,
  stripReturnAddress,
} from "../../formats/core_dump/mod.ts";
import type { MemoryMap } from "../../formats/proc/mod.ts";

/** Registers of a stopped thread as the kernel hands them out, block by block. */
export interface LiveThread {
  /** Thread id. */
  readonly tid: number;
  /** Its name, where known. */
  readonly name: string | undefined;
  /** `NT_PRSTATUS`: `elf_gregset_t`. */
  readonly general: Uint8Array;
  /** `NT_PRFPREG` of s390x, where compilers save general registers. */
  readonly floating?: Uint8Array | undefined;
  /** `NT_ARM_TLS` of aarch64. */
  readonly tls?: Uint8Array | undefined;
  /** `NT_ARM_PAC_MASK` of aarch64. */
  readonly pacMask?: Uint8Array | undefined;
}

/** What the system tells of a running process. */
export interface LiveFacts {
  /** The processor. */
  readonly machine: MachineName;
  /** Byte order. */
  readonly littleEndian: boolean;
  /** Name, command line and ids. */
  readonly process: CoreProcess;
  /** Its mappings in address order. */
  readonly maps: readonly MemoryMap[];
  /** Bytes of its auxiliary vector. */
  readonly auxv: Uint8Array;
  /** Its memory: offsets are addresses. What cannot be read comes back short. */
  readonly source: ByteSource;
  /** Its threads. */
  readonly threads: readonly LiveThread[];
}

const DEFAULT_PAGE_SIZE = 4096;
const READABLE = 4;

/**
 * Makes a process out of what the system tells of it.
 *
 * @throws {FormatError} `truncated` if registers of a thread are those of another machine
 */
export function liveProcess(facts: LiveFacts): CoreDump {
  const { machine, littleEndian, auxv } = facts;
  const values = decodeAuxv(littleEndian, auxv, 0, auxv.length);
  const threads = facts.threads.map((thread) =>
    threadOf(machine, littleEndian, thread)
  );
  return {
    source: facts.source,
    machine,
    littleEndian,
    memory: segmentsOf(facts.maps),
    threads,
    process: facts.process,
    signal: undefined,
    auxv: values,
    mappings: fileMappings(facts.maps),
    hasFileNote: true,
    pageSize: values.get(AT.PAGESZ) ?? DEFAULT_PAGE_SIZE,
    pacMask: threads[0]?.pacMask,
    warnings: [],
  };
}

function threadOf(
  machine: MachineName,
  littleEndian: boolean,
  { tid, name, general, floating, tls, pacMask }: LiveThread,
): CoreThread {
  const thread = makeThread(machine, littleEndian, tid, general);
  thread.name = name;
  if (floating !== undefined) {
    addFloatingRegisters(thread, floating, 0, floating.length, 0);
  }
  if (tls !== undefined) addThreadPointer(thread, tls, 0, tls.length, 0);
  if (pacMask !== undefined && pacMask.length >= 16) {
    // The second of two masks is that of code.
    thread.pacMask = viewOf(pacMask)
      .getUint32(littleEndian ? 12 : 8, littleEndian);
    stripReturnAddress(thread, undefined);
  }
  return thread;
}

/** Mappings as segments: their bytes are at their addresses. The kernel's half, `[vsyscall]`, cannot be read. */
function segmentsOf(maps: readonly MemoryMap[]): CoreSegments {
  const own = maps.filter(({ start }) => start >= 0);
  const segments = new CoreSegments(own.length);
  own.forEach(({ start, end, flags }, i) => {
    segments.starts[i] = start;
    segments.ends[i] = end;
    segments.fileEnds[i] = (flags & READABLE) === 0 ? start : end;
    segments.offsets[i] = start;
    segments.flags[i] = flags;
  });
  return segments;
}

/** The mappings of files, as a core's `NT_FILE` has them. */
function fileMappings(maps: readonly MemoryMap[]): FileMapping[] {
  return maps.filter(({ path }) => path.startsWith("/"))
    .map(({ start, end, fileOffset, path }) => ({
      start,
      end,
      fileOffset,
      path,
    }));
}
