/**
 * Rules in words.
 *
 * @module
 */
import { Base } from "../../formats/base/unwind_row.ts";

/**
 * Describes one rule: `SP+16`, `[CFA-16]` for the word there, `r12`, `unchanged`, `undefined`.
 *
 * @param base A value of `Base` or a DWARF register number.
 */
export function describeRule(
  base: number,
  offset: number,
  deref: boolean,
): string {
  if (base === Base.SAME) return "unchanged";
  if (base === Base.UNDEFINED) return "undefined";
  const sum = offset === 0
    ? nameOf(base)
    : `${nameOf(base)}${offset < 0 ? "" : "+"}${offset}`;
  return deref ? `[${sum}]` : sum;
}

function nameOf(base: number): string {
  switch (base) {
    case Base.SP:
      return "SP";
    case Base.FP:
      return "FP";
    case Base.CFA:
      return "CFA";
    default:
      return `r${base}`;
  }
}
