/**
 * The rows of one function, out of either table, in few signs.
 *
 * @module
 */
import {
  type CfiTable,
  Lookup,
  UnwindRow,
} from "../../../formats/eh_frame/mod.ts";
import {
  type SFrameFunction,
  type SFrameHeader,
  specOfRow,
} from "../../../formats/sframe/mod.ts";
import {
  describeRules,
  describeUnwindRow,
  type RuleRecord,
  shortRuleText,
} from "../../rule_record.ts";
import type { RuleTexts, TableRow } from "../model/row_pairs.ts";

/** Rows of one function that are shown. */
const MAX_ROWS = 5000;

/** A function of `.sframe` and the header that its rows depend on. */
export interface DecodedFunction {
  /** The function. */
  f: SFrameFunction;
  /** The header of its section. */
  header: SFrameHeader;
}

/** The rows of `.eh_frame` between two addresses. */
export function cfiRows(
  table: CfiTable,
  abi: number,
  { start, end }: { start: number; end: number },
  notes: string[],
): TableRow[] {
  const rows: TableRow[] = [];
  const row = new UnwindRow();
  let pc = start;
  while (pc < end && rows.length < MAX_ROWS) {
    const found = table.lookup(pc, row);
    if (found === Lookup.BAD) notes.push(".eh_frame makes no sense here");
    if (found !== Lookup.FOUND || row.endPc <= pc) break;
    const { notes: own, ...rules } = describeUnwindRow(row, abi);
    const stop = Math.min(row.endPc, end);
    rows.push({ start: pc, end: stop, rules: ruleTexts(rules, own) });
    pc = row.endPc;
  }
  return rows;
}

/** The rows of a function of `.sframe`; what else is to be known goes to `notes`. */
export function sframeRows(
  { f, header }: DecodedFunction,
  notes: string[],
): TableRow[] {
  const isMask = f.pcType === "mask";
  if (isMask) notes.push(`.sframe: the rows repeat every ${f.repSize} bytes`);
  if (f.error !== undefined) notes.push(f.error.message);
  const size = isMask && f.repSize > 0 ? f.repSize : f.size;
  const rows: TableRow[] = [];
  for (const [i, row] of f.rows.slice(0, MAX_ROWS).entries()) {
    const spec = specOfRow(header, f, row);
    if (spec === undefined) continue;
    const end = f.rows[i + 1]?.startOffset ?? size;
    rows.push({
      start: f.startAddress + row.startOffset,
      end: f.startAddress + Math.max(end, row.startOffset),
      rules: ruleTexts(
        describeRules(spec, header.abi),
        f.signal ? ["a signal trampoline"] : [],
      ),
    });
  }
  return rows;
}

function ruleTexts(
  { cfa, ra, fp, raSigned }: RuleRecord,
  notes: readonly string[],
): RuleTexts {
  const signed = raSigned ? " signed" : "";
  return {
    cfa: cfa === null ? "none" : shortRuleText(cfa),
    ra: shortRuleText(ra) + signed,
    fp: shortRuleText(fp),
    note: notes.join("; "),
  };
}
