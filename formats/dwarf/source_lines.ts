/**
 * Lines and files of one unit.
 *
 * @module
 */
import { Slot } from "./abbreviations.ts";
import {
  decodeLineHeader,
  type LineHeader,
  type StringPlace,
} from "./line_header.ts";
import { runLineProgram } from "./line_program.ts";
import type { LineTable } from "./line_table.ts";
import type { Unit } from "./unit.ts";
import { readInitialLength } from "./unit_header.ts";

/** Bytes that a row takes in its arrays. */
const ROW_SIZE = 21;

/** A line program that was run, with what its strings are read from. */
export class SourceLines {
  /** Its rows. */
  readonly table: LineTable;
  private readonly unit: Unit;
  private readonly bytes: Uint8Array;
  private readonly paths: Map<number, Promise<string | undefined>> = new Map();

  /** See {@linkcode readSourceLines}. */
  constructor(table: LineTable, unit: Unit, bytes: Uint8Array) {
    this.table = table;
    this.unit = unit;
    this.bytes = bytes;
  }

  /** Bytes that it takes, about. */
  get size(): number {
    return this.bytes.length + this.table.rows.count * ROW_SIZE;
  }

  /**
   * The path of a file as the compiler recorded it: relative paths count from the directory of the compilation.
   * `undefined` if there is no such file.
   *
   * @throws {FormatError} If its name cannot be read.
   */
  path(fileIndex: number): Promise<string | undefined> {
    let path = this.paths.get(fileIndex);
    if (path === undefined) {
      this.paths.set(fileIndex, path = this.readPath(fileIndex));
    }
    return path;
  }

  private async readPath(fileIndex: number): Promise<string | undefined> {
    const { files, directories } = this.table.header;
    const file = files[fileIndex];
    if (file === undefined) return undefined;
    const name = await this.string(file.name);
    // The first directory is that of the compilation.
    if (!name) return undefined;
    if (name.startsWith("/") || file.directoryIndex === 0) return name;
    const place = directories[file.directoryIndex];
    const directory = place && await this.string(place);
    return directory ? `${directory.replace(/\/+$/, "")}/${name}` : name;
  }

  private string({ form, value }: StringPlace): Promise<string | undefined> {
    return this.unit.string(form, value, this.bytes);
  }
}

/**
 * Reads and runs the line program of a unit; `undefined` if it has none.
 *
 * @throws {FormatError} If it makes no sense.
 */
export async function readSourceLines(
  unit: Unit,
): Promise<SourceLines | undefined> {
  if (!unit.root.has(Slot.STMT_LIST)) return undefined;
  const offset = unit.root.get(Slot.STMT_LIST);
  const reader = await unit.file.reader(".debug_line");
  const head = reader.cursorOver(await reader.readUpTo(offset, 12));
  const { length } = readInitialLength(head, offset);
  const bytes = await reader.read(offset, head.offset + length);
  const cursor = reader.cursorOver(bytes);
  const header: LineHeader = decodeLineHeader(
    cursor,
    offset,
    unit.header.addressSize,
  );
  return new SourceLines(runLineProgram(cursor, header), unit, bytes);
}
