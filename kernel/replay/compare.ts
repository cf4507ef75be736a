/**
 * Outcomes against expectations.
 *
 * @module
 */

/** One thing that is not as expected. */
export interface Mismatch {
  /** Where in the outcome, as `registers.3.rip`. */
  path: string;
  /** What was expected. */
  expected: unknown;
  /** What came; `undefined` if nothing did. */
  actual: unknown;
}

/**
 * Where `actual` is not as `expected`: of objects only the keys that are expected count, lists and all else must be
 * equal. A key whose expected value is null must not be there.
 */
export function findMismatches(
  expected: unknown,
  actual: unknown,
  path = "",
): Mismatch[] {
  if (isObject(expected) && isObject(actual)) {
    return Object.entries(expected).flatMap(([key, value]) =>
      findMismatches(value, actual[key], path === "" ? key : `${path}.${key}`)
    );
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length) {
      return [{ path, expected, actual }];
    }
    return expected.flatMap((value, i) =>
      findMismatches(value, actual[i], `${path}[${i}]`)
    );
  }
  const isSame = expected === null
    ? actual === null || actual === undefined
    : Object.is(expected, actual);
  return isSame ? [] : [{ path, expected, actual }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
