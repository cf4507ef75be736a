/**
 * Stands in for `binary-parser` in the page, whose policy forbids to compile functions out of text: structures are then
 * decoded field by field, which gives the same.
 *
 * @module
 */

/** Cannot be made; whoever tries does without. */
export class Parser {
  /** @throws {EvalError} Always. */
  constructor() {
    throw new EvalError("Parsers are not compiled here");
  }
}
