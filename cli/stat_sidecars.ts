/**
 * Sizes of the sidecars that a binary would have.
 *
 * @module
 */
import { FormatError } from "../formats/base/error.ts";
import type { ElfFile } from "../formats/elf/mod.ts";
import { buildSFrame, decodeSFrame } from "../formats/sframe/mod.ts";
import {
  convertEhFrame,
  openElfTables,
  placeOf,
} from "../kernel/convert/mod.ts";
import { describeBinary, makeSidecar } from "./sidecar_output.ts";

/** Why functions would be left out of a section. */
export interface Dropped {
  /** Why, in a few words. */
  reason: string;
  /** Functions. */
  functions: number;
  /** Bytes of their code. */
  size: number;
}

/** What {@linkcode measureSidecars} finds. */
export interface SidecarSizes {
  /** Whether the section is the file's own, or was converted. */
  from: "sframe" | "eh_frame";
  /** Bytes of the section. */
  section: number;
  /** Its functions. */
  functions: number;
  /** Its rows. */
  rows: number;
  /** Bytes in seekable zstd. */
  zstd: number;
  /** Bytes in the compact form. */
  compact: number;
  /** Bytes in the compact form with its own zstd blocks. */
  compactZstd: number;
  /** Functions that were left out by converting. */
  dropped: Dropped[];
}

/**
 * Makes all sidecars of a binary: from its `.sframe`, or else from its `.eh_frame` by conversion.
 *
 * @returns Their sizes; `undefined` if it has neither.
 * @throws {FormatError} If a table is bad.
 */
export async function measureSidecars(
  elf: ElfFile,
): Promise<SidecarSizes | undefined> {
  const tables = await openElfTables(elf);
  const meta = await describeBinary(elf);
  let bytes = tables.sframe?.bytes;
  let address = tables.sframe?.address ?? 0;
  const dropped = new Map<string, Dropped>();
  if (bytes === undefined) {
    if (tables.ehFrame === undefined) return undefined;
    address = placeOf(elf, tables);
    const converted = convertEhFrame({
      ...tables,
      table: tables.ehFrame,
      sectionAddress: address,
    });
    for (const { reason, size } of converted.dropped) {
      const one = dropped.get(reason) ?? { reason, functions: 0, size: 0 };
      one.functions++;
      one.size += size;
      dropped.set(reason, one);
    }
    bytes = build(converted.section);
  }
  const { functions } = decodeSFrame(bytes, address);
  const zstd = await makeSidecar(bytes, address, meta, "zstd");
  const compact = await makeSidecar(bytes, address, meta, "compact");
  const both = await makeSidecar(bytes, address, meta, "compact-zstd");
  return {
    from: tables.sframe === undefined ? "eh_frame" : "sframe",
    section: bytes.length,
    functions: functions.length,
    rows: functions.reduce((sum, { rows }) => sum + rows.length, 0),
    zstd: zstd.length,
    compact: compact.length,
    compactZstd: both.length,
    dropped: [...dropped.values()].sort((a, b) => b.functions - a.functions),
  };
}

function build(section: Parameters<typeof buildSFrame>[0]): Uint8Array {
  try {
    return buildSFrame(section);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new FormatError({
      code: "unsupported",
      format: "SFrame",
      field: "section",
      offset: 0,
      value: error.message,
      expected: "functions that SFrame can express",
      cause: error,
    });
  }
}
