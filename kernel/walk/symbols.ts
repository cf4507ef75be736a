/**
 * Names of functions in one module, from every symbol table that there is.
 *
 * @module
 */
import { BytesSource } from "../../formats/base/byte_source.ts";
import { FormatError } from "../../formats/base/error.ts";
import {
  type Decompress,
  type ElfFile,
  openElf,
  openSymbols,
  type SymbolTable,
} from "../../formats/elf/mod.ts";

/** A function's name and where it starts, in the file's addresses. */
export interface FoundSymbol {
  /** Name as the table has it, mangled. */
  name: string;
  /** Address of the symbol in the file. */
  address: number;
}

/** Symbol tables of one module, asked in order. */
export class SymbolLookup {
  private readonly tables: readonly SymbolTable[];
  /** What was found before, by table and index there: a function is asked for at many addresses. */
  private readonly found: readonly Map<number, FoundSymbol>[];

  /** Best table first. */
  constructor(tables: readonly SymbolTable[]) {
    this.tables = tables;
    this.found = tables.map(() => new Map());
  }

  /**
   * The function at `address` of the file; the object is the same for all its addresses. Of two tables' answers the one that
   * starts later is nearer.
   */
  find(address: number): FoundSymbol | undefined {
    const { tables } = this;
    let best = -1;
    let bestIndex = -1;
    for (let i = 0; i < tables.length; i++) {
      const index = tables[i]!.find(address);
      if (index < 0) continue;
      const isNearer = best < 0 ||
        tables[i]!.start(index) > tables[best]!.start(bestIndex);
      if (isNearer) {
        best = i;
        bestIndex = index;
      }
    }
    if (best < 0) return undefined;
    const known = this.found[best]!.get(bestIndex);
    if (known !== undefined) return known;
    const table = tables[best]!;
    const found = {
      name: table.name(bestIndex),
      address: table.start(bestIndex),
    };
    this.found[best]!.set(bestIndex, found);
    return found;
  }

  /** Address in the file of the symbol called `name`. */
  findByName(name: string): number | undefined {
    for (const table of this.tables) {
      const index = table.findByName(name);
      if (index >= 0) return table.start(index);
    }
    return undefined;
  }
}

/**
 * Opens what names a module's functions: `.symtab` of the binary or of its debug file; else `.gnu_debugdata` and
 * `.dynsym`. A broken table is left out: frames without names are better than none.
 */
export async function openModuleSymbols(
  elf: ElfFile,
  findDebugFile: () => Promise<ElfFile | undefined>,
  decompress: Decompress | undefined,
): Promise<SymbolLookup> {
  const full = await tryOpen(() => openSymbols(elf, ".symtab"));
  if (full !== undefined) return new SymbolLookup([full]);
  const debug = await findDebugFile();
  const separate = debug && await tryOpen(() => openSymbols(debug, ".symtab"));
  if (separate !== undefined) return new SymbolLookup([separate]);
  const small = decompress &&
    await tryOpen(() => openMiniDebugInfo(elf, decompress));
  const dynamic = await tryOpen(() => openSymbols(elf, ".dynsym"));
  return new SymbolLookup(
    [small, dynamic].filter((table) => table !== undefined),
  );
}

async function openMiniDebugInfo(
  elf: ElfFile,
  decompress: Decompress,
): Promise<SymbolTable | undefined> {
  const section = await elf.findSection(".gnu_debugdata");
  if (section === undefined) return undefined;
  const packed = await elf.readSection(section);
  const bytes = await unpack(packed, section.offset, decompress);
  return await openSymbols(
    await openElf(new BytesSource(bytes), { decompress }),
    ".symtab",
  );
}

/** As {@linkcode Decompress} promises: whatever it throws is damage to the section. */
async function unpack(
  packed: Uint8Array,
  offset: number,
  decompress: Decompress,
): Promise<Uint8Array> {
  try {
    return await decompress("xz", packed, undefined);
  } catch (cause) {
    throw new FormatError({
      code: "bad-value",
      format: "ELF",
      field: ".gnu_debugdata",
      offset,
      expected: "a whole xz stream",
      cause,
    });
  }
}

async function tryOpen(
  open: () => Promise<SymbolTable | undefined>,
): Promise<SymbolTable | undefined> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
