/**
 * The dynamic section, and with it what version each dynamic symbol has.
 *
 * @module
 */
import { readInt64 } from "../../formats/base/address.ts";
import { viewOf } from "../../formats/base/byte_source.ts";
import { readString } from "../../formats/base/string_table.ts";
import { type ElfFile, PT } from "../../formats/elf/mod.ts";

/** Tags that are asked for, `d_tag`, beside those of `DT`. */
export const TAG = {
  NULL: 0,
  NEEDED: 1,
  PLTRELSZ: 2,
  HASH: 4,
  STRTAB: 5,
  RELASZ: 8,
  STRSZ: 10,
  INIT: 12,
  FINI: 13,
  SONAME: 14,
  RELSZ: 18,
  TEXTREL: 22,
  INIT_ARRAY: 25,
  RELRSZ: 35,
  GNU_HASH: 0x6ffffef5,
  VERSYM: 0x6ffffff0,
  VERDEF: 0x6ffffffc,
  VERDEFNUM: 0x6ffffffd,
} as const;

const ENTRY_SIZE = 16;
const VERDEF_SIZE = 20;
const HIDDEN = 0x8000;
/** Version numbers below have no name: local, global. */
const FIRST_VERSION = 2;

/** Tags and values of a dynamic section. */
export class DynamicSection {
  private readonly elf: ElfFile;
  private readonly tags: ReadonlyMap<number, number>;

  /** For {@linkcode readDynamic}. */
  constructor(elf: ElfFile, tags: ReadonlyMap<number, number>) {
    this.elf = elf;
    this.tags = tags;
  }

  /** Value of the first entry with that tag. */
  get(tag: number): number | undefined {
    return this.tags.get(tag);
  }

  /** Whether there is such an entry. */
  has(tag: number): boolean {
    return this.tags.has(tag);
  }

  /** The string at an offset of the string table; empty if it is not in the file. */
  async string(offset: number | undefined): Promise<string> {
    const table = this.tags.get(TAG.STRTAB);
    const size = this.tags.get(TAG.STRSZ);
    if (offset === undefined || table === undefined || size === undefined) {
      return "";
    }
    const bytes = await this.elf.readAddress(table, size);
    return bytes === undefined ? "" : readString(bytes, offset);
  }

  /** Names of versions by dynamic symbol; empty where a symbol has none. */
  async versions(count: number): Promise<string[]> {
    const address = this.tags.get(TAG.VERSYM);
    const bytes = address === undefined
      ? undefined
      : await this.elf.readAddress(address, 2 * count);
    const names = await this.versionNames();
    const view = bytes && viewOf(bytes);
    const { littleEndian } = this.elf.header;
    return Array.from({ length: count }, (_, i) => {
      const version = view?.getUint16(2 * i, littleEndian) ?? 0;
      return names.get(version & ~HIDDEN) ?? "";
    });
  }

  /**
   * Names of the versions that the file defines, by number.
   *
   * | offset | size | field of `Elf64_Verdef` |
   * | --- | --- | --- |
   * | 0 | 2, 2 | `vd_version`, `vd_flags` |
   * | 4 | 2, 2 | `vd_ndx`, `vd_cnt` |
   * | 8 | 4 | `vd_hash` |
   * | 12 | 4 | `vd_aux`: from here to the first `Elf64_Verdaux`, whose first word is the name |
   * | 16 | 4 | `vd_next`: from here to the next |
   *
   * Source: Linux Standard Base 5.0, core, "Symbol Versioning".
   */
  private async versionNames(): Promise<Map<number, string>> {
    const names = new Map<number, string>();
    const { littleEndian } = this.elf.header;
    const count = this.tags.get(TAG.VERDEFNUM) ?? 0;
    let at = this.tags.get(TAG.VERDEF);
    // Every definition is further on than the one before, so the file's end ends a list that is damaged.
    for (let i = 0; i < count && at !== undefined; i++) {
      const bytes: Uint8Array | undefined = await this.elf.readAddress(
        at,
        VERDEF_SIZE,
      );
      if (bytes === undefined) break;
      const view = viewOf(bytes);
      const index = view.getUint16(4, littleEndian);
      const aux = await this.elf.readAddress(
        at + view.getUint32(12, littleEndian),
        4,
      );
      if (aux !== undefined && index >= FIRST_VERSION) {
        const name = viewOf(aux).getUint32(0, littleEndian);
        names.set(index, await this.string(name));
      }
      const next = view.getUint32(16, littleEndian);
      at = next === 0 ? undefined : at + next;
    }
    return names;
  }
}

/** Reads the dynamic section; `undefined` if the file has none. */
export async function readDynamic(
  elf: ElfFile,
): Promise<DynamicSection | undefined> {
  const index = elf.segments.findType(PT.DYNAMIC);
  if (index < 0) return undefined;
  const view = viewOf(await elf.readSegment(index));
  const { littleEndian } = elf.header;
  const tags = new Map<number, number>();
  for (let at = 0; at + ENTRY_SIZE <= view.byteLength; at += ENTRY_SIZE) {
    const tag = readInt64(view, at, littleEndian);
    if (tag === TAG.NULL) break;
    if (!tags.has(tag)) {
      tags.set(tag, readInt64(view, at + 8, littleEndian));
    }
  }
  return new DynamicSection(elf, tags);
}
