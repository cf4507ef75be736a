/**
 * Headers of line programs: how the program is encoded, and its files.
 *
 * @module
 */
import type { Cursor } from "../base/cursor.ts";
import { FormatError, UnsupportedError } from "../base/error.ts";
import { DWARF, FORM, LNCT } from "./constants.ts";
import { readForm, type UnitShape } from "./forms.ts";
import { readInitialLength, readOffset } from "./unit_header.ts";

/** A string where it stands: read when somebody asks for it. */
export interface StringPlace {
  /** Form of the value. */
  readonly form: number;
  /** The value; for strings in the header itself their offset from the start of the program. */
  readonly value: number;
}

/** A file of a line program. */
export interface LineFile {
  /** Its name. */
  readonly name: StringPlace;
  /** Index of its directory. */
  readonly directoryIndex: number;
}

/** The header of a line program. Offsets count from the start of the program. */
export interface LineHeader extends UnitShape {
  /** `minimum_instruction_length` */
  readonly minInstructionSize: number;
  /** `maximum_operations_per_instruction`; 1 where there is no such field. */
  readonly maxOperations: number;
  /** `default_is_stmt` */
  readonly defaultIsStatement: boolean;
  /** `line_base` */
  readonly lineBase: number;
  /** `line_range` */
  readonly lineRange: number;
  /** `opcode_base` */
  readonly opcodeBase: number;
  /** `standard_opcode_lengths`, by opcode. */
  readonly operandCounts: Uint8Array;
  /** `include_directories`; before version 5 the first is that of the compilation and stands elsewhere. */
  readonly directories: readonly (StringPlace | undefined)[];
  /** `file_names`; before version 5 numbered from 1. */
  readonly files: readonly (LineFile | undefined)[];
  /** Offset of the first opcode. */
  readonly programOffset: number;
  /** Offset behind the last opcode. */
  readonly endOffset: number;
}

/**
 * Decodes the header of a line program.
 *
 * | field | size |
 * | --- | --- |
 * | `unit_length` | 4 or 12 |
 * | `version` | 2 |
 * | `address_size`, `segment_selector_size` | 1, 1; version 5 |
 * | `header_length` | 4 or 8 |
 * | `minimum_instruction_length` | 1 |
 * | `maximum_operations_per_instruction` | 1; from version 4 |
 * | `default_is_stmt`, `line_base`, `line_range`, `opcode_base` | 1, 1, 1, 1 |
 * | `standard_opcode_lengths` | `opcode_base` - 1 |
 * | directories, files | see below |
 *
 * Source: DWARF 5 section 6.2.4.
 *
 * @param cursor Starts at the program.
 * @param offset Offset of the program in `.debug_line`, for errors.
 * @param addressSize Size of an address, for versions that do not say.
 * @throws {FormatError} `truncated`, `bad-value`, `unsupported`, `out-of-bounds`
 */
export function decodeLineHeader(
  cursor: Cursor,
  offset: number,
  addressSize: number,
): LineHeader {
  const { length, offsetSize } = readInitialLength(cursor, offset);
  const endOffset = cursor.offset + length;
  cursor.end = Math.min(cursor.end, endOffset);
  const version = cursor.u16("version");
  if (version < 2 || version > 5) {
    throw new UnsupportedError(DWARF, "version", offset, version, "2 to 5");
  }
  const shape = {
    version,
    addressSize: version >= 5 ? cursor.u8("address_size") : addressSize,
    offsetSize,
  };
  if (version >= 5) cursor.u8("segment_selector_size");
  const headerSize = readOffset(cursor, offsetSize, "header_length");
  const programOffset = cursor.offset + headerSize;
  const minInstructionSize = cursor.u8("minimum_instruction_length");
  const maxOperations = version >= 4 ? cursor.u8("maximum_operations") : 1;
  const defaultIsStatement = cursor.u8("default_is_stmt") !== 0;
  const lineBase = cursor.u8("line_base") << 24 >> 24;
  const lineRange = cursor.u8("line_range");
  const opcodeBase = cursor.u8("opcode_base");
  if (lineRange === 0 || opcodeBase === 0 || maxOperations === 0) {
    throw new FormatError({
      code: "bad-value",
      format: DWARF,
      field: lineRange === 0
        ? "line_range"
        : opcodeBase === 0
        ? "opcode_base"
        : "maximum_operations_per_instruction",
      offset,
      value: 0,
      expected: "at least 1",
    });
  }
  const operandCounts = new Uint8Array(256);
  for (let i = 1; i < opcodeBase; i++) {
    operandCounts[i] = cursor.u8("standard_opcode_lengths");
  }
  const tables = version >= 5 ? readTables(cursor, shape) : readLists(cursor);
  return {
    ...shape,
    minInstructionSize,
    maxOperations,
    defaultIsStatement,
    lineBase,
    lineRange,
    opcodeBase,
    operandCounts,
    ...tables,
    programOffset,
    endOffset: cursor.end,
  };
}

type Tables = Pick<LineHeader, "directories" | "files">;

/** Version 5: two tables that say themselves what their entries hold. Source: DWARF 5 section 6.2.4.1. */
function readTables(cursor: Cursor, shape: UnitShape): Tables {
  const directories: (StringPlace | undefined)[] = [];
  for (const { name } of readTable(cursor, shape)) directories.push(name);
  return { directories, files: readTable(cursor, shape) };
}

function readTable(cursor: Cursor, shape: UnitShape): LineFile[] {
  const formatCount = cursor.u8("entry_format_count");
  const formats: [kind: number, form: number][] = [];
  for (let i = 0; i < formatCount; i++) {
    const kind = cursor.uleb("content type");
    formats.push([kind, cursor.uleb("form")]);
  }
  const at = cursor.offset;
  const count = cursor.uleb("entry count");
  // Whatever an entry holds, a name is at least one byte of it.
  if (count > cursor.end - cursor.offset) {
    throw new FormatError({
      code: "out-of-bounds",
      format: DWARF,
      field: "entry count",
      offset: at,
      value: count,
      expected: "a table that ends within the header",
    });
  }
  const entries: LineFile[] = [];
  for (let i = 0; i < count; i++) {
    let name: StringPlace = { form: 0, value: 0 };
    let directoryIndex = 0;
    for (const [kind, form] of formats) {
      const value = readForm(cursor, form, shape);
      if (kind === LNCT.PATH) name = { form, value };
      else if (kind === LNCT.DIRECTORY_INDEX) directoryIndex = value;
    }
    entries.push({ name, directoryIndex });
  }
  return entries;
}

/** Before version 5: strings one after another, an empty one at the end. Source: DWARF 4 section 6.2.4. */
function readLists(cursor: Cursor): Tables {
  const directories: (StringPlace | undefined)[] = [undefined];
  for (let place = readName(cursor); place; place = readName(cursor)) {
    directories.push(place);
  }
  const files: (LineFile | undefined)[] = [undefined];
  for (let name = readName(cursor); name; name = readName(cursor)) {
    files.push(readFile(cursor, name));
  }
  return { directories, files };
}

/** Reads what stands behind the name of a file. @throws {FormatError} `truncated` */
export function readFile(cursor: Cursor, name: StringPlace): LineFile {
  const directoryIndex = cursor.uleb("directory index");
  cursor.uleb("time");
  cursor.uleb("size");
  return { name, directoryIndex };
}

/** Reads a string that is not empty. @throws {FormatError} `truncated` */
export function readName(cursor: Cursor): StringPlace | undefined {
  const value = cursor.offset;
  while (cursor.u8("name") !== 0);
  return cursor.offset === value + 1 ? undefined : { form: FORM.STRING, value };
}
