/**
 * The kernel's rules for critical sections, as functions of the descriptor alone.
 *
 * @module
 */
import { RSEQ_SIGNATURE_SIZE } from "./constants.ts";
import { isInsideRseqCs, type RseqCs } from "./critical_section.ts";

/**
 * How much the kernel checks: `strict` as Linux up to 6.18 and later ones with the rseq debug switch do, `lenient` as
 * later ones do, which look only at what they need to abort safely.
 */
export type RseqMode = "strict" | "lenient";

/** A rule that a descriptor breaks. */
export type RseqRule =
  /** `start_ip` is not in user space. */
  | "start-outside-user-space"
  /** `start_ip` + `post_commit_offset` is not in user space. */
  | "end-outside-user-space"
  /** `abort_ip` is not in user space. */
  | "abort-outside-user-space"
  /** `version` is not 0. */
  | "version"
  /** `start_ip` + `post_commit_offset` wraps around. */
  | "wraps-around"
  /** `abort_ip` is inside the section. */
  | "abort-inside-section"
  /** The four bytes in front of `abort_ip` cannot be read. */
  | "signature-unreadable"
  /** They are not the registered signature. */
  | "signature"
  /** `flags` of the descriptor is not 0. */
  | "section-flags"
  /** `flags` of the area is not 0. */
  | "area-flags";

/** A broken rule, and who minds. */
export interface RseqProblem {
  /** The rule. */
  rule: RseqRule;
  /**
   * When a strict kernel kills the thread for it: whenever it looks at the section (`always`), or only with the thread
   * inside (`inside`).
   */
  strict: "always" | "inside";
  /** The same for a lenient kernel; `never` if it does not look. */
  lenient: "inside" | "never";
  /** The value at fault, where it helps. */
  value: bigint | undefined;
}

/** What the rules need to know beside the descriptor. */
export interface RseqCheckContext {
  /** First address behind user space, `TASK_SIZE`. */
  userEnd: bigint;
  /** The signature that was registered; `undefined` leaves that rule out. */
  signature: number | undefined;
  /** The four bytes at an address as a number in the machine's byte order, `undefined` if they cannot be read. */
  readSignature: (address: bigint) => number | undefined;
  /** `flags` of the area, without the bits that the kernel itself sets there; 0 if not given. */
  areaFlags?: number;
}

/** What the kernel does. */
export interface RseqResolution {
  /**
   * `keep`: leaves all as it is; `clear`: sets `rseq_cs` to 0; `abort`: does that and goes on at `abort_ip`; `kill`:
   * forces SIGSEGV.
   */
  action: "keep" | "clear" | "abort" | "kill";
  /** The rule for which it kills. */
  rule: RseqRule | undefined;
}

/**
 * Checks a descriptor against every rule, in the order in which a strict kernel does.
 *
 * Source: kernel/rseq.c of Linux 6.18 (`rseq_get_rseq_cs`, `rseq_need_restart`) and include/linux/rseq_entry.h of 7.2.
 *
 * @returns The rules that it breaks; none if it is good.
 */
export function checkCriticalSection(
  section: RseqCs,
  context: RseqCheckContext,
): RseqProblem[] {
  const { startIp, postCommitOffset, abortIp, version, flags } = section;
  const { userEnd, areaFlags = 0 } = context;
  const end = BigInt.asUintN(64, startIp + postCommitOffset);
  const problems: RseqProblem[] = [];
  const report = (
    rule: RseqRule,
    value: bigint | undefined,
    lenient: RseqProblem["lenient"] = "never",
    strict: RseqProblem["strict"] = "always",
  ): void => {
    problems.push({ rule, strict, lenient, value });
  };
  if (startIp >= userEnd) report("start-outside-user-space", startIp);
  if (end >= userEnd) report("end-outside-user-space", end);
  const isAbortOutside = abortIp >= userEnd;
  if (isAbortOutside) report("abort-outside-user-space", abortIp, "inside");
  if (version !== 0) report("version", BigInt(version));
  if (end < startIp) report("wraps-around", end);
  if (isInsideRseqCs(section, abortIp)) report("abort-inside-section", abortIp);
  if (!isAbortOutside) checkSignature(abortIp, context, report);
  if (flags !== 0) report("section-flags", BigInt(flags), "never", "inside");
  if (areaFlags !== 0) {
    report("area-flags", BigInt(areaFlags >>> 0), "never", "inside");
  }
  return problems;
}

function checkSignature(
  abortIp: bigint,
  { signature, readSignature }: RseqCheckContext,
  report: (
    rule: RseqRule,
    value: bigint | undefined,
    lenient: "inside",
  ) => void,
): void {
  const address = abortIp - BigInt(RSEQ_SIGNATURE_SIZE);
  const found = address < 0n ? undefined : readSignature(address);
  if (found === undefined) {
    report("signature-unreadable", BigInt.asUintN(64, address), "inside");
  } else if (signature !== undefined && found >>> 0 !== signature >>> 0) {
    report("signature", BigInt(found >>> 0), "inside");
  }
}

/**
 * Says what the kernel does about a section when it returns to a program that stands at `ip`.
 *
 * What comes before is the caller's: an `rseq_cs` of 0 means no section; one at or behind `userEnd`, or a descriptor
 * that cannot be copied, kills; a lenient kernel looks only if it was entered by an interrupt.
 *
 * @param ip Where the thread stands: unsigned 64 bits.
 * @param isEventPending Whether the thread was preempted, migrated or got a signal since the kernel last looked.
 */
export function resolveCriticalSection(
  section: RseqCs,
  ip: bigint,
  mode: RseqMode,
  context: RseqCheckContext,
  isEventPending = true,
): RseqResolution {
  const isInside = isInsideRseqCs(section, ip);
  // A lenient kernel reads nothing in front of the handler unless it has to abort.
  if (mode === "lenient" && !isInside) {
    return { action: "clear", rule: undefined };
  }
  for (const problem of checkCriticalSection(section, context)) {
    const when = mode === "strict" ? problem.strict : problem.lenient;
    if (when === "always" || (when === "inside" && isInside)) {
      return { action: "kill", rule: problem.rule };
    }
  }
  if (!isInside) return { action: "clear", rule: undefined };
  const isKept = mode === "strict" && !isEventPending;
  return { action: isKept ? "keep" : "abort", rule: undefined };
}

const RULE_TEXT: Record<RseqRule, string> = {
  "start-outside-user-space": "start_ip is not in user space",
  "end-outside-user-space":
    "start_ip + post_commit_offset is not in user space",
  "abort-outside-user-space": "abort_ip is not in user space",
  "version": "version is not 0",
  "wraps-around": "start_ip + post_commit_offset wraps around",
  "abort-inside-section": "abort_ip is inside the section",
  "signature-unreadable": "the signature in front of abort_ip cannot be read",
  "signature": "the signature in front of abort_ip is another one",
  "section-flags": "flags of the descriptor is not 0",
  "area-flags": "flags of the area is not 0",
};

/** A rule's breach in words. */
export function describeRseqRule(rule: RseqRule): string {
  return RULE_TEXT[rule];
}
