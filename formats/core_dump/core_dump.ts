/**
 * A core dump, opened.
 *
 * @module
 */
import type { ByteSource } from "../base/byte_source.ts";
import type { FormatError } from "../base/error.ts";
import { type ElfSegments, PT } from "../elf/mod.ts";
import type { FileMapping } from "./file_note.ts";
import type { MachineName } from "./machines.ts";
import { CoreNotes, readNotes } from "./notes.ts";
import { AT, type CoreProcess, type CoreSignal } from "./process_notes.ts";
import { readProgramHeaders } from "./program_headers.ts";
import { decodeCoreHeader, HEAD_SIZE, refuse } from "./refuse.ts";
import { type CoreSegments, layOutSegments } from "./segments.ts";
import type { CoreThread } from "./threads.ts";
import { coreError, Warnings } from "./warnings.ts";

const DEFAULT_PAGE_SIZE = 4096;
/** The vsyscall page of x86-64, the one page of the kernel's half that belongs to every process. */
const VSYSCALL_ADDRESS = -0xa0_0000;

/** A core dump of a Linux process: what its notes and program headers say. Memory stays in the file. */
export interface CoreDump {
  /** The file. A read of memory that was not kept by {@linkcode spoolCore} comes back short. */
  readonly source: ByteSource;
  /** The processor. */
  readonly machine: MachineName;
  /** Byte order of registers and memory. */
  readonly littleEndian: boolean;
  /** Memory: what was mapped and what of it is in the file. */
  readonly memory: CoreSegments;
  /** Threads in the order of the file; the kernel writes the one that crashed first, qemu-user does not. */
  readonly threads: readonly CoreThread[];
  /** The process, from `NT_PRPSINFO`. */
  readonly process: CoreProcess | undefined;
  /** Why the process was dumped: from `NT_SIGINFO`, else from the first thread with a signal. */
  readonly signal: CoreSignal | undefined;
  /**
   * Auxiliary vector, tag to value; `AT` names the tags. Empty if there is none. Values are signed canonical: addresses
   * are exact, masks of more than 53 feature bits are rounded.
   */
  readonly auxv: ReadonlyMap<number, number>;
  /** Mapped files in address order, from `NT_FILE`; without it empty. */
  readonly mappings: readonly FileMapping[];
  /** Whether there is an `NT_FILE` note. Without one, the modules are to be found through `AT.PHDR`. */
  readonly hasFileNote: boolean;
  /** Size of a page in bytes. */
  readonly pageSize: number;
  /** Upper 32 bits of the pointer authentication mask for code, on aarch64 with the note. */
  readonly pacMask: number | undefined;
  /** What is damaged, at most 100. */
  readonly warnings: readonly FormatError[];
}

/**
 * Opens a core dump. Reads the ELF header, the program headers and the notes, and nothing of the memory.
 *
 * Damage that leaves something to be read becomes {@linkcode CoreDump.warnings}.
 *
 * @example Threads of a core dump
 * ```ts
 * import { type CoreDump, FormatError, openCore } from "@framewalk/framewalk/formats/core_dump";
 * const file = { size: 0, read: () => new Uint8Array(0) };
 * try {
 *   const core: CoreDump = await openCore(file);
 *   for (const thread of core.threads) console.log(thread.tid, thread.pc);
 * } catch (error) {
 *   if (!(error instanceof FormatError)) throw error;
 *   console.log(error.code); // truncated: this file is empty
 * }
 * ```
 *
 * Source: gABI 4.3, chapter 5; fs/binfmt_elf.c for what the kernel writes.
 *
 * @throws {FormatError} `truncated` (empty, no whole header), `bad-magic` (no ELF file), `unsupported` (not a core dump
 * of a 64-bit Linux process on x86-64, aarch64 or s390x; the value says what it is), `out-of-bounds` (no program
 * headers), `bad-value`
 */
export async function openCore(source: ByteSource): Promise<CoreDump> {
  const head = await source.read(0, Math.min(HEAD_SIZE, source.size));
  const { header, machine } = decodeCoreHeader(head);
  const warnings = new Warnings();
  const segments = await readProgramHeaders(source, header, warnings);
  const memory = layOutSegments(segments, source.size, warnings);
  const notes = new CoreNotes(machine, header.littleEndian, warnings);
  await readNotes(source, segments, notes, warnings);
  refuseForeign(segments, memory, notes);
  if (notes.threads.length === 0) {
    warnings.add(coreError({
      code: "bad-value",
      field: "NT_PRSTATUS",
      offset: 0,
      value: "none",
      expected: "at least one thread",
    }));
  }
  return {
    source,
    machine,
    littleEndian: header.littleEndian,
    memory,
    threads: notes.threads,
    process: notes.process,
    signal: notes.signal ?? notes.statusSignal,
    auxv: notes.auxv ?? new Map(),
    mappings: notes.file?.mappings ?? [],
    hasFileNote: notes.hasFileNote,
    pageSize: pickPageSize(notes),
    pacMask: notes.pacMask,
    warnings: warnings.list,
  };
}

function refuseForeign(
  segments: ElfSegments,
  memory: CoreSegments,
  notes: CoreNotes,
): void {
  const isKernel = notes.auxv === undefined && hasKernelMemory(memory);
  const foreign = notes.foreign ??
    (isKernel
      ? "a dump of kernel memory, not a process's core dump"
      : undefined);
  if (foreign === undefined) return;
  const index = Math.max(0, segments.findType(PT.NOTE));
  throw refuse(
    "notes",
    segments.offsets[index] ?? 0,
    foreign,
    "a core dump of a Linux process",
  );
}

function hasKernelMemory(memory: CoreSegments): boolean {
  // Addresses of the kernel's half are negative, so they come first.
  for (let i = 0; i < memory.count && memory.starts[i]! < 0; i++) {
    if (memory.starts[i] !== VSYSCALL_ADDRESS) return true;
  }
  return false;
}

function pickPageSize(notes: CoreNotes): number {
  for (const size of [notes.auxv?.get(AT.PAGESZ), notes.file?.pageSize]) {
    if (
      size !== undefined && size >= DEFAULT_PAGE_SIZE && size <= 1 << 30 &&
      (size & (size - 1)) === 0
    ) return size;
  }
  return DEFAULT_PAGE_SIZE;
}
