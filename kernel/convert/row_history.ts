/**
 * The rows of a function that later instructions come back to.
 *
 * @module
 */
import type { ConvertRules } from "./options.ts";
import { RowState } from "./row_state.ts";

/** How deep kept states may nest; compilers use one level. */
const MAX_REMEMBERED = 64;

/** The first and the last row, the rules of the CIE, and the states that were kept. */
export class RowHistory {
  /** Rows finished so far. */
  rowCount = 0;
  /** The last finished row; means nothing before the first. */
  readonly last: RowState = new RowState();
  private readonly first: RowState = new RowState();
  private readonly initial: RowState = new RowState();
  /** Kept states; gas has one of them. `depth` are in use. */
  private readonly remembered: RowState[] = [];
  private depth = 0;
  private readonly isNew: boolean;
  private readonly isCorrect: boolean;

  /** A history by the habits of `rules`. */
  constructor(rules: ConvertRules) {
    this.isCorrect = rules.rows === "correct";
    this.isNew = rules.gas === "2.47" || this.isCorrect;
  }

  /** Starts a function with the row that its CIE's initial instructions left. */
  begin(start: RowState): void {
    this.initial.copyRules(start);
    this.rowCount = 0;
    this.depth = 0;
  }

  /** Takes note of a finished row. */
  finish(row: RowState): void {
    this.last.copyRules(row);
    if (this.rowCount === 0) this.first.copyRules(row);
    this.rowCount++;
  }

  /** Gives FP the rule back that the function began with: by gas that of its first row, by right that of the CIE. */
  restoreFp(row: RowState): void {
    if (this.isCorrect) {
      row.fpRegister = this.initial.fpRegister;
      row.fpDeref = this.initial.fpDeref;
    }
    const from = this.origin(row);
    row.fpPlace = from.fpPlace;
    row.fpOffset = from.fpOffset;
    row.isDirty = true;
  }

  /** As {@linkcode RowHistory.restoreFp} for RA. */
  restoreRa(row: RowState): void {
    if (this.isCorrect) {
      row.raRegister = this.initial.raRegister;
      row.raDeref = this.initial.raDeref;
      row.isRaLost = this.initial.isRaLost;
    }
    const from = this.origin(row);
    row.raPlace = from.raPlace;
    row.raOffset = from.raOffset;
    row.raUndefined = from.raUndefined;
    row.isDirty = true;
  }

  /**
   * Keeps the state of the current row; gas before 2.47 that of the last finished one. It has one slot, not a stack: of
   * nested states the inner one comes back twice.
   *
   * @returns Why that is impossible, or `undefined`.
   */
  remember(row: RowState): string | undefined {
    if (!this.isNew && this.rowCount === 0) {
      return "a state is kept before the first row";
    }
    if (!this.isCorrect) this.depth = 0;
    if (this.depth === MAX_REMEMBERED) return "too many states are kept";
    let state = this.remembered[this.depth];
    if (state === undefined) {
      state = new RowState();
      this.remembered.push(state);
    }
    state.copyRules(this.isNew ? row : this.last);
    this.depth++;
    return undefined;
  }

  /** Gives `row` the state that was kept. @returns Why that is impossible, or `undefined`. */
  restoreState(row: RowState): string | undefined {
    if (this.depth === 0) return "a state is restored that was not kept";
    row.copyRules(this.remembered[this.depth - 1]!);
    row.isDirty = true;
    if (this.isCorrect) this.depth--;
    return undefined;
  }

  private origin(row: RowState): RowState {
    if (this.isCorrect) return this.initial;
    return this.rowCount > 0 ? this.first : row;
  }
}
