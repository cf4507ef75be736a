/**
 * Numbers of ELF in words.
 *
 * @module
 */
import { formatAddress } from "../../../formats/base/address.ts";
import { type ElfSection, EM, ET, SHF, SHT } from "../../../formats/elf/mod.ts";
import type { SectionRow } from "../protocol.ts";

const TYPES: Readonly<Record<number, string>> = {
  [ET.REL]: "object, not linked",
  [ET.EXEC]: "executable",
  [ET.DYN]: "shared object or executable",
  [ET.CORE]: "core dump",
};

/** Types that the readers of ELF have no use for, and so no names. */
const MORE_TYPES: readonly [number, string][] = [
  [14, "init_array"],
  [15, "fini_array"],
  [16, "preinit_array"],
  [17, "group"],
  [0x6ffffffd, "gnu_verdef"],
  [0x6ffffffe, "gnu_verneed"],
  [0x6fffffff, "gnu_versym"],
];

const SECTION_TYPES: ReadonlyMap<number, string> = new Map([
  ...Object.entries(SHT).map(([name, type]): [number, string] => [
    type,
    name.toLowerCase(),
  ]),
  ...MORE_TYPES,
]);

const FLAGS: readonly [bit: number, letter: string][] = [
  [SHF.WRITE, "W"],
  [SHF.ALLOC, "A"],
  [SHF.EXECINSTR, "X"],
  [SHF.TLS, "T"],
  [SHF.COMPRESSED, "C"],
];

/** What kind of file it is. */
export function typeName(type: number): string {
  return TYPES[type] ?? `type ${type}`;
}

/** Name of a machine. */
export function machineName(machine: number): string {
  const found = Object.entries(EM).find(([, number]) => number === machine);
  return found?.[0].toLowerCase().replace("_", "-") ?? `machine ${machine}`;
}

/** One section. */
export function describeSection(section: ElfSection): SectionRow {
  const { index, name, type, flags, address, offset, size } = section;
  return {
    index,
    name,
    type: SECTION_TYPES.get(type) ?? `0x${(type >>> 0).toString(16)}`,
    flags: FLAGS.filter(([bit]) => (flags & bit) !== 0)
      .map(([, letter]) => letter).join(""),
    address: formatAddress(address),
    offset: formatAddress(offset),
    size,
  };
}
