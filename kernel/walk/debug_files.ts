/**
 * The files that debug information refers to: what it shares with other files, and its split units.
 *
 * @module
 */
import type { DwarfOptions, DwarfSections } from "../../formats/dwarf/mod.ts";
import { readString } from "../../formats/base/string_table.ts";
import type { ElfFile } from "../../formats/elf/reader.ts";
import {
  directoryOf,
  type ModuleRequest,
  openCandidate,
} from "./candidates.ts";
import { debugSections } from "./debug_sections.ts";
import type { ModuleContext } from "./module_file.ts";

/** Where a module's files are. */
export interface DebugPaths {
  /** The binary. */
  binary: string;
  /** The file with the debug information: the binary, or another one. */
  debug: string;
}

/** What is needed of a session to find files. */
export type FindContext = Pick<
  ModuleContext,
  "candidates" | "decompress" | "machine" | "lineCacheSize"
>;

/** How the files beside `elf`, which has debug information, are opened. */
export function debugOptions(
  elf: ElfFile,
  paths: DebugPaths,
  context: FindContext,
): DwarfOptions {
  const directories = [
    ...new Set([paths.debug, paths.binary].map(directoryOf)),
  ];
  const open = (
    request: Omit<ModuleRequest, "directories">,
    from: readonly string[] = directories,
  ): Promise<DwarfSections | undefined> =>
    openFirst({ ...request, directories: from }, context);
  return {
    cacheSize: context.lineCacheSize,
    openSupplementary: async () => {
      const link = await readAltLink(elf);
      return link && await open({ ...link, purpose: "supplementary" });
    },
    openPackage: async () => {
      for (const path of new Set([paths.binary, paths.debug])) {
        const request = { path: `${path}.dwp`, buildId: undefined };
        const found = await open({ ...request, purpose: "package" }, []);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    openSplit: ({ name, directory }) =>
      open({ path: name, buildId: undefined, purpose: "split" }, [
        ...(directory === "" ? [] : [directory]),
        ...directories,
      ]),
  };
}

/** Opens the first candidate that can be the file. Split units are tied to theirs by ids of their own. */
async function openFirst(
  request: ModuleRequest,
  context: FindContext,
): Promise<DwarfSections | undefined> {
  for (const candidate of context.candidates(request)) {
    const file = await openCandidate(candidate, context);
    if (typeof file === "string") continue;
    const isIt = request.buildId === undefined ||
      await hasId(file, request.buildId);
    if (isIt) return debugSections(file);
  }
  return undefined;
}

/** Whether a file has that build ID, or says that it is the supplementary file with it. */
async function hasId(file: ElfFile, id: string): Promise<boolean> {
  if (await file.buildId().catch(() => undefined) === id) return true;
  return (await readAltLink(file).catch(() => undefined))?.buildId === id;
}

/** Name and build ID of the supplementary file, as `.gnu_debugaltlink` or `.debug_sup` has them. */
async function readAltLink(
  elf: ElfFile,
): Promise<{ path: string; buildId: string } | undefined> {
  const alt = await elf.findSection(".gnu_debugaltlink");
  const section = alt ?? await elf.findSection(".debug_sup");
  if (section === undefined) return undefined;
  const bytes = await elf.readSection(section);
  // `.debug_sup`: a version of two bytes, whether this is the supplementary file itself; behind the name a size.
  const nameOffset = alt === undefined ? 3 : 0;
  const nameEnd = bytes.indexOf(0, nameOffset);
  if (nameEnd < 0) return undefined;
  const id = bytes.subarray(nameEnd + (alt === undefined ? 2 : 1));
  const digits = Array.from(id, (byte) => byte.toString(16).padStart(2, "0"));
  return { path: readString(bytes, nameOffset), buildId: digits.join("") };
}
