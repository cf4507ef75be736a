/**
 * Writes small core dumps the way the Linux kernel lays them out, independently of the decoder: ELF header, program
 * headers (`PT_NOTE` first, then one `PT_LOAD` for each segment), the notes, and page-aligned memory.
 *
 * ```ts
 * const bytes = buildCore({
 *   machine: "x86-64",
 *   threads: [{ tid: 100, registers: { rip: 0x401000n, rsp: 0x7ffc00000000n } }],
 *   segments: [{ address: 0x401000n, data: Uint8Array.of(0x90), memorySize: 0x1000, flags: 5 }],
 * });
 * ```
 *
 * @module
 */

/** Machines that can be written. */
export type CoreMachine = "x86-64" | "aarch64" | "s390x";

/** One `PT_LOAD`. */
export interface CoreSegmentSpec {
  /** First address, `p_vaddr`. */
  address: bigint;
  /** Bytes in the file; none if absent. */
  data?: Uint8Array;
  /** `p_memsz`; the size of `data` if absent. */
  memorySize?: number;
  /** `p_flags`: 4 read, 2 write, 1 execute; 6 if absent. */
  flags?: number;
  /** States this `p_filesz` in place of the true one. */
  statedFileSize?: number;
}

/** One thread: its `NT_PRSTATUS` and the notes behind it. */
export interface CoreThreadSpec {
  /** Thread id. */
  tid: number;
  /** `pr_cursig`. */
  signal?: number;
  /** Register values by the names of {@linkcode REGISTER_OFFSETS}; others are 0. */
  registers?: Record<string, bigint>;
  /** Further notes of this thread. */
  notes?: NoteSpec[];
}

/** A note with its bytes. */
export interface NoteSpec {
  /** Owner: `CORE`, `LINUX`. */
  name: string;
  /** `n_type`. */
  type: number;
  /** Descriptor. */
  desc: Uint8Array;
}

/** A mapped file for `NT_FILE`. */
export interface FileSpec {
  /** First address. */
  start: bigint;
  /** Address behind the last. */
  end: bigint;
  /** Offset in units of the page size, as the note has it. */
  pageOffset: bigint;
  /** Path. */
  path: string;
}

/** A core dump. */
export interface CoreSpec {
  /** Machine; decides registers, byte order and `e_machine`. */
  machine: CoreMachine;
  /** Byte order; the machine's usual one if absent. */
  littleEndian?: boolean;
  /** Threads, the crashed one first. */
  threads: CoreThreadSpec[];
  /** Memory. */
  segments?: CoreSegmentSpec[];
  /** `NT_PRPSINFO`; left out if absent. */
  process?: { pid: number; name: string; args: string };
  /** `NT_SIGINFO`; left out if absent. */
  siginfo?: { number: number; code: number; errno?: number; union?: bigint };
  /** `NT_AUXV`, tags and values; left out if absent. */
  auxv?: [tag: bigint, value: bigint][];
  /** `NT_FILE`; left out if absent. */
  files?: FileSpec[];
  /** Page size in `NT_FILE`; 4096 if absent. */
  filePageSize?: bigint;
  /** Notes in front of all others. */
  notes?: NoteSpec[];
  /** Writes the number of program headers into section header 0 at the end of the file (`PN_XNUM`). */
  extendedCount?: boolean;
}

const PAGE = 4096;
const HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const SECTION_HEADER_SIZE = 64;

const MACHINES: Record<
  CoreMachine,
  { id: number; status: number; little: boolean }
> = {
  "x86-64": { id: 62, status: 336, little: true },
  "aarch64": { id: 183, status: 392, little: true },
  "s390x": { id: 22, status: 336, little: false },
};

/** Offsets of registers in the descriptor of `NT_PRSTATUS`, written down from the kernel's structures. */
export const REGISTER_OFFSETS: Record<CoreMachine, Record<string, number>> = {
  // deno-fmt-ignore
  "x86-64": {
    r15: 112, r14: 120, r13: 128, r12: 136, rbp: 144, rbx: 152, r11: 160, r10: 168, r9: 176, r8: 184, rax: 192,
    rcx: 200, rdx: 208, rsi: 216, rdi: 224, orig_rax: 232, rip: 240, cs: 248, eflags: 256, rsp: 264, ss: 272,
    fs_base: 280, gs_base: 288, ds: 296, es: 304, fs: 312, gs: 320,
  },
  "aarch64": { ...numbered("x", 31, 112), sp: 360, pc: 368, pstate: 376 },
  // a0 and a1 are 32-bit registers: as one 64-bit word they are the thread pointer.
  "s390x": {
    pswm: 112,
    pswa: 120,
    ...numbered("r", 16, 128),
    a0a1: 256,
    orig_r2: 320,
  },
};

function numbered(
  prefix: string,
  count: number,
  at: number,
): Record<string, number> {
  const offsets: Record<string, number> = {};
  for (let n = 0; n < count; n++) offsets[`${prefix}${n}`] = at + 8 * n;
  return offsets;
}

/** Whether the core is little-endian. */
function isLittle(spec: CoreSpec): boolean {
  return spec.littleEndian ?? MACHINES[spec.machine].little;
}

/** Builds the file. */
export function buildCore(spec: CoreSpec): Uint8Array {
  const little = isLittle(spec);
  const notes = buildNotes(spec);
  const segments = spec.segments ?? [];
  const count = segments.length + 1;
  const notesOffset = HEADER_SIZE + count * PROGRAM_HEADER_SIZE;
  let end = alignUp(notesOffset + notes.length);
  const places = segments.map((segment) => {
    const offset = end;
    end += alignUp(segment.data?.length ?? 0);
    return offset;
  });
  const size = end + (spec.extendedCount === true ? SECTION_HEADER_SIZE : 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  writeHeader(view, spec, count, end);
  writeProgramHeader(view, 0, little, {
    type: 4,
    flags: 0,
    offset: notesOffset,
    address: 0n,
    fileSize: notes.length,
    memorySize: 0,
    align: 4,
  });
  bytes.set(notes, notesOffset);
  segments.forEach((segment, index) => {
    const data = segment.data ?? new Uint8Array(0);
    bytes.set(data, places[index]!);
    writeProgramHeader(view, index + 1, little, {
      type: 1,
      flags: segment.flags ?? 6,
      offset: places[index]!,
      address: segment.address,
      fileSize: segment.statedFileSize ?? data.length,
      memorySize: segment.memorySize ?? data.length,
      align: PAGE,
    });
  });
  return bytes;
}

function alignUp(size: number): number {
  return Math.ceil(size / PAGE) * PAGE;
}

function writeHeader(
  view: DataView,
  spec: CoreSpec,
  count: number,
  end: number,
): void {
  const little = isLittle(spec);
  const extended = spec.extendedCount === true;
  view.setUint32(0, 0x7f454c46, false);
  view.setUint8(4, 2);
  view.setUint8(5, little ? 1 : 2);
  view.setUint8(6, 1);
  view.setUint16(16, 4, little);
  view.setUint16(18, MACHINES[spec.machine].id, little);
  view.setUint32(20, 1, little);
  view.setBigUint64(32, BigInt(HEADER_SIZE), little);
  view.setUint16(52, HEADER_SIZE, little);
  view.setUint16(54, PROGRAM_HEADER_SIZE, little);
  view.setUint16(56, extended ? 0xffff : count, little);
  if (extended) {
    view.setBigUint64(40, BigInt(end), little);
    view.setUint16(58, SECTION_HEADER_SIZE, little);
    view.setUint16(60, 1, little);
    view.setUint32(end + 44, count, little);
  }
}

interface ProgramHeader {
  type: number;
  flags: number;
  offset: number;
  address: bigint;
  fileSize: number;
  memorySize: number;
  align: number;
}

function writeProgramHeader(
  view: DataView,
  index: number,
  little: boolean,
  header: ProgramHeader,
): void {
  const at = HEADER_SIZE + index * PROGRAM_HEADER_SIZE;
  view.setUint32(at, header.type, little);
  view.setUint32(at + 4, header.flags, little);
  view.setBigUint64(at + 8, BigInt(header.offset), little);
  view.setBigUint64(at + 16, BigInt.asUintN(64, header.address), little);
  view.setBigUint64(at + 32, BigInt(header.fileSize), little);
  view.setBigUint64(at + 40, BigInt(header.memorySize), little);
  view.setBigUint64(at + 48, BigInt(header.align), little);
}

/** Builds the bytes of the `PT_NOTE` segment, in the kernel's order. */
export function buildNotes(spec: CoreSpec): Uint8Array {
  const notes: NoteSpec[] = [...(spec.notes ?? [])];
  spec.threads.forEach((thread, index) => {
    notes.push(coreNote(1, buildStatus(spec, thread)));
    if (index === 0) notes.push(...processNotes(spec));
    notes.push(...(thread.notes ?? []));
  });
  if (spec.threads.length === 0) notes.push(...processNotes(spec));
  return joinNotes(notes, isLittle(spec));
}

function coreNote(type: number, desc: Uint8Array): NoteSpec {
  return { name: "CORE", type, desc };
}

function processNotes(spec: CoreSpec): NoteSpec[] {
  const notes: NoteSpec[] = [];
  if (spec.process !== undefined) notes.push(coreNote(3, buildProcess(spec)));
  if (spec.siginfo !== undefined) {
    notes.push(coreNote(0x53494749, buildSiginfo(spec)));
  }
  if (spec.auxv !== undefined) {
    const words = [...spec.auxv, [0n, 0n] as const].flat();
    notes.push(coreNote(6, buildWords(words, isLittle(spec))));
  }
  if (spec.files !== undefined) {
    notes.push(coreNote(0x46494c45, buildFiles(spec, spec.files)));
  }
  return notes;
}

/** Joins notes with their headers and padding. */
export function joinNotes(
  notes: readonly NoteSpec[],
  little: boolean,
): Uint8Array {
  const out: number[] = [];
  const pad = () => {
    while (out.length % 4 !== 0) out.push(0);
  };
  for (const { name, type, desc } of notes) {
    const header = new DataView(new ArrayBuffer(12));
    header.setUint32(0, name.length + 1, little);
    header.setUint32(4, desc.length, little);
    header.setUint32(8, type, little);
    out.push(...new Uint8Array(header.buffer));
    for (const char of name) out.push(char.charCodeAt(0));
    out.push(0);
    pad();
    for (const byte of desc) out.push(byte);
    pad();
  }
  return Uint8Array.from(out);
}

/** 64-bit words one after another. */
export function buildWords(
  words: readonly bigint[],
  little: boolean,
): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * words.length));
  words.forEach((word, index) =>
    view.setBigUint64(8 * index, BigInt.asUintN(64, word), little)
  );
  return new Uint8Array(view.buffer);
}

function buildStatus(spec: CoreSpec, thread: CoreThreadSpec): Uint8Array {
  const little = isLittle(spec);
  const view = new DataView(new ArrayBuffer(MACHINES[spec.machine].status));
  view.setInt32(0, thread.signal ?? 0, little);
  view.setInt16(12, thread.signal ?? 0, little);
  view.setInt32(32, thread.tid, little);
  for (const [name, value] of Object.entries(thread.registers ?? {})) {
    const at = REGISTER_OFFSETS[spec.machine][name];
    if (at === undefined) throw new RangeError(`No register ${name}`);
    view.setBigUint64(at, BigInt.asUintN(64, value), little);
  }
  return new Uint8Array(view.buffer);
}

function buildProcess(spec: CoreSpec): Uint8Array {
  const { pid, name, args } = spec.process!;
  const bytes = new Uint8Array(136);
  const view = new DataView(bytes.buffer);
  view.setInt32(24, pid, isLittle(spec));
  view.setInt32(28, 1, isLittle(spec));
  const encoder = new TextEncoder();
  encoder.encodeInto(name.slice(0, 15), bytes.subarray(40, 56));
  encoder.encodeInto(args.slice(0, 79), bytes.subarray(56));
  return bytes;
}

function buildSiginfo(spec: CoreSpec): Uint8Array {
  const { number, code, errno = 0, union = 0n } = spec.siginfo!;
  const little = isLittle(spec);
  const view = new DataView(new ArrayBuffer(128));
  view.setInt32(0, number, little);
  view.setInt32(4, errno, little);
  view.setInt32(8, code, little);
  view.setBigUint64(16, BigInt.asUintN(64, union), little);
  return new Uint8Array(view.buffer);
}

function buildFiles(spec: CoreSpec, files: readonly FileSpec[]): Uint8Array {
  const words = [BigInt(files.length), spec.filePageSize ?? BigInt(PAGE)];
  for (const file of files) words.push(file.start, file.end, file.pageOffset);
  const head = buildWords(words, isLittle(spec));
  const paths = new TextEncoder()
    .encode(files.map((file) => `${file.path}\0`).join(""));
  const bytes = new Uint8Array(head.length + paths.length);
  bytes.set(head);
  bytes.set(paths, head.length);
  return bytes;
}

/** A whole small core of `machine` with two threads, a file, code, a stack and all process notes: a seed for tests. */
export function sampleCore(machine: CoreMachine): CoreSpec {
  const stack = Uint8Array.from({ length: 256 }, (_, i) => i);
  const pc = { "x86-64": "rip", "aarch64": "pc", "s390x": "pswa" }[machine];
  const sp = { "x86-64": "rsp", "aarch64": "sp", "s390x": "r15" }[machine];
  const at = (address: bigint) => ({ [pc]: address, [sp]: 0x7fff0010n });
  return {
    machine,
    threads: [
      {
        tid: 1000,
        signal: 11,
        registers: at(0x401234n),
        notes: [
          {
            name: "CORE",
            type: 2,
            desc: buildWords(Array(17).fill(0n), false),
          },
          {
            name: "LINUX",
            type: 0x401,
            desc: buildWords([0x7f0000n], machine !== "s390x"),
          },
        ],
      },
      { tid: 1001, signal: 11, registers: at(0x401250n) },
    ],
    segments: [
      {
        address: 0x400000n,
        data: Uint8Array.of(0x7f, 0x45, 0x4c, 0x46),
        memorySize: 0x1000,
        flags: 4,
      },
      { address: 0x401000n, memorySize: 0x1000, flags: 5 },
      { address: 0x7fff0000n, data: stack, memorySize: 0x1000, flags: 6 },
    ],
    process: { pid: 1000, name: "sample", args: "./sample --now " },
    siginfo: { number: 11, code: 1, union: 0x18n },
    auxv: [[6n, 4096n], [33n, 0x7ffe0000n], [3n, 0x400040n]],
    files: [
      {
        start: 0x400000n,
        end: 0x401000n,
        pageOffset: 0n,
        path: "/usr/bin/sample",
      },
      {
        start: 0x401000n,
        end: 0x402000n,
        pageOffset: 1n,
        path: "/usr/bin/sample",
      },
    ],
  };
}
