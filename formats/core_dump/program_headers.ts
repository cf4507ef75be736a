/**
 * Finds and reads the program headers of a core dump.
 *
 * @module
 */
import {
  decodeSegments,
  type ElfHeader,
  type ElfSegments,
  PN_XNUM,
  PT,
} from "../elf/mod.ts";
import type { ByteSource } from "../base/byte_source.ts";
import { viewOf } from "../base/byte_source.ts";
import { TruncatedError } from "../base/error.ts";
import { CORE, coreError, type Warnings } from "./warnings.ts";

/** Size of a program header of 64-bit files, bytes. */
export const PROGRAM_HEADER_SIZE = 56;

const SECTION_HEADER_SIZE = 64;
const SECTION_INFO_OFFSET = 44;
/** More than any process can have: the kernel's own limit of mappings is 65,530 unless raised. */
const MAX_SEGMENTS = 1 << 21;

/**
 * Reads the program headers that the file has. A count that is elsewhere (`PN_XNUM`) is fetched from there; where the
 * file is too short for that, it follows from the notes, which the kernel writes right behind the headers.
 *
 * @throws {FormatError} `out-of-bounds` if there are none at all.
 */
export async function readProgramHeaders(
  source: ByteSource,
  header: ElfHeader,
  warnings: Warnings,
): Promise<ElfSegments> {
  const start = header.programHeaderOffset;
  const room = Math.floor((source.size - start) / PROGRAM_HEADER_SIZE);
  if (!(start >= 0) || room < 1 || header.programHeaderCount === 0) {
    throw coreError({
      code: "out-of-bounds",
      field: header.programHeaderCount === 0 ? "e_phnum" : "e_phoff",
      offset: header.programHeaderCount === 0 ? 56 : 32,
      value: header.programHeaderCount === 0 ? 0 : start,
      expected: "program headers inside the file",
    });
  }
  if (header.programHeaderSize !== PROGRAM_HEADER_SIZE) {
    warnings.add(coreError({
      code: "bad-value",
      field: "e_phentsize",
      offset: 54,
      value: header.programHeaderSize,
      expected: `${PROGRAM_HEADER_SIZE}`,
    }));
  }
  const fixed = { ...header, programHeaderSize: PROGRAM_HEADER_SIZE };
  const stated = await resolveSegmentCount(source, fixed, warnings);
  const count = Math.min(stated, room, MAX_SEGMENTS);
  if (count < stated) {
    warnings.add(
      new TruncatedError(
        CORE,
        "program headers",
        start,
        stated * PROGRAM_HEADER_SIZE,
        count * PROGRAM_HEADER_SIZE,
      ),
    );
  }
  const bytes = await source.read(start, count * PROGRAM_HEADER_SIZE);
  const whole = Math.floor(bytes.length / PROGRAM_HEADER_SIZE);
  return decodeSegments(bytes, fixed, Math.min(count, whole), 0);
}

async function resolveSegmentCount(
  source: ByteSource,
  header: ElfHeader,
  warnings: Warnings,
): Promise<number> {
  if (header.programHeaderCount !== PN_XNUM) return header.programHeaderCount;
  const at = header.sectionHeaderOffset;
  const section = at > 0
    ? await source.read(at, SECTION_HEADER_SIZE)
    : new Uint8Array(0);
  if (section.length === SECTION_HEADER_SIZE) {
    const count = viewOf(section)
      .getUint32(SECTION_INFO_OFFSET, header.littleEndian);
    if (count > 0) return count;
  }
  warnings.add(
    new TruncatedError(
      CORE,
      "sh_info of section 0",
      Math.max(at, 0),
      SECTION_HEADER_SIZE,
      section.length,
    ),
  );
  return await countUpToNotes(source, header);
}

/** The number of headers between the table's start and the first note, if the first header says where that is. */
export async function countUpToNotes(
  source: ByteSource,
  header: ElfHeader,
): Promise<number> {
  const start = header.programHeaderOffset;
  const bytes = await source.read(start, PROGRAM_HEADER_SIZE);
  if (bytes.length < PROGRAM_HEADER_SIZE) return PN_XNUM;
  const first = decodeSegments(bytes, header, 1, 0);
  const gap = first.offsets[0]! - start;
  return first.types[0] === PT.NOTE && gap >= PROGRAM_HEADER_SIZE
    ? Math.floor(gap / PROGRAM_HEADER_SIZE)
    : PN_XNUM;
}
