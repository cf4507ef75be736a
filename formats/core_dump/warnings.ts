/**
 * What is damaged in a core dump that otherwise can be read.
 *
 * @module
 */
import { FormatError, type FormatErrorFields } from "../base/error.ts";

/** The format's name in errors. */
export const CORE = "core dump";

/** A file made to annoy has a broken note every 12 bytes; nobody reads more warnings than these. */
const MAX_WARNINGS = 100;

/** A {@linkcode FormatError} of this format. */
export function coreError(
  fields: Omit<FormatErrorFields, "format">,
): FormatError {
  return new FormatError({ ...fields, format: CORE });
}

/** Collects errors, up to a limit. */
export class Warnings {
  /** What was collected, in order. */
  readonly list: FormatError[] = [];

  /** Keeps `error`; the last place says that there were more. */
  add(error: FormatError): void {
    const left = MAX_WARNINGS - this.list.length;
    if (left > 1) this.list.push(error);
    else if (left === 1) {
      this.list.push(coreError({
        code: "limit",
        field: error.field,
        offset: error.offset,
        expected: `at most ${MAX_WARNINGS - 1} damaged parts`,
        cause: error,
      }));
    }
  }

  /** Runs a decoder; its {@linkcode FormatError} is kept and `undefined` returned. */
  collect<T>(decode: () => T): T | undefined {
    try {
      return decode();
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.add(error);
      return undefined;
    }
  }
}
