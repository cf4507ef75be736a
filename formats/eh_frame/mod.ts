/**
 * Call frame information: `.eh_frame` with or without `.eh_frame_hdr`, and `.debug_frame` of DWARF 2 to 5, of x86-64,
 * AArch64 and s390x.
 *
 * {@linkcode openEhFrame} and {@linkcode openDebugFrame} give an unwind table that evaluates functions when they are
 * first asked for. {@linkcode CfiTable.lookup} yields the short row that the walker executes;
 * {@linkcode CfiTable.lookupFull} the rules of all registers, whose expressions {@linkcode ExpressionEvaluator}
 * evaluates. {@linkcode CfiTable.functions} and {@linkcode CfiTable.instructions} show the section as it stands.
 *
 * Not here: finding the section in a file, and the language-specific data of exception handling.
 *
 * Source: DWARF 5 section 6.4; Linux Standard Base core 5.0 sections 10.5 and 10.6.
 *
 * @module
 */
// What the signatures below name, so that this module can be used on its own.
export {
  FormatError,
  type FormatErrorCode,
  type FormatErrorFields,
} from "../base/error.ts";
export {
  Base,
  Lookup,
  RowFlag,
  UnwindRow,
  type UnwindTable,
} from "../base/unwind_row.ts";
export type { Cie } from "./cie.ts";
export { CfaOpcode, PointerEncoding } from "./constants.ts";
export {
  ExpressionEvaluator,
  type ExpressionMemory,
  type ExpressionOptions,
} from "./expression.ts";
export type { Fde } from "./fde.ts";
export type { InstructionReader } from "./instruction.ts";
export { type CfiMachine, type CfiMachineTraits, MACHINES } from "./machine.ts";
export { COLUMN_COUNT, RegisterRules, RuleKind } from "./rules.ts";
export type { CfiOptions } from "./section.ts";
export { CfiTable, openDebugFrame, openEhFrame } from "./table.ts";
