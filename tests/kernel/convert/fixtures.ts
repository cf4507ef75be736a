/**
 * The linked files of `tests/data/convert`, which gas and ld wrote with `.sframe` (make.sh).
 *
 * @module
 */
import { BytesSource } from "../../../formats/base/byte_source.ts";
import { type ElfFile, openElf } from "../../../formats/elf/mod.ts";
import { type ElfTables, openElfTables } from "../../../kernel/convert/mod.ts";

const FOLDER = new URL("../../data/convert/", import.meta.url);

/** One file with both tables. */
export interface Fixture {
  elf: ElfFile;
  tables: ElfTables;
  sframe: { bytes: Uint8Array; address: number };
}

/** The bytes of a file. */
export function readFixture(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(name, FOLDER));
}

/** Opens a file. */
export async function openFixture(name: string): Promise<Fixture> {
  const elf = await openElf(new BytesSource(readFixture(name)));
  const tables = await openElfTables(elf);
  return { elf, tables, sframe: tables.sframe! };
}
