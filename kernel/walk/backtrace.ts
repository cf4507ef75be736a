/**
 * Backtraces as plain objects: what `bt --json` prints.
 *
 * @module
 */
import { formatAddress } from "../../formats/base/address.ts";
import {
  type CoreDump,
  type CoreSignal,
  describeSignal,
  describeSignalCode,
} from "../../formats/core_dump/mod.ts";
import type { SourceFrame } from "../../formats/dwarf/mod.ts";
import type { Module, ModuleStatus } from "./code_map.ts";
import {
  type FrameBuffer,
  FrameFlag,
  type StopReason,
  TABLE_NAMES,
  type TableName,
} from "./frame_buffer.ts";
import { PltTable } from "./plt_table.ts";
import type { Session, SessionOptions } from "./session.ts";
import { sourcePath } from "./source_path.ts";

/** One module of a {@linkcode Backtrace}. Addresses are `0x...` strings. */
export interface BacktraceModule {
  /** Path as the process knew it; `[vdso]` for the kernel's own. */
  path: string;
  /** Build ID, hexadecimal, or null if it is not known. */
  buildId: string | null;
  /** First mapped address. */
  start: string;
  /** Address behind the last mapped one. */
  end: string;
  /** Address in the process minus address in the file. */
  bias: string;
  /** The table that is asked first, or null if there is none. */
  table: TableName | null;
  /** How far the file could be used. */
  status: ModuleStatus;
}

/** One frame. */
export interface BacktraceFrame {
  /** The thread's pc in the first frame, return addresses in the others. */
  pc: string;
  /** Canonical frame address, or null if no rule gave one. */
  cfa: string | null;
  /** Index into the modules, or null. */
  module: number | null;
  /** Name of the function, or null. */
  symbol: string | null;
  /** Bytes from the function's start to `pc`, or null. */
  offset: number | null;
  /** The table whose row at this pc gave the next frame, or null if there is no next frame. */
  table: TableName | null;
  /** Whether this is a signal trampoline: the next frame was interrupted. */
  signal: boolean;
  /** False if the pc of this frame was guessed. */
  trusted: boolean;
  /**
   * Whether the function was inlined into that of the next frame, whose pc, CFA and module it has; its name comes from
   * the debug information, without an offset.
   */
  inlined: boolean;
  /** Source file, with the directory of the compilation in front where the path is relative; null if unknown. */
  file: string | null;
  /** Line, from 1, or null. */
  line: number | null;
  /** Column, from 1, or null. */
  column: number | null;
}

/** One thread. */
export interface BacktraceThread {
  /** Thread ID. */
  tid: number;
  /** Name, or null where the core has none. */
  name: string | null;
  /** Whether this thread got the signal. */
  crashed: boolean;
  /** Why the walk stopped. */
  stop: StopReason;
  /** Frames, innermost first. */
  frames: BacktraceFrame[];
}

/** The signal that ended the process. */
export interface BacktraceSignal {
  /** Number. */
  number: number;
  /** `SIGSEGV` and so on. */
  name: string;
  /** `si_code`, or null if the core does not have it. */
  code: number | null;
  /** What the number and the code mean. */
  meaning: string;
  /** Faulting address, or null. */
  address: string | null;
}

/** Everything about a core but its threads. */
export interface BacktraceHead {
  /** Version of this shape. */
  schema: 1;
  /** Name of the machine. */
  machine: string;
  /** Process ID, or null. */
  pid: number | null;
  /** Signal, or null. */
  signal: BacktraceSignal | null;
  /** Modules that have text. */
  modules: BacktraceModule[];
}

/** The stacks of all threads of a core. */
export interface Backtrace extends BacktraceHead {
  /** Threads in the core's order. */
  threads: BacktraceThread[];
  /** What the user should know. */
  warnings: string[];
}

/** Options of `backtrace`. */
export interface BacktraceOptions extends SessionOptions {
  /** Name the functions; default true. */
  symbols?: boolean;
  /** Find source lines and inlined functions; default true. */
  lines?: boolean;
}

/** Everything about an open core but its threads. */
export function describeHead(session: Session): BacktraceHead {
  const { core } = session;
  return {
    schema: 1,
    machine: core.machine,
    pid: core.process?.pid ?? null,
    signal: core.signal === undefined ? null : describeCoreSignal(core.signal),
    modules: session.modules.map(describeModule),
  };
}

function describeCoreSignal(signal: CoreSignal): BacktraceSignal {
  const { name, meaning } = describeSignal(signal.number);
  const code = signal.code === undefined
    ? ""
    : describeSignalCode(signal.number, signal.code).meaning;
  return {
    number: signal.number,
    name,
    code: signal.code ?? null,
    meaning: code === "" ? meaning : `${meaning}: ${code}`,
    address: signal.faultAddress === undefined
      ? null
      : formatAddress(signal.faultAddress),
  };
}

/**
 * Index of the thread that got the signal, or -1. The kernel writes that thread first and the signal into all;
 * qemu-user writes the signal into that thread only.
 */
export function findCrashed(core: CoreDump): number {
  const known = crashedIndexes.get(core);
  if (known !== undefined) return known;
  const first = core.threads.findIndex((thread) => thread.signal !== 0);
  const index = first < 0 && core.signal !== undefined ? 0 : first;
  crashedIndexes.set(core, index);
  return index;
}

/** Asked for each of what may be many threads, none of which may have the signal. */
const crashedIndexes = new WeakMap<CoreDump, number>();

/** Loads the names of all modules that `frames` touch. */
export async function loadFrameSymbols(
  session: Session,
  frames: FrameBuffer,
): Promise<void> {
  let last = -1;
  for (let i = 0; i < frames.count; i++) {
    const module = frames.modules[i]!;
    if (module >= 0 && module !== last) await session.loadSymbols(module);
    last = module;
  }
}

/** Loads the source lines and inlined functions of all frames. */
export async function loadFrameLines(
  session: Session,
  frames: FrameBuffer,
): Promise<void> {
  for (let i = 0; i < frames.count; i++) {
    const module = frames.modules[i]!;
    if (module < 0) continue;
    const back = returnAdjustment(frames.flags[i]!);
    await session.loadLines(module, frames.pcs[i]! - back);
  }
}

/** What is subtracted from a pc to be in the instruction that it belongs to: 1 behind a call. */
export function returnAdjustment(flags: number): 0 | 1 {
  return (flags & FrameFlag.EXACT_PC) !== 0 ? 0 : 1;
}

/** One walked thread as an object; names and lines are those already loaded. */
export function describeThread(
  session: Session,
  index: number,
  stop: StopReason,
  frames: FrameBuffer,
): BacktraceThread {
  const thread = session.core.threads[index]!;
  const described: BacktraceFrame[] = [];
  for (let i = 0; i < frames.count; i++) {
    described.push(...describeFrame(session, frames, i));
  }
  return {
    tid: thread.tid,
    name: thread.name ?? null,
    crashed: index === findCrashed(session.core),
    stop,
    frames: described,
  };
}

/** A frame behind those that were inlined into it. */
function describeFrame(
  session: Session,
  frames: FrameBuffer,
  index: number,
): BacktraceFrame[] {
  const pc = frames.pcs[index]!;
  const cfa = frames.cfas[index]!;
  const module = frames.modules[index]!;
  const flags = frames.flags[index]!;
  const back = returnAdjustment(flags);
  const symbol = module < 0 ? undefined : session.symbolAt(module, pc - back);
  const sources = module < 0 ? [] : session.linesAt(module, pc - back);
  const frame: BacktraceFrame = {
    pc: formatAddress(pc),
    cfa: Number.isNaN(cfa) ? null : formatAddress(cfa),
    module: module < 0 ? null : module,
    symbol: symbol?.name ?? null,
    offset: symbol === undefined ? null : symbol.offset + back,
    table: TABLE_NAMES[frames.tables[index]!]!,
    signal: (flags & FrameFlag.SIGNAL) !== 0,
    trusted: (flags & FrameFlag.UNTRUSTED) === 0,
    inlined: false,
    ...NO_SOURCE,
  };
  if (sources.length === 0) return [frame];
  return sources.map((source) => ({
    ...frame,
    ...describeSource(source, frame, pc - (session.modules[module]!.bias)),
  }));
}

/** Names that only the debug information has, and the place in the source. */
function describeSource(
  source: SourceFrame,
  { symbol, offset, table }: BacktraceFrame,
  address: number,
): Partial<BacktraceFrame> {
  const { name, inlined, functionAddress, line, column } = source;
  const own = symbol === null && name !== undefined &&
      functionAddress !== undefined
    ? { symbol: name, offset: address - functionAddress, table }
    : { symbol, offset, table };
  return {
    ...(inlined ? { symbol: name ?? null, offset: null, table: null } : own),
    inlined,
    file: sourcePath(source),
    line: line === 0 ? null : line,
    column: column === 0 ? null : column,
  };
}

const NO_SOURCE = { file: null, line: null, column: null };

function describeModule(module: Module): BacktraceModule {
  return {
    path: module.path,
    buildId: module.buildId ?? null,
    start: formatAddress(module.start),
    end: formatAddress(module.end),
    bias: formatAddress(module.bias),
    table: module.tables?.find((table) => !(table instanceof PltTable))?.kind ??
      null,
    status: module.status,
  };
}
