/**
 * Conversion of unwind tables to SFrame, and comparison of what two tables mean.
 *
 * {@linkcode convertEhFrame} makes a section from call frame information by the rules of gas and ld.
 *
 * @module
 */
export {
  abiOf,
  convertEhFrame,
  type EhFrameInput,
} from "./convert_eh_frame.ts";
export type {
  Conversion,
  ConvertOptions,
  DroppedFunction,
  GasVersion,
} from "./options.ts";
export type { PltSection } from "./plt.ts";
export {
  convertElf,
  type ElfTables,
  openElfTables,
  placeOf,
} from "./convert_elf.ts";
export { convertSFrame } from "./convert_sframe.ts";
export { describeRule } from "./rule_text.ts";
export {
  type MeaningFinding,
  type MeaningOptions,
  type MeaningReport,
  verifyMeaning,
} from "./verify_meaning.ts";
