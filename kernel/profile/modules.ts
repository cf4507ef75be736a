/**
 * The files whose code a capture's processes run, each opened once, however many processes load it and wherever.
 *
 * @module
 */
import type { ByteSource } from "../../formats/base/byte_source.ts";
import { FormatError } from "../../formats/base/error.ts";
import type { SourceFrame } from "../../formats/dwarf/mod.ts";
import { Module } from "../walk/code_map.ts";
import { type ModuleContext, ModuleFile } from "../walk/module_file.ts";
import { findBias, isRegularPath } from "../walk/modules.ts";
import type { FoundSymbol } from "../walk/symbols.ts";
import { FrameKind } from "./frame_table.ts";

/** Mappings begin at a page's start; programs are linked for pages of at most this size, and so hold for smaller ones. */
const PAGE_SIZE = 4096;
/** Path that the kernel gives the code it maps into each process. */
const VDSO_PATH = "[vdso]";

/** The file of a module, as far as naming its functions needs it. */
export interface ProfileFile {
  /** Names, once they are loaded. */
  readonly symbols:
    | { find(address: number): FoundSymbol | undefined }
    | undefined;
  /** The file itself, if it was found. */
  readonly elf: { readonly source: ByteSource } | undefined;
  /** Loads the names. */
  loadSymbols(): Promise<void>;
  /** Opens what tells where addresses are in the source; undefined if nothing does. */
  openLines(): Promise<SourceReader | undefined>;
}

/** Tells where addresses of a file are in the source. */
export interface SourceReader {
  /** The functions at an address, innermost first; empty if nothing is known. */
  locate(address: number): Promise<readonly SourceFrame[]>;
  /** Number of the part of the debug information that tells of an address; -1 if none does. */
  unitAt(address: number): Promise<number>;
}

/** A file with code, or what stands in for one. */
export interface ProfileModule {
  /** Index in the profile's list of modules. */
  readonly index: number;
  /** Path as the capture has it; `[vdso]`, `[kernel.kallsyms]` and the like for what is no file. */
  readonly path: string;
  /** Kind of its frames: a value of {@linkcode FrameKind}. */
  readonly kind: number;
  /** Build ID, hexadecimal, as the capture has it. */
  readonly buildId: string | undefined;
  /** Process, for code made at run time: its names are in a file by that number. Otherwise -1. */
  readonly pid: number;
  /** The file with its tables and names; undefined for what is no file. */
  readonly file: ProfileFile | undefined;
  /** Whether the file has been looked for. */
  isOpen: boolean;
  /** Samples with a frame in it whose walk ended there for want of a table. */
  missedCount: number;
}

/**
 * The modules. A walk knows a file by an index of its own for each distance at which it is loaded
 * (`instances` of a shared `CodeMap` list); all of them share one {@linkcode ProfileModule}.
 */
export class ModuleList {
  /** The modules, by index. */
  readonly modules: ProfileModule[] = [];
  /** What the walker sees: one for each file and distance. */
  readonly instances: Module[] = [];
  /** Index of the module of each instance. */
  readonly moduleOfInstance: number[] = [];
  /** Files that were used without knowing whether they are those that ran. */
  unverifiedCount = 0;
  /** Build IDs by path, where the capture has them apart from the mappings. */
  readonly buildIds: Map<string, string> = new Map();
  /** File of each module. */
  private readonly files: (ModuleFile | undefined)[] = [];
  private readonly byKey: Map<string, number> = new Map();
  private readonly instanceByKey: Map<string, number> = new Map();
  /** `start - file offset` of each instance, whose bias is known once the file is open. */
  private readonly bases: number[] = [];
  private readonly context: ModuleContext;

  /** Looks for files and tables as `context` says. */
  constructor(context: ModuleContext) {
    this.context = {
      ...context,
      warn: (message) => {
        if (!message.includes(": unverified: ")) context.warn(message);
      },
    };
  }

  /** The module at `path`, made if it is new. `pid` is that of a process whose own code it is, else -1. */
  module(
    path: string,
    kind: number,
    buildId: string | undefined,
    pid: number,
  ): ProfileModule {
    const id = buildId ?? this.buildIds.get(path);
    const key = `${pid} ${id ?? ""} ${path}`;
    const known = this.byKey.get(key);
    if (known !== undefined) return this.modules[known]!;
    const index = this.modules.length;
    let file: ModuleFile | undefined;
    if (kind === FrameKind.USER || kind === FrameKind.VDSO) {
      const module = new Module(path, 0, 0);
      module.buildId = id;
      file = new ModuleFile(module, undefined, this.context);
    }
    this.files.push(file);
    const made: ProfileModule = {
      index,
      path,
      kind,
      buildId: id,
      pid,
      file,
      isOpen: file === undefined,
      missedCount: 0,
    };
    this.modules.push(made);
    this.byKey.set(key, index);
    return made;
  }

  /** The module of a user mapping. */
  ofMapping(
    path: string,
    buildId: string | undefined,
    pid: number,
  ): ProfileModule {
    if (path === VDSO_PATH) {
      return this.module(path, FrameKind.VDSO, buildId, -1);
    }
    return isRegularPath(path) && !path.startsWith("//anon")
      ? this.module(path, FrameKind.USER, buildId, -1)
      : this.module(`/tmp/perf-${pid}.map`, FrameKind.JIT, undefined, pid);
  }

  /** Index of the instance of `module` mapped so that its file's first byte is, or would be, at `base`. */
  instance(module: ProfileModule, base: number): number {
    const key = `${module.index} ${base}`;
    const known = this.instanceByKey.get(key);
    if (known !== undefined) return known;
    const index = this.instances.length;
    const made = new Module(module.path, base, base);
    this.instances.push(made);
    this.moduleOfInstance.push(module.index);
    this.bases.push(base);
    this.instanceByKey.set(key, index);
    if (module.file === undefined) made.tables = [];
    return index;
  }

  /**
   * Opens the file of instance `index` and its tables, if that has not been done, and says where the instance is.
   *
   * @param fileOffset Of a byte of the code that is mapped.
   */
  async open(index: number, fileOffset: number): Promise<void> {
    const module = this.modules[this.moduleOfInstance[index]!]!;
    const file = this.files[module.index];
    if (file !== undefined && !module.isOpen) {
      module.isOpen = true;
      const { path, buildId } = file.module;
      try {
        await this.find(file, path, buildId);
        await file.loadTables();
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        file.module.tableError = error;
        this.context.warn(`${path}: ${error.message}`);
      }
    }
    const instance = this.instances[index]!;
    const segments = file?.elf?.segments;
    const start = this.bases[index]! + fileOffset;
    const parts = [{ start, end: start + 1, fileOffset, executable: true }];
    instance.bias = (segments && findBias(segments, parts, PAGE_SIZE)) ??
      this.bases[index]!;
    instance.buildId = file?.module.buildId;
    instance.tables = file?.module.tables ?? [];
  }

  /** Finds the file. That none can be verified is so for whole captures, and told as a count. */
  private async find(
    file: ModuleFile,
    path: string,
    buildId: string | undefined,
  ): Promise<void> {
    const { context } = this;
    await file.find(context.candidates({ path, buildId, purpose: "binary" }));
    if (file.module.status === "unverified") this.unverifiedCount++;
  }

  /** Distance from the file's bytes to their addresses for instance `index`. */
  base(index: number): number {
    return this.bases[index]!;
  }
}
