/**
 * Relocations of `.sframe` in relocatable objects: where functions start is not in the section itself.
 *
 * @module
 */
import { readInt64, writeInt64 } from "../formats/base/address.ts";
import { viewOf } from "../formats/base/byte_source.ts";
import {
  type ElfFile,
  type ElfSection,
  EM,
  openSymbols,
  SHT,
} from "../formats/elf/mod.ts";

/** Relocation types S + A - P, by machine: their size in bytes. */
const RELATIVE: Record<number, Record<number, 4 | 8>> = {
  [EM.X86_64]: { 2: 4, 24: 8 },
  [EM.AARCH64]: { 261: 4, 260: 8 },
  [EM.S390]: { 5: 4, 23: 8 },
};
const ENTRY_SIZE = 24;

/** Where a function start points to in an object that is not linked. */
export interface RelocationTarget {
  /** Number of the section of the code. */
  sectionIndex: number;
  /** Offset in that section, bytes. */
  offset: number;
}

/** A section whose relocations were applied. */
export interface RelocatedSection {
  /** Its bytes; those of the file if there was nothing to apply. */
  bytes: Uint8Array;
  /** Targets by the offset of the field. */
  targets: Map<number, RelocationTarget>;
  /** Relocations of another type, which were left alone; types that do nothing do not count. */
  skippedCount: number;
}

/**
 * Applies the relocations of a section: entries `(r_offset, r_info, r_addend)` of 24 bytes, in 64-bit files.
 *
 * Source: gABI 4.3, chapter 4, "Relocation"; psABIs of x86-64, AArch64 and s390x.
 *
 * @throws {FormatError} As `ElfFile.readSection`.
 */
export async function relocate(
  elf: ElfFile,
  section: ElfSection,
  bytes: Uint8Array,
): Promise<RelocatedSection> {
  const { machine, littleEndian, elfClass } = elf.header;
  const types = RELATIVE[machine];
  const out: RelocatedSection = { bytes, targets: new Map(), skippedCount: 0 };
  const symbols = await openSymbols(elf, ".symtab");
  if (types === undefined || symbols === undefined || elfClass !== 64) {
    return out;
  }
  for (const table of await elf.sections()) {
    if (table.type !== SHT.RELA || table.info !== section.index) continue;
    if (out.bytes === bytes) out.bytes = bytes.slice();
    const entries = viewOf(await elf.readSection(table));
    const view = viewOf(out.bytes);
    for (let at = 0; at + ENTRY_SIZE <= entries.byteLength; at += ENTRY_SIZE) {
      const offset = readInt64(entries, at, littleEndian);
      const type = entries.getUint32(
        at + (littleEndian ? 8 : 12),
        littleEndian,
      );
      const symbol = entries.getUint32(
        at + (littleEndian ? 12 : 8),
        littleEndian,
      );
      const size = types[type];
      if (
        size === undefined || !(offset >= 0 && offset + size <= bytes.length)
      ) {
        if (type !== 0 && type !== 256) out.skippedCount++;
        continue;
      }
      const start = symbol === 0 ? 0 : symbols.start(symbol);
      const target = start + readInt64(entries, at + 16, littleEndian);
      const value = target - offset - section.address;
      if (!Number.isSafeInteger(value)) {
        out.skippedCount++;
        continue;
      }
      if (size === 4) view.setInt32(offset, value, littleEndian);
      else writeInt64(view, offset, value, littleEndian);
      const sectionIndex = symbols.sectionIndex(symbol);
      out.targets.set(offset, { sectionIndex, offset: target });
    }
  }
  return out;
}
