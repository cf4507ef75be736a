/**
 * The rows of one function in two tables, side by side.
 *
 * @module
 */

/** The rules of a row in few signs. */
export interface RuleTexts {
  /** The CFA. */
  cfa: string;
  /** The return address. */
  ra: string;
  /** The frame pointer. */
  fp: string;
  /** What else is to be known, such as that it is a signal trampoline. */
  note: string;
}

/** One row of one table. */
export interface TableRow {
  /** First address. */
  start: number;
  /** First address behind it. */
  end: number;
  /** Its rules. */
  rules: RuleTexts;
}

/** A range in which neither table changes its mind. */
export interface RowPair {
  /** First address. */
  start: number;
  /** First address behind it. */
  end: number;
  /** What the first table says; null if nothing. */
  left: RuleTexts | null;
  /** What the second one says. */
  right: RuleTexts | null;
  /** Whether both say something and not the same. Notes do not count. */
  differs: boolean;
}

/**
 * Lays two lists of rows, each sorted and without overlaps, beside each other. Neighbours that say the same become one.
 */
export function pairRows(
  left: readonly TableRow[],
  right: readonly TableRow[],
): RowPair[] {
  const bounds = new Set<number>();
  for (const { start, end } of [...left, ...right]) bounds.add(start).add(end);
  const sorted = [...bounds].sort((a, b) => a - b);
  const pairs: RowPair[] = [];
  let [l, r] = [0, 0];
  for (let i = 0; i + 1 < sorted.length; i++) {
    const [start, end] = [sorted[i]!, sorted[i + 1]!];
    while (l < left.length && left[l]!.end <= start) l++;
    while (r < right.length && right[r]!.end <= start) r++;
    const pair = makePair(start, end, at(left[l], start), at(right[r], start));
    if (pair.left === null && pair.right === null) continue;
    const last = pairs.at(-1);
    if (last !== undefined && last.end === start && saysTheSame(last, pair)) {
      last.end = end;
    } else pairs.push(pair);
  }
  return pairs;
}

function at(row: TableRow | undefined, address: number): RuleTexts | null {
  return row !== undefined && row.start <= address ? row.rules : null;
}

function makePair(
  start: number,
  end: number,
  left: RuleTexts | null,
  right: RuleTexts | null,
): RowPair {
  const differs = left !== null && right !== null &&
    !haveSameRules(left, right);
  return { start, end, left, right, differs };
}

function haveSameRules(a: RuleTexts, b: RuleTexts): boolean {
  return a.cfa === b.cfa && a.ra === b.ra && a.fp === b.fp;
}

function saysTheSame(a: RowPair, b: RowPair): boolean {
  return isSame(a.left, b.left) && isSame(a.right, b.right);
}

function isSame(a: RuleTexts | null, b: RuleTexts | null): boolean {
  if (a === null || b === null) return a === b;
  return haveSameRules(a, b) && a.note === b.note;
}
