/**
 * Walks the notes of a core dump window by window and hands each to its decoder.
 *
 * @module
 */
import {
  decodeNotes,
  type ElfNote,
  type ElfSegments,
  NT,
  PT,
} from "../elf/mod.ts";
import type { ByteSource } from "../base/byte_source.ts";
import { viewOf } from "../base/byte_source.ts";
import { type FormatError, TruncatedError } from "../base/error.ts";
import { decodeFileNote, type FileNote } from "./file_note.ts";
import type { MachineName } from "./machines.ts";
import {
  type CoreProcess,
  type CoreSignal,
  decodeAuxv,
  decodeProcess,
  decodeSignal,
  decodeStatusSignal,
} from "./process_notes.ts";
import {
  addFloatingRegisters,
  addThreadPointer,
  type CoreThread,
  decodeThread,
  stripReturnAddress,
} from "./threads.ts";
import { CORE, coreError, type Warnings } from "./warnings.ts";

/** A thousand threads have some megabytes of vector registers, which nobody here needs: never all in memory. */
const WINDOW_SIZE = 1 << 20;
/** The largest note that is read; the kernel ends NT_FILE at 4 MiB unless told otherwise. */
const MAX_NOTE_SIZE = 1 << 28;

/** What the notes say. */
export class CoreNotes {
  /** Threads in the order of the file. */
  readonly threads: CoreThread[] = [];
  /** `NT_PRPSINFO`. */
  process: CoreProcess | undefined;
  /** `NT_SIGINFO`. */
  signal: CoreSignal | undefined;
  /** The signal at the head of the first `NT_PRSTATUS` that has one. */
  statusSignal: CoreSignal | undefined;
  /** `NT_AUXV`. */
  auxv: Map<number, number> | undefined;
  /** `NT_FILE`. */
  file: FileNote | undefined;
  /** Whether there is an `NT_FILE` note, even a damaged one. */
  hasFileNote: boolean = false;
  /** Upper 32 bits of the first `NT_ARM_PAC_MASK`'s instruction mask. */
  pacMask: number | undefined;
  /** Kind of dump that the notes reveal and that is not handled, in words. */
  foreign: string | undefined;

  /** Byte order of the notes. */
  readonly littleEndian: boolean;
  private readonly machine: MachineName;
  private readonly warnings: Warnings;
  private thread: CoreThread | undefined;

  /** Starts empty. */
  constructor(machine: MachineName, littleEndian: boolean, warnings: Warnings) {
    this.machine = machine;
    this.littleEndian = littleEndian;
    this.warnings = warnings;
  }

  /** Takes in one note of `bytes`, which start at `baseOffset` of the file. Damage becomes a warning. */
  add(note: ElfNote, bytes: Uint8Array, baseOffset: number): void {
    if (note.name === "CORE") {
      this.warnings.collect(() => this.addCore(note, bytes, baseOffset));
    } else if (note.name === "LINUX") {
      this.warnings.collect(() => this.addLinux(note, bytes, baseOffset));
    } else if (note.name === "VMCOREINFO") {
      this.foreign = "a kernel crash dump (vmcore), not a process's core dump";
    } else if (note.name === "FreeBSD") {
      this.foreign ??= "a core dump of FreeBSD";
    }
  }

  /** Applies what only the end of the notes tells: a mask of the whole core. */
  finish(): void {
    if (this.machine !== "aarch64") return;
    for (const thread of this.threads) stripReturnAddress(thread, this.pacMask);
  }

  private addCore(note: ElfNote, bytes: Uint8Array, baseOffset: number): void {
    const { descOffset: at, descSize: size, type } = note;
    const from = baseOffset + at;
    const little = this.littleEndian;
    if (type === NT.PRSTATUS) this.addThread(bytes, at, size, from);
    else if (type === NT.PRPSINFO) {
      this.process ??= decodeProcess(little, bytes, at, size, from);
    } else if (type === NT.SIGINFO) {
      this.signal ??= decodeSignal(little, bytes, at, size, from);
    } else if (type === NT.AUXV) {
      this.auxv ??= decodeAuxv(little, bytes, at, size);
    } else if (type === NT.FILE) {
      if (this.hasFileNote) return;
      this.hasFileNote = true;
      this.file = decodeFileNote(little, bytes, at, size, from, this.warnings);
    } else if (type === NT.PRFPREG && this.machine === "s390x") {
      if (this.thread !== undefined) {
        addFloatingRegisters(this.thread, bytes, at, size, from);
      }
    }
  }

  private addThread(
    bytes: Uint8Array,
    at: number,
    size: number,
    from: number,
  ): void {
    // The notes behind a damaged status belong to no thread that we have.
    this.thread = undefined;
    const thread = decodeThread(
      this.machine,
      this.littleEndian,
      bytes,
      at,
      size,
      from,
    );
    // qemu-user marks only the thread that crashed, and that need not be the first.
    this.statusSignal ??= decodeStatusSignal(this.littleEndian, bytes, at);
    this.thread = thread;
    this.threads.push(thread);
  }

  private addLinux(note: ElfNote, bytes: Uint8Array, baseOffset: number): void {
    if (this.machine !== "aarch64") return;
    const { descOffset: at, descSize: size, type } = note;
    const from = baseOffset + at;
    if (type === NT.ARM_TLS && this.thread !== undefined) {
      addThreadPointer(this.thread, bytes, at, size, from);
    } else if (type === NT.ARM_PAC_MASK) {
      if (size < 16) {
        throw new TruncatedError(CORE, "NT_ARM_PAC_MASK", from, 16, size);
      }
      const mask = viewOf(bytes).getUint32(
        at + (this.littleEndian ? 12 : 8),
        this.littleEndian,
      );
      this.pacMask ??= mask;
      if (this.thread !== undefined) this.thread.pacMask = mask;
    }
  }
}

/**
 * Reads the notes of all `PT_NOTE` segments. What is damaged becomes a warning; notes behind a damaged header of the
 * same segment are lost.
 *
 * Reads each segment once, in windows of 1 MiB; segments that overlap cannot make it read more than twice the file.
 */
export async function readNotes(
  source: ByteSource,
  segments: ElfSegments,
  notes: CoreNotes,
  warnings: Warnings,
): Promise<void> {
  let budget = 2 * source.size + WINDOW_SIZE;
  for (
    let i = segments.findType(PT.NOTE);
    i >= 0;
    i = segments.findType(PT.NOTE, i + 1)
  ) {
    const start = segments.offsets[i]!;
    const stated = segments.fileSizes[i]!;
    const present = Math.max(0, Math.min(stated, source.size - start));
    if (present < stated) {
      warnings.add(
        new TruncatedError(CORE, "PT_NOTE p_filesz", start, stated, present),
      );
    }
    budget -= present;
    if (budget < 0) {
      warnings.add(limitError(start, present, "notes no larger than the file"));
      return;
    }
    const reader = new NoteReader(source, start, start + present);
    await reader.read(notes, warnings);
  }
  notes.finish();
}

/** Reads one segment of notes. */
class NoteReader {
  private readonly source: ByteSource;
  private readonly end: number;
  private at: number;
  private windowSize: number = WINDOW_SIZE;

  constructor(source: ByteSource, start: number, end: number) {
    this.source = source;
    this.at = start;
    this.end = end;
  }

  async read(notes: CoreNotes, warnings: Warnings): Promise<void> {
    while (this.at < this.end) {
      const problem = await this.readWindow(notes);
      if (problem !== undefined) {
        warnings.add(problem);
        return;
      }
    }
  }

  /** Reads the notes that are whole in the next window; returns why there are no further ones. */
  private async readWindow(notes: CoreNotes): Promise<FormatError | undefined> {
    const length = Math.min(this.windowSize, this.end - this.at);
    const bytes = await this.source.read(this.at, length);
    const { notes: found, error } = decodeNotes(
      bytes,
      notes.littleEndian,
      4,
      this.at,
    );
    for (const note of found) notes.add(note, bytes, this.at);
    if (bytes.length < length || this.at + length >= this.end) {
      this.at = this.end;
      return error ??
        (bytes.length < length
          ? new TruncatedError(CORE, "notes", this.at, length, bytes.length)
          : undefined);
    }
    const last = found.at(-1);
    if (last !== undefined) {
      this.at += Math.ceil((last.descOffset + last.descSize) / 4) * 4;
      this.windowSize = WINDOW_SIZE;
      return undefined;
    }
    const needed = error instanceof TruncatedError ? error.needed : length;
    if (needed <= length || needed > this.end - this.at) return error;
    this.windowSize = needed;
    return needed > MAX_NOTE_SIZE
      ? limitError(this.at, needed, `notes of at most ${MAX_NOTE_SIZE} bytes`)
      : undefined;
  }
}

function limitError(
  offset: number,
  value: number,
  expected: string,
): FormatError {
  return coreError({ code: "limit", field: "notes", offset, value, expected });
}
