/**
 * What `framewalk lookup` says of a row in words.
 *
 * @module
 */
import type { RowAnswer } from "./lookup_tables.ts";
import { printable } from "./plain_text.ts";
import { ruleText, type ValueRecord } from "./rule_record.ts";

/** One row in words. */
export function answerText(answer: RowAnswer): string {
  const { address, name, offset, table } = answer;
  const where = name === null
    ? ""
    : ` in ${printable(name)}${
      offset === 0 ? "" : `+0x${offset!.toString(16)}`
    }`;
  if (table === null) {
    return `${address}${where}: ${answer.problem ?? "no table covers it"}\n`;
  }
  const lines = [
    `${address}${where}, by ${table}`,
    `  row  ${answer.start} to ${answer.end}`,
  ];
  for (const note of answer.notes) lines.push(`  note ${note}`);
  if (answer.cfa !== null) {
    lines.push(`  CFA  ${ruleText(answer.cfa)}`);
    lines.push(`  SP   ${ruleText(answer.sp!)}`);
  }
  if (answer.cfa !== null || answer.notes.length === 0) {
    const signed = answer.raSigned
      ? ", signed: strip the authentication code"
      : "";
    lines.push(`  RA   ${valueText(answer.ra!, RA_WORDS)}${signed}`);
  }
  if (answer.cfa !== null) {
    lines.push(`  FP   ${valueText(answer.fp!, FP_WORDS)}`);
  }
  return `${lines.join("\n")}\n`;
}

const RA_WORDS = {
  same: "still in its register",
  undefined: "undefined: this frame has no caller",
};
const FP_WORDS = { same: "unchanged", undefined: "lost" };

function valueText(
  value: ValueRecord | "same" | "undefined",
  words: { same: string; undefined: string },
): string {
  return typeof value === "string" ? words[value] : ruleText(value);
}
