/**
 * Sidecars of modules: tables kept in files of their own, found by build ID.
 *
 * @module
 */
import type { ByteSource } from "../../formats/base/byte_source.ts";
import { FormatError } from "../../formats/base/error.ts";
import type { Decompress, ElfFile } from "../../formats/elf/reader.ts";
import { openSidecar, type SidecarTable } from "../../formats/sidecar/mod.ts";

/** A place where a sidecar may be. */
export interface SidecarCandidate {
  /** Path, for messages. */
  path: string;
  /** Opens it, or says why not. */
  open(): ByteSource | string | Promise<ByteSource | string>;
}

/** What {@linkcode openModuleSidecar} found. */
export interface OpenedSidecar {
  /** The first sidecar that belongs to the module. */
  table: SidecarTable | undefined;
  /** Why others could not be used. */
  errors: FormatError[];
}

/**
 * Opens the first of `candidates` that is a sidecar of the binary: same build ID, same machine. Reads its tables only;
 * its parts are loaded as walks need them.
 */
export async function openModuleSidecar(
  candidates: readonly SidecarCandidate[],
  buildId: string,
  elf: ElfFile,
  decompress: Decompress | undefined,
): Promise<OpenedSidecar> {
  const errors: FormatError[] = [];
  for (const candidate of candidates) {
    const source = await candidate.open();
    // Most binaries have none, which is no news.
    if (typeof source === "string") continue;
    try {
      const table = await openSidecar(source, {
        plt: "correct",
        decompress: decompress &&
          ((bytes, size) => decompress("zstd", bytes, size)),
      });
      checkBinary(table, buildId, elf);
      return { table, errors };
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      errors.push(error);
    }
  }
  return { table: undefined, errors };
}

function checkBinary(
  { meta }: SidecarTable,
  buildId: string,
  { header }: ElfFile,
): void {
  if (meta.buildId !== buildId) {
    throw mismatch("build ID", meta.buildId, buildId);
  }
  if (meta.machine !== header.machine) {
    throw mismatch("machine", meta.machine, `${header.machine}`);
  }
}

function mismatch(
  field: string,
  value: string | number,
  expected: string,
): FormatError {
  return new FormatError({
    code: "bad-value",
    format: "sidecar",
    field,
    offset: 0,
    value,
    expected,
  });
}
