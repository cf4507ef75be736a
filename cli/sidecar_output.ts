/**
 * Sidecars as commands write them.
 *
 * @module
 */
import { constants, zstdCompressSync } from "node:zlib";
import { type ElfFile, PF, PT } from "../formats/elf/mod.ts";
import {
  encodeSidecar,
  type SidecarFormat,
  type SidecarMeta,
  sidecarPaths,
} from "../formats/sidecar/mod.ts";
import { InputError, type Io } from "./io.ts";
import { writeFile } from "./report.ts";

/** Written once and read often. */
const LEVEL = 19;

/** What a sidecar says of its binary. */
export async function describeBinary(elf: ElfFile): Promise<SidecarMeta> {
  const { segments, header } = elf;
  let textStart = Infinity;
  let textEnd = -Infinity;
  for (let i = 0; i < segments.count; i++) {
    if (segments.types[i] !== PT.LOAD) continue;
    if ((segments.flags[i]! & PF.X) === 0) continue;
    const start = segments.addresses[i]!;
    textStart = Math.min(textStart, start);
    textEnd = Math.max(textEnd, start + segments.memorySizes[i]!);
  }
  const isEmpty = textEnd < textStart;
  return {
    buildId: await elf.buildId() ?? "",
    machine: header.machine,
    textStart: isEmpty ? 0 : textStart,
    textEnd: isEmpty ? 0 : textEnd,
  };
}

/**
 * Makes a sidecar of a section.
 *
 * @throws {FormatError} As `encodeSidecar`.
 */
export async function makeSidecar(
  section: Uint8Array,
  sectionAddress: number,
  meta: SidecarMeta,
  format: SidecarFormat,
): Promise<Uint8Array<ArrayBuffer>> {
  return await encodeSidecar(section, sectionAddress, meta, {
    format,
    compress: (bytes) =>
      zstdCompressSync(bytes, {
        params: { [constants.ZSTD_c_compressionLevel]: LEVEL },
      }),
  });
}

/**
 * Writes a sidecar to where `bt --sidecars DIR` looks for it.
 *
 * @returns Its path.
 * @throws {InputError} If the binary has no build ID, or the file cannot be written.
 */
export function writeSidecar(
  directory: string,
  bytes: Uint8Array,
  meta: SidecarMeta,
  format: SidecarFormat,
  io: Io,
): string {
  const [seekable, compact] = sidecarPaths(meta.buildId);
  const name = format === "zstd" ? seekable : compact;
  if (name === undefined) {
    throw new InputError(
      "the binary has no build ID by which a sidecar could be found",
    );
  }
  const path = `${directory.replace(/\/+$/, "")}/${name}`;
  const parent = path.slice(0, path.lastIndexOf("/"));
  const refusal = io.makeDirectory(parent);
  if (refusal !== undefined) throw new InputError(`${parent}: ${refusal}`);
  writeFile(path, bytes, io);
  return path;
}
