/**
 * Call frame information under fuzzing. The first byte of an input says how the rest is read:
 *
 * | bits | meaning |
 * | --- | --- |
 * | 0-1 | machine |
 * | 2 | little-endian |
 * | 3 | `.debug_frame` |
 * | 4 | there is an `.eh_frame_hdr`: its size in the second byte, in words of 4 bytes, then itself |
 *
 * @module
 */
import { FormatError } from "../../formats/base/error.ts";
import {
  type CfiMachine,
  type CfiTable,
  ExpressionEvaluator,
  type Fde,
  openDebugFrame,
  openEhFrame,
  RegisterRules,
  RuleKind,
  UnwindRow,
} from "../../formats/eh_frame/mod.ts";
import {
  buildHeader,
  CfiBuilder,
  fixed,
  sleb,
  uleb,
} from "../builders/eh_frame.ts";
import type { FuzzTarget } from "./target.ts";

const ADDRESS = 0x2000;
const HEADER_ADDRESS = 0x8000;
const MACHINES: readonly CfiMachine[] = ["x86-64", "aarch64", "s390x"];
/** Expressions are evaluated for so many rows of an input. */
const MAX_EVALUATED_ROWS = 64;

let work = 0;

/** Opens, drains and looks up whatever the input makes. */
export const target: FuzzTarget = {
  name: "eh_frame",
  seeds,
  run,
  work: () => work,
};

function run(input: Uint8Array): void {
  work = 0;
  const flags = input[0] ?? 0;
  const littleEndian = (flags & 4) !== 0;
  const options = { machine: MACHINES[flags & 3] ?? "x86-64", littleEndian };
  const headerSize = (flags & 16) !== 0 ? (input[1] ?? 0) * 4 : 0;
  const bytes = input.subarray(2 + headerSize);
  const header = input.subarray(2, 2 + headerSize);
  const table = (flags & 8) !== 0
    ? openDebugFrame(bytes, options)
    : openEhFrame(bytes, ADDRESS, {
      ...options,
      ...((flags & 16) !== 0
        ? { header: { bytes: header, address: HEADER_ADDRESS } }
        : {}),
    });
  const evaluator = new ExpressionEvaluator({
    view: table.view,
    littleEndian,
    maxSteps: 50,
  });
  let evaluatedRows = 0;
  for (const fde of table.functions()) {
    drainInstructions(table, fde);
    try {
      for (const rules of table.rows(fde)) {
        work++;
        if (evaluatedRows++ < MAX_EVALUATED_ROWS) evaluate(evaluator, rules);
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
    checkLookups(table, fde);
  }
  for (const pc of [NaN, -1, 0, 0x1000, ADDRESS, Infinity]) {
    checkLookup(table, pc);
  }
  for (const error of table.errors) String(error);
}

function drainInstructions(table: CfiTable, fde: Fde): void {
  for (
    const read of [table.initialInstructions(fde), table.instructions(fde)]
  ) {
    try {
      while (read.next()) work++;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
}

const registers = Float64Array.from({ length: 128 }, (_, i) => 0x1000 * i);
const memory = { readWord: (address: number) => address % 3 ? address : NaN };

function evaluate(evaluator: ExpressionEvaluator, rules: RegisterRules): void {
  if (rules.cfaExpressionOffset >= 0) {
    evaluator.evaluate(
      rules.cfaExpressionOffset,
      rules.cfaExpressionSize,
      registers,
      memory,
      undefined,
    );
  }
  for (let column = 0; column < rules.columnCount; column++) {
    if (rules.kinds[column]! < RuleKind.EXPRESSION) continue;
    const offset = rules.expressionOffsets[column]!;
    const size = rules.expressionSizes[column]!;
    const value = evaluator.evaluate(offset, size, registers, memory, 0x7000);
    if (Math.abs(value) > 2 ** 64) throw new Error(`value ${value}`);
  }
}

const row = new UnwindRow();
const fullRules = new RegisterRules();

/** Both lookups agree, and a row covers the pc that it was found for. */
function checkLookup(table: CfiTable, pc: number): void {
  const status = table.lookup(pc, row);
  if (status !== table.lookupFull(pc, fullRules)) {
    throw new Error(`lookups disagree at ${pc}`);
  }
  if (status === 0 && !(row.startPc <= pc && pc < row.endPc)) {
    throw new Error(`row ${row.startPc}-${row.endPc} for ${pc}`);
  }
}

function checkLookups(table: CfiTable, fde: Fde): void {
  checkLookup(table, fde.startPc - 1);
  checkLookup(table, fde.startPc);
  checkLookup(table, (fde.startPc + fde.endPc) / 2);
  checkLookup(table, fde.endPc - 1);
  checkLookup(table, fde.endPc);
}

function input(flags: number, bytes: Uint8Array, header?: Uint8Array) {
  return Uint8Array.from([
    flags | (header === undefined ? 0 : 16),
    (header?.length ?? 0) / 4,
    ...(header ?? []),
    ...bytes,
  ]);
}

/** Instructions of every kind that do not depend on the machine. */
const INSTRUCTIONS: readonly number[] = [
  ...[0x41, 0x0e, 16, 0x86, 2, 0x0a, 0x02, 3, 0x0d, 6, 0x03, 4, 0, 0x0b],
  ...[0x05, 12, 4, 0x11, 13, 0x7e, 0x14, 3, 2, 0x15, 3, 0x7d, 0x07, 14],
  ...[0x08, 15, 0x09, 3, 12, 0x10, 6, 2, 0x76, 0, 0x16, 5, 3, 0x77, 8, 6],
  ...[0x04, 1, 0, 0, 0, 0x12, 6, 0x7e, 0x13, 0x7c, 0x2e, 8, 0x2f, 3, 2],
  ...[0x42, 0x0f, 3, 0x76, 0x78, 6, 0x42, 0xc6, 0x06, 12, 0x0c, 7, 8, 0x42],
  ...[0x0f, 11, 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22],
  ...[0x42, 0x0f, 9, 0x35, 0x31, 0x1c, 0x12, 0x28, 0xfa, 0xff, 0x33, 0x17],
];

function seeds(): Uint8Array[] {
  const eh = new CfiBuilder();
  const plain = eh.cie();
  const first = eh.fde({
    cie: plain,
    start: 0x1000,
    size: 0x100,
    instructions: [...INSTRUCTIONS],
  });
  const full = eh.cie({
    augmentation: "zPLR",
    augmentationData: [0x9b, 1, 2, 3, 4, 0x1b, 0x1b],
  });
  const second = eh.fde({
    cie: full,
    start: fixed(-0x1000, 4),
    size: fixed(0x20, 4),
    augmentationData: fixed(8, 4),
    instructions: [0x41, 0x0e, 16],
  });
  const header = buildHeader(HEADER_ADDRESS, ADDRESS, [
    [0x1000, ADDRESS + first],
    [0x1200, ADDRESS + second],
  ]);
  const arm = new CfiBuilder({ isEhFrame: false, littleEndian: false });
  arm.fde({
    cie: arm.cie({
      version: 4,
      middle: [8, 0],
      returnColumn: 30,
      codeAlignment: 4,
      initial: [0x0c, 31, 0],
    }),
    start: 0x1000,
    size: 0x100,
    instructions: [0x41, 0x2d, 0x41, 0x2c, 0x2b, 1, 0, 0x9e, ...uleb(1), 0x41],
  });
  const s390 = new CfiBuilder({ is64: true, littleEndian: false });
  s390.fde({
    cie: s390.cie({ returnColumn: 14, initial: [0x0c, 15, ...uleb(160)] }),
    start: 0x1000,
    size: 0x100,
    instructions: [0x41, 0x09, 11, 16, 0x0f, 3, 0x7f, ...sleb(160), 0x42],
  });
  return [
    input(4, eh.bytes),
    input(4, eh.bytes, header),
    input(8 | 1, arm.bytes),
    input(2, s390.bytes),
  ];
}
