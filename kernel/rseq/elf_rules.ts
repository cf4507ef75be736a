/**
 * What can be wrong with the critical sections of a file, and who minds.
 *
 * @module
 */
import { describeRseqRule, type RseqRule } from "../../formats/rseq/mod.ts";

/** A rule that a file breaks: one of the kernel's, or one of those that only the whole file can be held to. */
export type ElfRseqRule =
  | RseqRule
  /** The section is not in code. */
  | "section-outside-code"
  /** The abort handler is not in code. */
  | "abort-outside-code"
  /** The section has no instruction. */
  | "empty-section"
  /** An address is no place for an instruction of this machine. */
  | "misaligned-code"
  /** The descriptor is not at a multiple of 32. */
  | "misaligned-descriptor"
  /** `__rseq_cs_ptr_array` is there and does not have the descriptor. */
  | "not-in-pointer-array"
  /** An entry of `__rseq_cs_ptr_array` that is the address of no descriptor. */
  | "pointer-to-no-descriptor"
  /** An entry of `__rseq_cs_ptr_array` that was there before. */
  | "pointer-twice"
  /** An exit point of a section that is not there. */
  | "exit-of-no-section"
  /** An exit point that leads into its own section. */
  | "exit-inside-section"
  /** An exit point that is not in code. */
  | "exit-outside-code";

/**
 * Who minds: `error` every kernel, or nobody can use it; `strict` kernels up to 6.18 and with the debug switch; `advice`
 * no kernel, but debuggers are misled.
 */
export type RseqSeverity = "error" | "strict" | "advice";

/** Something that is wrong. */
export interface ElfRseqFinding {
  /** The rule. */
  rule: ElfRseqRule;
  /** Who minds. */
  severity: RseqSeverity;
  /** In words. */
  text: string;
}

const TEXT: Record<Exclude<ElfRseqRule, RseqRule>, string> = {
  "section-outside-code": "the section is not all in one section of code",
  "abort-outside-code": "abort_ip is not in code",
  "empty-section": "post_commit_offset is 0",
  "misaligned-code": "an instruction cannot be at that address",
  "misaligned-descriptor": "the descriptor is not at a multiple of 32",
  "not-in-pointer-array": "__rseq_cs_ptr_array does not have it",
  "pointer-to-no-descriptor": "no descriptor is at that address",
  "pointer-twice": "the address is there twice",
  "exit-of-no-section": "no section starts there",
  "exit-inside-section": "the exit point is inside its section",
  "exit-outside-code": "the exit point is not in code",
};
const ADVICE: readonly ElfRseqRule[] = [
  "empty-section",
  "misaligned-descriptor",
  "not-in-pointer-array",
  "pointer-to-no-descriptor",
  "pointer-twice",
  "exit-of-no-section",
  "exit-inside-section",
  "exit-outside-code",
];
/** What every kernel that aborts the section minds. */
const LENIENT: readonly ElfRseqRule[] = [
  "signature",
  "signature-unreadable",
  "section-outside-code",
  "abort-outside-code",
  "abort-outside-user-space",
  "misaligned-code",
];

/** Makes a finding; `detail` is put behind its words. */
export function finding(rule: ElfRseqRule, detail = ""): ElfRseqFinding {
  const severity = ADVICE.includes(rule)
    ? "advice"
    : LENIENT.includes(rule)
    ? "error"
    : "strict";
  const text = Object.hasOwn(TEXT, rule)
    ? TEXT[rule as keyof typeof TEXT]
    : describeRseqRule(rule as RseqRule);
  return { rule, severity, text: detail === "" ? text : `${text}: ${detail}` };
}
