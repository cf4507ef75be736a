/**
 * Archives of `ar`: their members, in the order of the file.
 *
 * @module
 */
import { type ByteSource, SubSource } from "../formats/base/byte_source.ts";
import {
  FormatError,
  TruncatedError,
  UnsupportedError,
} from "../formats/base/error.ts";
import { readString } from "../formats/base/string_table.ts";

const FORMAT = "archive";
const MAGIC = "!<arch>\n";
const THIN_MAGIC = "!<thin>\n";
const HEADER_SIZE = 60;
/** The end of every member's header: a grave accent and a line feed. */
const END_MARK = "`\n";
/** Longest name of a member; longer ones are no names. */
const MAX_NAME_SIZE = 4096;

/** One file of an archive. */
export interface ArchiveMember {
  /** Its name, without a folder. */
  name: string;
  /** Its bytes. */
  source: ByteSource;
}

/** Whether a file starts like an archive, of whatever kind. */
export async function isArchive(source: ByteSource): Promise<boolean> {
  const magic = text(await source.read(0, MAGIC.length));
  return magic === MAGIC || magic === THIN_MAGIC;
}

/**
 * Reads the members of an archive one after another; tables of symbols and names are left out. GNU and BSD names.
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 16 | `ar_name` |
 * | 48 | 10 | `ar_size`, decimal |
 * | 58 | 2 | `ar_fmag` |
 *
 * Source: ar(5).
 *
 * @throws {FormatError} `unsupported` for thin archives, which hold no files; `truncated`, `bad-value`
 */
export async function* readArchive(
  source: ByteSource,
): AsyncGenerator<ArchiveMember> {
  const magic = text(await source.read(0, MAGIC.length));
  if (magic === THIN_MAGIC) {
    throw new UnsupportedError(
      FORMAT,
      "magic",
      0,
      "a thin archive",
      "an archive that holds its files: name the files themselves",
    );
  }
  let names = new Uint8Array(0);
  for (let offset = MAGIC.length; offset < source.size;) {
    const { name, size } = await readHeader(source, offset);
    const start = offset + HEADER_SIZE;
    offset = start + size + size % 2;
    if (name === "//") names = new Uint8Array(await source.read(start, size));
    else if (name.startsWith("#1/")) {
      const nameSize = Math.min(Number(name.slice(3)) || 0, size);
      const bytes = await source.read(start, Math.min(nameSize, MAX_NAME_SIZE));
      const member = readString(bytes, 0);
      if (member.startsWith("__.SYMDEF")) continue;
      yield {
        name: member,
        source: new SubSource(source, start + nameSize, size - nameSize),
      };
    } else if (name !== "/" && name !== "/SYM64/") {
      yield {
        name: memberName(name, names),
        source: new SubSource(source, start, size),
      };
    }
  }
}

async function readHeader(
  source: ByteSource,
  offset: number,
): Promise<{ name: string; size: number }> {
  const bytes = await source.read(offset, HEADER_SIZE);
  if (bytes.length < HEADER_SIZE) {
    throw new TruncatedError(
      FORMAT,
      "member header",
      offset,
      HEADER_SIZE,
      bytes.length,
    );
  }
  const mark = text(bytes.subarray(58));
  const digits = text(bytes.subarray(48, 58)).trim();
  const isGood = mark === END_MARK && /^\d+$/.test(digits);
  if (!isGood) {
    throw new FormatError({
      code: "bad-value",
      format: FORMAT,
      field: mark === END_MARK ? "ar_size" : "ar_fmag",
      offset: offset + (mark === END_MARK ? 48 : 58),
      value: JSON.stringify(mark === END_MARK ? digits : mark),
      expected: mark === END_MARK ? "a decimal number" : "the end of a header",
    });
  }
  const size = Number(digits);
  const available = source.size - offset - HEADER_SIZE;
  if (size > available) {
    throw new TruncatedError(
      FORMAT,
      "member",
      offset + HEADER_SIZE,
      size,
      available,
    );
  }
  return { name: text(bytes.subarray(0, 16)).trimEnd(), size };
}

/** `name/`, or `/offset` into the table of long names, whose items end with a slash and a line feed. */
function memberName(name: string, names: Uint8Array): string {
  if (!/^\/\d+$/.test(name)) return name.replace(/\/$/, "");
  const item = readString(names, Number(name.slice(1)), MAX_NAME_SIZE);
  const end = item.indexOf("\n");
  return (end < 0 ? item : item.slice(0, end)).replace(/\/$/, "");
}

function text(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
