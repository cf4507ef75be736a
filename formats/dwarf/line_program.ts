/**
 * Line programs: run once, into rows.
 *
 * Source: DWARF 5 section 6.2.5.
 *
 * @module
 */
import type { Cursor } from "../base/cursor.ts";
import { LNE, LNS } from "./constants.ts";
import {
  type LineFile,
  type LineHeader,
  readFile,
  readName,
} from "./line_header.ts";
import {
  ENDS_SEQUENCE,
  GOES_ON,
  IS_STATEMENT,
  LineRows,
  type LineSequence,
  LineTable,
} from "./line_table.ts";

/**
 * Runs a line program.
 *
 * @param cursor Over the whole program, header included.
 * @throws {FormatError} `truncated`
 */
export function runLineProgram(cursor: Cursor, header: LineHeader): LineTable {
  const machine = new LineMachine(cursor, header);
  machine.run();
  const { files, rows, sequences } = machine;
  rows.resize(rows.count);
  return new LineTable({ ...header, files }, rows, sequences);
}

/** The state machine that a line program drives. */
class LineMachine {
  readonly rows: LineRows = new LineRows();
  readonly sequences: LineSequence[] = [];
  readonly files: (LineFile | undefined)[];
  private readonly cursor: Cursor;
  private readonly header: LineHeader;
  private address = 0;
  private operation = 0;
  private file = 1;
  private line = 1;
  private column = 0;
  private flags = 0;
  private firstRow = 0;
  private discriminator = 0;
  /** Whether there was a discriminator since the line last changed. */
  private isDivided = false;
  private lastFile = -1;
  private lastLine = 0;
  private lastAddress = -1;
  private lastStatement = 0;

  constructor(cursor: Cursor, header: LineHeader) {
    this.cursor = cursor;
    this.header = header;
    this.files = [...header.files];
    cursor.offset = header.programOffset;
    cursor.end = header.endOffset;
    this.reset();
  }

  run(): void {
    const { cursor, header } = this;
    const { view } = cursor;
    const { opcodeBase, lineBase, lineRange } = header;
    while (cursor.offset < cursor.end) {
      const opcode = view.getUint8(cursor.offset++);
      if (opcode >= opcodeBase) {
        const adjusted = opcode - opcodeBase;
        const steps = Math.floor(adjusted / lineRange);
        this.advance(steps);
        this.advanceLine(lineBase + adjusted - steps * lineRange);
        this.emit();
      } else if (opcode === 0) this.runExtended();
      else this.runStandard(opcode);
    }
  }

  private reset(): void {
    this.address = 0;
    this.operation = 0;
    this.file = 1;
    this.line = 1;
    this.column = 0;
    this.flags = this.header.defaultIsStatement ? IS_STATEMENT : 0;
    this.firstRow = this.rows.count;
    this.discriminator = 0;
    this.isDivided = false;
    this.lastFile = -1;
    this.lastLine = 0;
    this.lastAddress = -1;
    this.lastStatement = 0;
  }

  private advanceLine(lines: number): void {
    this.line += lines;
    if (lines !== 0) this.isDivided = this.discriminator !== 0;
  }

  private advance(steps: number): void {
    const { minInstructionSize, maxOperations } = this.header;
    if (maxOperations === 1) {
      this.address += minInstructionSize * steps;
      return;
    }
    const operations = this.operation + steps;
    this.address += minInstructionSize * Math.floor(operations / maxOperations);
    this.operation = operations % maxOperations;
  }

  private emit(): void {
    const { rows, address, file, line, column, flags } = this;
    const goesOn = this.goesOn();
    rows.push(address, file, line, column, goesOn ? flags | GOES_ON : flags);
    if (!goesOn) {
      this.lastFile = file;
      this.lastLine = line;
    }
    if (address !== this.lastAddress) this.lastStatement = 0;
    this.lastAddress = address;
    this.lastStatement |= flags & IS_STATEMENT;
    this.discriminator = 0;
  }

  /**
   * Whether gdb leaves this row out, which decides what it takes for the line of the addresses behind it: rows without a
   * line, rows of the same line with a discriminator, and other files where the last one has a statement.
   */
  private goesOn(): boolean {
    const { line, file } = this;
    if (line === 0) return true;
    if (file === this.lastFile) return line === this.lastLine && this.isDivided;
    return this.address === this.lastAddress && this.lastStatement !== 0 &&
      (this.flags & IS_STATEMENT) === 0;
  }

  private runStandard(opcode: number): void {
    const { cursor, header } = this;
    switch (opcode) {
      case LNS.COPY:
        return this.emit();
      case LNS.ADVANCE_PC:
        return this.advance(cursor.uleb("advance"));
      case LNS.ADVANCE_LINE:
        this.advanceLine(cursor.sleb("advance"));
        return;
      case LNS.SET_FILE:
        this.file = cursor.uleb("file");
        return;
      case LNS.SET_COLUMN:
        this.column = cursor.uleb("column");
        return;
      case LNS.NEGATE_STMT:
        this.flags ^= IS_STATEMENT;
        return;
      case LNS.CONST_ADD_PC:
        return this.advance(
          Math.floor((255 - header.opcodeBase) / header.lineRange),
        );
      case LNS.FIXED_ADVANCE_PC:
        this.address += cursor.u16("advance");
        this.operation = 0;
        return;
      default:
        for (let i = header.operandCounts[opcode]!; i > 0; i--) {
          cursor.uleb("operand");
        }
    }
  }

  private runExtended(): void {
    const { cursor, header } = this;
    const size = cursor.uleb("opcode size");
    const start = cursor.take(size, "opcode");
    if (size === 0) return;
    cursor.offset = start;
    switch (cursor.u8("opcode")) {
      case LNE.END_SEQUENCE:
        this.endSequence();
        break;
      case LNE.SET_ADDRESS:
        // The size of the opcode tells that of the address.
        this.address = size - 1 === 8
          ? cursor.i64("address")
          : cursor.u32("address");
        this.operation = 0;
        break;
      case LNE.SET_DISCRIMINATOR:
        this.discriminator = cursor.uleb("discriminator");
        if (this.discriminator !== 0) this.isDivided = true;
        break;
      case LNE.DEFINE_FILE: {
        const name = readName(cursor);
        if (name !== undefined && header.version < 5) {
          this.files.push(readFile(cursor, name));
        }
      }
    }
    cursor.offset = start + size;
  }

  private endSequence(): void {
    const { rows, firstRow } = this;
    const endRow = rows.count;
    rows.push(this.address, 0, 0, 0, ENDS_SEQUENCE);
    const start = rows.addresses[firstRow]!;
    // Code at address 0 is code that the linker discarded.
    const isUsed = Number.isSafeInteger(start) && start !== 0 &&
      start < this.address;
    if (isUsed) {
      rows.sort(firstRow, endRow + 1);
      this.sequences.push({ firstRow, endRow });
    } else rows.count = firstRow;
    this.reset();
  }
}
