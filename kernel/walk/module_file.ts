/**
 * A module's file: finding it, making sure that it is the one that ran, its tables and its names.
 *
 * @module
 */
import type { ByteSource } from "../../formats/base/byte_source.ts";
import { FormatError } from "../../formats/base/error.ts";
import {
  type Decompress,
  type ElfFile,
  SHT,
} from "../../formats/elf/reader.ts";
import type { SourceFrame } from "../../formats/dwarf/mod.ts";
import {
  type Candidate,
  directoryOf,
  type FindCandidates,
  type ModuleRequest,
  openCandidate,
} from "./candidates.ts";
import type { Module } from "./code_map.ts";
import type { ModuleLines } from "./lines.ts";
import type { Machine } from "./machine.ts";
import type { ModuleParts } from "./module_parts.ts";
import type { OpenedSidecar } from "./sidecar.ts";
import type { SymbolLookup } from "./symbols.ts";
import type { TableSource } from "./table_sources.ts";
import { openTables } from "./tables.ts";

export type { Candidate, FindCandidates, ModuleRequest } from "./candidates.ts";

/** What all modules of a session share. */
export interface ModuleContext {
  /** Where files may be. */
  candidates: FindCandidates;
  /** Opens compressed sections. */
  decompress: Decompress | undefined;
  /** Sources of rows, in order. */
  sources: readonly TableSource[];
  /** The core's machine. */
  machine: Machine;
  /** Takes a warning for the user. */
  warn: (message: string) => void;
  /** Loads what is not part of every walk. */
  parts: ModuleParts;
  /** Bytes of debug information, about, that each module keeps; its reader has a default. */
  lineCacheSize?: number | undefined;
  /** Whether `.debug_frame` of a binary that has none is taken from its debug file; default true. */
  separateDebugFrames?: boolean;
}

/** One module with what was found of it. */
export class ModuleFile {
  /** The module as the code map has it. */
  readonly module: Module;
  /** The file, if there is one that may be used. */
  elf: ElfFile | undefined = undefined;
  /** Path of that file. */
  filePath: string | undefined = undefined;
  /** What the core itself holds of the file. */
  readonly image: ElfFile | undefined;
  /** Names, after {@linkcode ModuleFile.loadSymbols}. */
  symbols: SymbolLookup | undefined = undefined;
  private debugFile: Promise<ElfFile | undefined> | undefined = undefined;
  private debugPath = "";
  private lines: ModuleLines | undefined = undefined;
  private linesOpening: Promise<ModuleLines | undefined> | undefined =
    undefined;
  private readonly context: ModuleContext;

  /** A module and its image in the core. */
  constructor(
    module: Module,
    image: ElfFile | undefined,
    context: ModuleContext,
  ) {
    this.module = module;
    this.image = image;
    this.context = context;
  }

  /** Tries the candidates in order and keeps the first that is the file that ran. */
  async find(candidates: readonly Candidate[]): Promise<void> {
    const { module } = this;
    let refusal = "";
    for (const candidate of candidates) {
      const elf = await openCandidate(candidate, this.context);
      if (typeof elf === "string") {
        if (elf === "not found") continue;
        refusal = `${candidate.path}: ${elf}`;
        module.status = "unreadable";
        continue;
      }
      const buildId = await elf.buildId().catch(() => undefined);
      const isMapped = candidate.isMapped === true;
      if (
        !isMapped && module.buildId !== undefined && buildId !== module.buildId
      ) {
        refusal = `${candidate.path} is another build (${
          buildId ?? "no build ID"
        }; the process ran ${module.buildId})`;
        module.status = "mismatch";
        continue;
      }
      this.elf = elf;
      this.filePath = candidate.path;
      if (module.buildId === undefined && !isMapped) {
        module.status = "unverified";
        this.context.warn(
          `${module.path}: unverified: the build ID of what ran is not known`,
        );
      } else module.status = "ok";
      module.buildId = buildId;
      return;
    }
    this.context.warn(
      refusal === ""
        ? `${module.path}: not found`
        : `${module.path}: not used: ${refusal}`,
    );
  }

  /** Opens the unwind tables; what is broken becomes `module.tableError`. */
  async loadTables(): Promise<void> {
    const { module, context } = this;
    const elf = this.elf ?? this.image;
    module.tables = [];
    if (elf === undefined) return;
    try {
      const debug = context.sources.includes("debug_frame") &&
          context.separateDebugFrames !== false
        ? await this.findDebugFile()
        : undefined;
      const { tables, errors } = await openTables(
        elf,
        debug,
        context.sources,
        context.machine,
        this.elf === undefined,
        () => this.openSidecar(elf),
      );
      module.tables = tables;
      for (const error of errors) {
        module.tableError = error;
        context.warn(`${module.path}: ${error.message}`);
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      module.tableError = error;
      context.warn(`${module.path}: ${error.message}`);
    }
  }

  /** Opens the symbol tables. */
  async loadSymbols(): Promise<void> {
    const elf = this.elf ?? this.image;
    if (this.symbols !== undefined || elf === undefined) return;
    const { decompress } = this.context;
    const { openModuleSymbols } = await import("./symbols.ts");
    this.symbols = await openModuleSymbols(
      elf,
      () => this.findDebugFile(),
      decompress,
    );
  }

  /** Reads the functions and source lines at an address of the file, if it or its debug file has them. */
  async loadLines(address: number): Promise<void> {
    this.lines = await this.openLines();
    await this.lines?.load(address);
  }

  /** What {@linkcode ModuleFile.loadLines} read: innermost function first; empty if nothing is known. */
  linesAt(address: number): readonly SourceFrame[] {
    return this.lines?.at(address) ?? [];
  }

  /** Opens what answers where addresses are in the source; `undefined` if neither the file nor its debug file tells. */
  openLines(): Promise<ModuleLines | undefined> {
    return this.linesOpening ??= this.lookForLines();
  }

  private async lookForLines(): Promise<ModuleLines | undefined> {
    const { elf, context: { warn, parts: { lines: load } }, module: { path } } =
      this;
    if (elf === undefined || load === undefined) return undefined;
    const own = await hasDebugInfo(elf);
    const debug = own ? elf : await this.findDebugFile();
    if (debug === undefined || !own && !await hasDebugInfo(debug)) {
      return undefined;
    }
    const { ModuleLines } = await load();
    return new ModuleLines(
      debug,
      { binary: this.filePath!, debug: own ? this.filePath! : this.debugPath },
      this.context,
      (error) => warn(`${path}: ${error.message}`),
    );
  }

  private async openSidecar(elf: ElfFile): Promise<OpenedSidecar> {
    const { module: { path, buildId }, context } = this;
    // A sidecar is tied to its binary by nothing but the build ID.
    const candidates = buildId === undefined
      ? []
      : context.candidates({ path, buildId, purpose: "sidecar" });
    const load = context.parts.sidecar;
    if (candidates.length === 0 || load === undefined) {
      return { table: undefined, errors: [] };
    }
    const { openModuleSidecar } = await load();
    return await openModuleSidecar(
      candidates,
      buildId!,
      elf,
      context.decompress,
    );
  }

  private findDebugFile(): Promise<ElfFile | undefined> {
    return this.debugFile ??= this.lookForDebugFile();
  }

  private async lookForDebugFile(): Promise<ElfFile | undefined> {
    const { elf, module, context } = this;
    if (elf === undefined) return undefined;
    const request: ModuleRequest = {
      path: module.path,
      buildId: module.buildId,
      purpose: "debug",
    };
    const link = await elf.debugLink().catch(() => undefined);
    if (link !== undefined) {
      request.debugLink = { ...link, directory: directoryOf(this.filePath!) };
    }
    if (link === undefined && module.buildId === undefined) return undefined;
    for (const candidate of context.candidates(request)) {
      const debug = await openCandidate(candidate, context);
      if (typeof debug === "string") continue;
      const buildId = await debug.buildId().catch(() => undefined);
      this.debugPath = candidate.path;
      if (buildId !== undefined && buildId === module.buildId) return debug;
      const isLinked = module.buildId === undefined && link !== undefined;
      if (isLinked && await checksum(debug.source) === link.crc) return debug;
    }
    return undefined;
  }
}

/** Whether a file has debug information, compressed or not; a broken list of sections has none. */
async function hasDebugInfo(elf: ElfFile): Promise<boolean> {
  const sections = await elf.sections().catch(() => []);
  return sections.some(({ name, type }) =>
    type !== SHT.NOBITS &&
    (name === ".debug_info" || name === ".zdebug_info")
  );
}

/** CRC of a whole file, as a debug link holds it. */
async function checksum(source: ByteSource): Promise<number> {
  const CHUNK_SIZE = 1 << 18;
  const { crc32 } = await import("../../formats/base/crc32.ts");
  let crc = 0;
  for (let at = 0; at < source.size; at += CHUNK_SIZE) {
    crc = crc32(await source.read(at, CHUNK_SIZE), crc);
  }
  return crc;
}
