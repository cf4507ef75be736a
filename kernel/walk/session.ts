/**
 * A core that is open: its threads can be walked, its frames named.
 *
 * @module
 */
import type { ByteSource } from "../../formats/base/byte_source.ts";
import { type CoreDump, openCore } from "../../formats/core_dump/mod.ts";
import type { SourceFrame } from "../../formats/dwarf/mod.ts";
import type { Decompress } from "../../formats/elf/reader.ts";
import { readAbortMessage } from "./abort_message.ts";
import type { Module } from "./code_map.ts";
import {
  type FrameBuffer,
  Stop,
  STOP_REASONS,
  type StopReason,
} from "./frame_buffer.ts";
import { type LoadedProcess, loadProcess } from "./load.ts";
import type { Machine } from "./machine.ts";
import { MACHINES } from "./machines.ts";
import type {
  Candidate,
  FindCandidates,
  ModuleContext,
} from "./module_file.ts";
import type { ModuleParts } from "./module_parts.ts";
import { RuleCache } from "./rule_cache.ts";
import { TABLE_SOURCES, type TableSource } from "./table_sources.ts";
import { Walk } from "./walk.ts";

/** How a core is opened. */
export interface SessionOptions {
  /** Where the files of modules may be; without it only the core's own bytes are used. */
  candidates?: FindCandidates | undefined;
  /** The program's file. */
  executable?: ByteSource | undefined;
  /** Its path, for messages. */
  executablePath?: string | undefined;
  /** Sources of rows, in the order in which they are asked; default all. */
  tables?: readonly TableSource[] | undefined;
  /** Most frames of a thread; default what the stack holds. */
  maxFrames?: number | undefined;
  /** Opens compressed sections; without it they count as absent. */
  decompress?: Decompress | undefined;
  /** Turns a mangled name into a readable one. */
  demangle?: ((name: string) => string) | undefined;
  /** Loads what few modules need; `mod.ts` has all of it from the start, `reader.ts` nothing that is not given here. */
  parts?: ModuleParts | undefined;
}

/** A name for an address. */
export interface SymbolName {
  /** The function, demangled where that is asked for. */
  name: string;
  /** Bytes from the function's start. */
  offset: number;
}

const SIGABRT = 6;
/** Loads for one frame after which its data counts as unreadable: an expression may wander without end. */
const MAX_LOADS_PER_FRAME = 200;

/**
 * Opens a core for walking.
 *
 * @throws {FormatError} If it is no core that can be used. Damage that leaves something to tell becomes a warning.
 */
export async function openSession(
  source: ByteSource,
  options: SessionOptions = {},
): Promise<Session> {
  return await openProcess(await openCore(source), options);
}

/**
 * Opens for walking what has the shape of a core and need not be one: a live process, as {@linkcode liveProcess} makes
 * it of what the system tells.
 *
 * @throws {FormatError} If nothing of it can be used.
 */
export async function openProcess(
  core: CoreDump,
  options: SessionOptions = {},
): Promise<Session> {
  const warnings = core.warnings.map((warning) => warning.message);
  const context: ModuleContext = {
    candidates: options.candidates ?? (() => []),
    decompress: options.decompress,
    sources: options.tables ?? TABLE_SOURCES,
    machine: MACHINES[core.machine],
    warn: (message) => warnings.push(message),
    parts: options.parts ?? {},
  };
  const loaded = await loadProcess(core, context, executableCandidate(options));
  const session = new Session(core, loaded, warnings, context, options);
  if (core.signal?.number === SIGABRT) {
    session.abortMessage = await readAbortMessage(loaded.memory, loaded.files);
  }
  return session;
}

function executableCandidate(
  { executable, executablePath }: SessionOptions,
): Candidate | undefined {
  return executable &&
    { path: executablePath ?? "the given executable", open: () => executable };
}

/** User addresses without authentication code and tag: by NT_ARM_PAC_MASK where the core has it. */
function codeHighMask(core: CoreDump, machine: Machine): number {
  const mask = core.threads[0]?.pacMask;
  return mask === undefined ? machine.codeHighMask : ~mask & 0x00ff_ffff;
}

/** An open core. */
export class Session {
  /** The core itself. */
  readonly core: CoreDump;
  /** The modules that have text, by index. */
  readonly modules: readonly Module[];
  /** What the user should know; grows while modules are used. */
  readonly warnings: readonly string[];
  /** The C library's last words, if it aborted. */
  abortMessage: string | undefined = undefined;
  private readonly loaded: LoadedProcess;
  private readonly walk: Walk;
  private loadCount = 0;
  private lastFrameCount = 0;
  private readonly demangle: ((name: string) => string) | undefined;

  /** See {@linkcode openSession}. */
  constructor(
    core: CoreDump,
    loaded: LoadedProcess,
    warnings: readonly string[],
    context: ModuleContext,
    options: SessionOptions,
  ) {
    this.core = core;
    this.loaded = loaded;
    this.modules = loaded.codeMap.modules;
    this.warnings = warnings;
    this.demangle = options.demangle;
    const { memory, codeMap } = loaded;
    memory.codeHighMask = codeHighMask(core, context.machine);
    this.walk = new Walk(codeMap, memory, context.machine, new RuleCache(), {
      framePointers: context.sources.includes("fp"),
      calls: context.sources.includes("call"),
      maxFrames: options.maxFrames ?? Infinity,
    });
  }

  /**
   * Walks thread `index` of `core.threads` and leaves its frames in `frames`. Answers at once if the core's source is
   * synchronous and nothing new has to be opened.
   */
  walkThread(
    index: number,
    frames: FrameBuffer,
  ): StopReason | Promise<StopReason> {
    frames.count = 0;
    this.walk.begin(this.core.threads[index]!.registers);
    this.loadCount = 0;
    this.lastFrameCount = 0;
    const result = this.runUntilPending(frames);
    return typeof result === "string" ? result : this.walkOn(result, frames);
  }

  /** Loads the names of a module; {@linkcode Session.symbolAt} gives none before. */
  async loadSymbols(moduleIndex: number): Promise<void> {
    await this.loaded.files[moduleIndex]!.loadSymbols();
  }

  /** The function of module `moduleIndex` at `address` of the process: for a return address minus one. */
  symbolAt(moduleIndex: number, address: number): SymbolName | undefined {
    const file = this.loaded.files[moduleIndex];
    if (file?.symbols === undefined) return undefined;
    const found = file.symbols.find(address - file.module.bias);
    if (found === undefined) return undefined;
    const name = this.demangle === undefined
      ? found.name
      : this.demangle(found.name);
    return { name, offset: address - file.module.bias - found.address };
  }

  /**
   * Reads the functions and source lines at `address` of the process, for a return address minus one;
   * {@linkcode Session.linesAt} gives none before.
   */
  async loadLines(moduleIndex: number, address: number): Promise<void> {
    const file = this.loaded.files[moduleIndex]!;
    await file.loadLines(address - file.module.bias);
  }

  /**
   * The functions and source lines at `address` that were loaded: innermost first, each but the last inlined into the
   * next. Empty if there is no debug information of it.
   */
  linesAt(moduleIndex: number, address: number): readonly SourceFrame[] {
    const file = this.loaded.files[moduleIndex];
    if (file === undefined) return [];
    const frames = file.linesAt(address - file.module.bias);
    const { demangle } = this;
    if (demangle === undefined) return frames;
    return frames.map((frame) => ({
      ...frame,
      name: frame.name && demangle(frame.name),
    }));
  }

  /** Opens the tables of every module, so that `modules` tells them all. */
  async loadAllTables(): Promise<void> {
    for (const file of this.loaded.files) {
      if (file.module.tables === undefined) await file.loadTables();
    }
  }

  /** The file of module `moduleIndex`, or without one what the core holds of it. */
  sourceOf(moduleIndex: number): ByteSource | undefined {
    const file = this.loaded.files[moduleIndex];
    return (file?.elf ?? file?.image)?.source;
  }

  /** Reads memory of the process, from the core or the mapped files: cut where the bytes of one mapping end. */
  async readMemory(address: number, size: number): Promise<Uint8Array> {
    return await this.loaded.memory.readRange(address, size);
  }

  /** Walks to the end, waiting for what is needed. */
  private async walkOn(
    pending: Promise<void>,
    frames: FrameBuffer,
  ): Promise<StopReason> {
    for (;;) {
      await pending;
      const result = this.runUntilPending(frames);
      if (typeof result === "string") return result;
      pending = result;
    }
  }

  /** Walks until the end or until something has to be waited for. */
  private runUntilPending(frames: FrameBuffer): StopReason | Promise<void> {
    for (;;) {
      const stop = this.walk.run(frames);
      if (stop !== Stop.NEEDS_DATA) return STOP_REASONS[stop]!;
      this.loadCount = frames.count === this.lastFrameCount
        ? this.loadCount + 1
        : 0;
      this.lastFrameCount = frames.count;
      if (this.loadCount > MAX_LOADS_PER_FRAME) return "unreadable-stack";
      const pending = this.supply();
      if (pending !== undefined) return pending;
    }
  }

  /** Gives the walk what it stopped for. */
  private supply(): Promise<void> | undefined {
    const table = this.walk.takeMissingTable();
    if (table !== undefined) return table.fill?.() ?? undefined;
    const module = this.walk.missingModule;
    if (module < 0) return this.loaded.memory.fill() ?? undefined;
    this.walk.missingModule = -1;
    return this.loaded.files[module]!.loadTables();
  }
}
