/**
 * Source lines of one module: from its debug information and the files that belong to it.
 *
 * @module
 */
import type { FormatError } from "../../formats/base/error.ts";
import {
  type Dwarf,
  openDwarf,
  type SourceFrame,
} from "../../formats/dwarf/mod.ts";
import type { ElfFile } from "../../formats/elf/reader.ts";
import {
  debugOptions,
  type DebugPaths,
  type FindContext,
} from "./debug_files.ts";
import { debugSections } from "./debug_sections.ts";

/** The functions and lines of one module, by address of its file. */
export class ModuleLines {
  private readonly dwarf: Dwarf;
  private readonly found: Map<number, readonly SourceFrame[]> = new Map();
  private readonly warn: (error: FormatError) => void;
  private warningCount = 0;

  /** Reads `elf`, which is at `paths.debug`; `warn` takes what is broken in it. */
  constructor(
    elf: ElfFile,
    paths: DebugPaths,
    context: FindContext,
    warn: (error: FormatError) => void,
  ) {
    const options = debugOptions(elf, paths, context);
    this.dwarf = openDwarf(debugSections(elf), options);
    this.warn = warn;
  }

  /** Reads what {@linkcode ModuleLines.at} answers of this address. */
  async load(address: number): Promise<void> {
    if (this.found.has(address)) return;
    this.found.set(address, await this.locate(address));
  }

  /** The functions at an address, innermost first, without keeping the answer. */
  async locate(address: number): Promise<readonly SourceFrame[]> {
    const frames = await this.dwarf.locate(address);
    const { warnings } = this.dwarf;
    while (this.warningCount < warnings.length) {
      this.warn(warnings[this.warningCount++]!);
    }
    return frames;
  }

  /** Number of the unit that an address belongs to; -1 if it is in none. */
  unitAt(address: number): Promise<number> {
    return this.dwarf.unitAt(address);
  }

  /** The functions at an address that was loaded, innermost first; empty if nothing is known. */
  at(address: number): readonly SourceFrame[] {
    return this.found.get(address) ?? NOTHING;
  }
}

const NOTHING: readonly SourceFrame[] = [];
