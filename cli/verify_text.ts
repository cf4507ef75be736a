/**
 * What `framewalk verify` says of one input.
 *
 * @module
 */
import { formatAddress } from "../formats/base/address.ts";
import type { SFrameFinding } from "../formats/sframe/mod.ts";
import type { MeaningFinding, MeaningReport } from "../kernel/convert/mod.ts";
import { printable } from "./plain_text.ts";
import type { VerifyCommandOptions } from "./verify_options.ts";

/** One input that could be read. */
export interface Checked {
  /** Its path. */
  file: string;
  /** Address of the section. */
  address: number;
  /** Bytes of the section. */
  size: number;
  /** What is wrong with its structure. */
  structure: SFrameFinding[];
  /** How it compares with `.eh_frame`: one for each section that follows another. */
  meanings: MeaningReport[];
  /** Why it was not compared, if it was not. */
  why: string | undefined;
  /** Name of the function at an address. */
  nameOf: (address: number) => string | undefined;
}

const RULE_NAMES: Readonly<Record<MeaningFinding["what"], string>> = {
  "cfa": "CFA",
  "ra": "RA",
  "fp": "FP",
  "ra-signed": "RA signed",
  "signal-frame": "signal frame",
  "outermost": "outermost",
};

/** The lines about one input. */
export function describeChecked(
  checked: Checked,
  options: Pick<VerifyCommandOptions, "quiet" | "max">,
): string {
  const { file, structure, meanings, why } = checked;
  const shown = options.quiet
    ? structure.filter(({ severity }) => severity !== "warning")
    : structure;
  const findings = meanings.flatMap(({ findings }) => findings);
  const lines = [
    ...limited(shown.map((one) => structureLine(checked, one)), options.max),
    ...limited(findings.map((one) => meaningLine(checked, one)), options.max),
  ];
  const counts = [
    count(structure.filter((one) => one.severity === "error").length, "error"),
    count(
      structure.filter((one) => one.severity === "warning").length,
      "warning",
    ),
  ];
  const kernel = structure.filter((one) => one.severity === "kernel").length;
  if (kernel > 0) counts.push(`${kernel} refused by the kernel`);
  lines.push(`${file}: ${counts.join(", ")}; ${why ?? summary(meanings)}`);
  return lines.map((line) => `${printable(line)}\n`).join("");
}

function limited(lines: string[], max: number): string[] {
  if (lines.length <= max) return lines;
  return [
    ...lines.slice(0, max),
    `and ${lines.length - max} more of these (--max N shows more)`,
  ];
}

function summary(meanings: readonly MeaningReport[]): string {
  const sum = (read: (one: MeaningReport) => number) =>
    meanings.reduce((total, one) => total + read(one), 0);
  const parts = [
    count(sum(({ findings }) => findings.length), "disagreement") +
    ` with .eh_frame in ${count(sum((one) => one.rangeCount), "range")} of ${
      count(sum((one) => one.functionCount), "function")
    }`,
  ];
  const uncovered = sum((one) => one.uncoveredSize);
  if (uncovered > 0) parts.push(`${uncovered} bytes only in SFrame`);
  const incomparable = sum((one) => one.incomparableCount);
  if (incomparable > 0) parts.push(`${incomparable} not comparable`);
  if (meanings.some(({ isCut }) => isCut)) parts.push("cut at a limit");
  return parts.join(", ");
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

function structureLine(checked: Checked, one: SFrameFinding): string {
  const { severity, rule, offset, message, address } = one;
  const where = address === undefined
    ? `offset 0x${offset.toString(16)}`
    : place(checked, address);
  return `${checked.file}: ${severity}: ${where}: ${message} [${rule}]`;
}

function meaningLine(checked: Checked, one: MeaningFinding): string {
  const { address, functionAddress, what, sframe, ehFrame } = one;
  const inside = address - functionAddress;
  const where = place(checked, functionAddress);
  const at = inside === 0 ? where : `${where} at +${inside}`;
  const times = one.count > 1 ? ` (${one.count} times)` : "";
  return `${checked.file}: disagreement: ${formatAddress(address)}, ${at}: ${
    RULE_NAMES[what]
  } ${sframe}, .eh_frame says ${ehFrame}${times}`;
}

function place({ nameOf }: Checked, address: number): string {
  const name = nameOf(address);
  return `function ${formatAddress(address)}${
    name === undefined ? "" : ` ${name}`
  }`;
}

/** The object about one input for `--json`. */
export function recordChecked(checked: Checked): unknown {
  const { file, address, size, structure, meanings, why, nameOf } = checked;
  return {
    file,
    address: formatAddress(address),
    size,
    structure: structure.map(({ address, ...one }) => ({
      ...one,
      ...(address === undefined ? {} : { address: formatAddress(address) }),
    })),
    meaning: why !== undefined ? null : meanings.map((one) => ({
      functions: one.functionCount,
      ranges: one.rangeCount,
      uncoveredBytes: one.uncoveredSize,
      incomparable: one.incomparableCount,
      skipped: one.skippedCount,
      cut: one.isCut,
      errors: one.errors.map(({ message }) => message),
      findings: one.findings.map((found) => ({
        address: formatAddress(found.address),
        end: formatAddress(found.endAddress),
        function: formatAddress(found.functionAddress),
        name: nameOf(found.functionAddress) ?? null,
        rule: found.what,
        sframe: found.sframe,
        ehFrame: found.ehFrame,
        count: found.count,
      })),
    })),
  };
}
