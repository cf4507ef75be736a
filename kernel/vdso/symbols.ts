/**
 * The dynamic symbols of a vDSO, with their versions.
 *
 * @module
 */
import { FormatError } from "../../formats/base/error.ts";
import { type ElfFile, openSymbols, SHN, STB } from "../../formats/elf/mod.ts";
import type { DynamicSection } from "./dynamic.ts";
import { describeVdsoFunction } from "./functions.ts";

/** A dynamic symbol. */
export interface VdsoSymbol {
  /** Its name. */
  name: string;
  /** Its version; empty if it has none. */
  version: string;
  /** `st_value`: address in the image. */
  address: number;
  /** `st_size`: bytes. */
  size: number;
  /** A value of `STT`. */
  type: number;
  /** Whether it is a weak one: the unprefixed names on x86-64 are. */
  isWeak: boolean;
  /** Whether it stands for a place in the image: not undefined. */
  isDefined: boolean;
  /** Whether it only names a version. */
  isVersion: boolean;
  /** What the function does, in words; empty if that is not known. */
  meaning: string;
}

/**
 * Reads the dynamic symbols; none where they cannot be read.
 *
 * @throws {FormatError} As `openSymbols`.
 */
export async function readVdsoSymbols(
  elf: ElfFile,
  dynamic: DynamicSection | undefined,
): Promise<VdsoSymbol[]> {
  const table = await openSymbols(elf, ".dynsym");
  if (table === undefined) return [];
  const versions = await dynamic?.versions(table.count) ?? [];
  const symbols: VdsoSymbol[] = [];
  for (let i = 1; i < table.count; i++) {
    const name = table.name(i);
    const section = table.sectionIndex(i);
    symbols.push({
      name,
      version: versions[i] ?? "",
      address: table.start(i),
      size: table.size(i),
      type: table.type(i),
      isWeak: table.binding(i) === STB.WEAK,
      isDefined: section !== SHN.UNDEF,
      isVersion: section === SHN.ABS && name === versions[i],
      meaning: describeVdsoFunction(name),
    });
  }
  return symbols;
}

/** What `read` gives, or `otherwise` where the file is damaged; the damage goes to `errors`. */
export async function orElse<T>(
  read: () => Promise<T>,
  otherwise: T,
  errors: FormatError[],
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    errors.push(error);
    return otherwise;
  }
}
