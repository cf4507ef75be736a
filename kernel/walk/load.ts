/**
 * The load phase: from a core to memory, text ranges and modules.
 *
 * @module
 */
import { FormatError } from "../../formats/base/error.ts";
import { readString } from "../../formats/base/string_table.ts";
import type { CoreDump } from "../../formats/core_dump/mod.ts";
import { type ElfFile, openElf, PT } from "../../formats/elf/reader.ts";
import { CodeMap, Module, NO_MODULE } from "./code_map.ts";
import { ImageSource } from "./image_source.ts";
import {
  type Candidate,
  type ModuleContext,
  ModuleFile,
  type ModuleRequest,
} from "./module_file.ts";
import {
  findBias,
  groupMappings,
  isRegularPath,
  type MappedFile,
  type MappedPart,
  mappedSegments,
  readLinkMap,
  resolveExecutable,
} from "./modules.ts";
import { SourceMemory } from "./source_memory.ts";

/** Entries of the auxiliary vector that are needed here. */
const AT = { PHDR: 3, ENTRY: 9, EXECFN: 31, SYSINFO_EHDR: 33 } as const;

/** What the load phase makes; `files` and the modules of `codeMap` have the same indexes. */
export interface LoadedProcess {
  /** Text ranges and modules. */
  codeMap: CodeMap;
  /** Memory of the core and of the files. */
  memory: SourceMemory;
  /** A file for each module. */
  files: ModuleFile[];
}

/** Loads the process of `core`. `executable` is tried first for the program itself. */
export async function loadProcess(
  core: CoreDump,
  context: ModuleContext,
  executable: Candidate | undefined,
): Promise<LoadedProcess> {
  const loader = new Loader(core, context, executable);
  await loader.load();
  return {
    codeMap: loader.codeMap,
    memory: loader.memory,
    files: loader.files,
  };
}

class Loader {
  readonly codeMap: CodeMap = new CodeMap();
  readonly memory: SourceMemory;
  /** What the core holds, without the files. */
  private readonly dumped: SourceMemory;
  readonly files: ModuleFile[] = [];
  private readonly core: CoreDump;
  private readonly context: ModuleContext;
  private readonly executable: Candidate | undefined;

  constructor(
    core: CoreDump,
    context: ModuleContext,
    executable: Candidate | undefined,
  ) {
    this.core = core;
    this.context = context;
    this.executable = executable;
    this.memory = new SourceMemory(core.littleEndian);
    this.dumped = new SourceMemory(core.littleEndian);
  }

  async load(): Promise<void> {
    const { core } = this;
    const segments = core.memory;
    for (const memory of [this.memory, this.dumped]) {
      for (let i = 0; i < segments.count; i++) {
        memory.addRegion(
          segments.starts[i]!,
          segments.fileEnds[i]!,
          core.source,
          segments.offsets[i]!,
        );
      }
    }
    await this.addVdso();
    if (core.mappings.length > 0) {
      for (const file of groupMappings(core)) await this.addMappedFile(file);
    } else await this.addFromLinkMap();
    for (let i = 0; i < segments.count; i++) {
      // what belongs to no file: code made at run time
      if (segments.isExecutable(i)) {
        this.codeMap.addText(segments.starts[i]!, segments.ends[i]!, NO_MODULE);
      }
    }
  }

  private async addVdso(): Promise<void> {
    const start = this.core.auxv.get(AT.SYSINFO_EHDR);
    const segment = start === undefined ? -1 : this.core.memory.find(start);
    if (segment < 0) return;
    const end = this.core.memory.ends[segment]!;
    const parts = [{ start: start!, end, fileOffset: 0, executable: true }];
    const image = await openImage(this.dumped, parts);
    if (image === undefined) return;
    const module = new Module("[vdso]", start!, end);
    module.status = "core";
    module.bias = findBias(image.segments, parts, this.core.pageSize) ??
      start!;
    module.buildId = await image.buildId().catch(() => undefined);
    this.register(new ModuleFile(module, image, this.context), parts);
  }

  private async addMappedFile(
    { path, deleted, parts }: MappedFile,
  ): Promise<void> {
    const module = new Module(path, parts[0]!.start, parts.at(-1)!.end);
    const image = await openImage(this.dumped, parts);
    module.buildId = await image?.buildId().catch(() => undefined);
    const file = new ModuleFile(module, image, this.context);
    const isProgram = this.isProgram(parts);
    const candidates = () =>
      this.candidates(path, module.buildId, isProgram, parts[0]);
    if (!isRegularPath(path)) {
      this.context.warn(`${path}: not opened: not a regular file`);
    } else if (deleted && module.buildId === undefined) {
      await this.findDeleted(file, candidates());
    } else if (image !== undefined || parts.some((part) => part.executable)) {
      await file.find(candidates());
    } else return; // data, as far as the core says
    if (deleted && file.elf === undefined) module.status = "deleted";
    const elf = file.elf ?? image;
    const { pageSize } = this.core;
    resolveExecutable(parts, elf?.segments, pageSize);
    module.bias = (elf && findBias(elf.segments, parts, pageSize)) ??
      module.start;
    this.register(file, parts);
  }

  /** Whatever has the path of a deleted file now is another file. */
  private async findDeleted(
    file: ModuleFile,
    candidates: readonly Candidate[],
  ): Promise<void> {
    const sure = candidates.filter((candidate) =>
      candidate.isMapped || candidate === this.executable
    );
    if (sure.length > 0) return await file.find(sure);
    this.context.warn(`${file.module.path}: deleted while it was mapped`);
  }

  /** Cores without NT_FILE: the program by AT_PHDR, the rest by the dynamic loader's own list. */
  private async addFromLinkMap(): Promise<void> {
    const { auxv } = this.core;
    const name = auxv.get(AT.EXECFN);
    const given = name === undefined
      ? ""
      : readString(await this.memory.readRange(name, 4096), 0);
    const path = given || this.executable?.path || this.core.process?.name ||
      "";
    if (path === "") {
      this.context.warn("the core does not name its program");
      return;
    }
    const program = new ModuleFile(
      new Module(path, 0, 0),
      undefined,
      this.context,
    );
    await program.find(this.candidates(path, undefined, true));
    const { elf } = program;
    if (elf === undefined) return;
    const bias = programBias(elf, auxv.get(AT.PHDR), auxv.get(AT.ENTRY));
    this.registerAt(program, elf, bias);
    const dynamic = elf.segments.types.indexOf(PT.DYNAMIC);
    if (dynamic < 0) return;
    const { addresses, memorySizes } = elf.segments;
    const objects = await readLinkMap(
      this.memory,
      addresses[dynamic]! + bias,
      memorySizes[dynamic]!,
    );
    for (const object of objects) {
      if (object.path === "" || !isRegularPath(object.path)) continue;
      const file = new ModuleFile(
        new Module(object.path, 0, 0),
        undefined,
        this.context,
      );
      await file.find(this.candidates(object.path, undefined, false));
      if (file.elf !== undefined) this.registerAt(file, file.elf, object.bias);
    }
  }

  private registerAt(file: ModuleFile, elf: ElfFile, bias: number): void {
    const parts = mappedSegments(elf.segments, bias);
    if (parts.length === 0) return;
    const end = parts.reduce((last, part) => Math.max(last, part.end), 0);
    const module = new Module(file.module.path, parts[0]!.start, end);
    Object.assign(module, {
      buildId: file.module.buildId,
      status: file.module.status,
      bias,
    });
    const placed = new ModuleFile(module, undefined, this.context);
    placed.elf = file.elf;
    placed.filePath = file.filePath;
    this.register(placed, parts);
  }

  private register(file: ModuleFile, parts: readonly MappedPart[]): void {
    const index = this.codeMap.addModule(file.module);
    this.files.push(file);
    for (const { start, end, fileOffset, executable } of parts) {
      if (executable) this.codeMap.addText(start, end, index);
      if (file.elf === undefined) continue;
      const { source } = file.elf;
      const size = Math.min(end - start, source.size - fileOffset);
      this.memory.addRegion(start, start + size, source, fileOffset);
    }
  }

  private candidates(
    path: string,
    buildId: string | undefined,
    isProgram: boolean,
    part?: MappedPart,
  ): Candidate[] {
    const request: ModuleRequest = { path, buildId, purpose: "binary" };
    if (part !== undefined) request.mapping = part;
    const found = this.context.candidates(request);
    return isProgram && this.executable !== undefined
      ? [this.executable, ...found]
      : found;
  }

  private isProgram(parts: readonly MappedPart[]): boolean {
    const { auxv } = this.core;
    const address = auxv.get(AT.PHDR) ?? auxv.get(AT.ENTRY);
    if (address === undefined) {
      return this.files.every((file) => file.module.status === "core");
    }
    return parts.some((part) => address >= part.start && address < part.end);
  }
}

async function openImage(
  memory: SourceMemory,
  parts: readonly MappedPart[],
): Promise<ElfFile | undefined> {
  try {
    return await openElf(new ImageSource(memory, parts));
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

function programBias(
  elf: ElfFile,
  headersAddress: number | undefined,
  entry: number | undefined,
): number {
  const { segments, header } = elf;
  const own = segments.types.indexOf(PT.PHDR);
  if (headersAddress !== undefined && own >= 0) {
    return headersAddress - segments.addresses[own]!;
  }
  if (entry !== undefined) return entry - header.entry;
  return headersAddress === undefined
    ? 0
    : headersAddress - header.programHeaderOffset - elf.loadAddress;
}
