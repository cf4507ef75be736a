/**
 * The programs of `tests/data/dwarf`, opened as the kernel opens them.
 *
 * @module
 */
import { decompress } from "../../../cli/decompress.ts";
import { BytesSource } from "../../../formats/base/byte_source.ts";
import {
  type Dwarf,
  type DwarfSections,
  openDwarf,
} from "../../../formats/dwarf/mod.ts";
import { openElf } from "../../../formats/elf/mod.ts";
import { debugSections } from "../../../kernel/walk/debug_sections.ts";

const DATA = new URL("../../data/dwarf/", import.meta.url);

/** The sections of a file in the fixture's folder; `undefined` if there is no such file. */
export async function fixtureSections(
  fixture: string,
  file: string,
): Promise<DwarfSections | undefined> {
  const bytes = await Deno.readFile(new URL(`${fixture}/${file}`, DATA))
    .catch(() => undefined);
  return bytes &&
    debugSections(await openElf(new BytesSource(bytes), { decompress }));
}

/** The debug information of a fixture with all that belongs to it. */
export async function openFixture(
  fixture: string,
  cacheSize?: number,
): Promise<Dwarf> {
  const sections = await fixtureSections(fixture, "program");
  return openDwarf(sections!, {
    cacheSize,
    openSupplementary: () => fixtureSections(fixture, "common.debug"),
    openPackage: () => fixtureSections(fixture, "program.dwp"),
    openSplit: ({ name }) => fixtureSections(fixture, name),
  });
}
