/**
 * The part of `@std/assert` that the tests use, for places where JSR cannot be reached.
 *
 * @module
 */
import assertStrict, {
  AssertionError,
  deepStrictEqual,
  notDeepStrictEqual,
} from "node:assert/strict";

export { AssertionError };

/** Fails if `value` is falsy. */
export function assert(value: unknown, message = ""): asserts value {
  assertStrict(value, message || "Assertion failed");
}

/** Fails if the two are not deeply equal. */
export function assertEquals<T>(
  actual: T,
  expected: T,
  message?: string,
): void {
  deepStrictEqual(actual, expected, message);
}

/** Fails if the two are deeply equal. */
export function assertNotEquals<T>(
  actual: T,
  expected: T,
  message?: string,
): void {
  notDeepStrictEqual(actual, expected, message);
}

/** Fails if the two are not the same value. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  message?: string,
): asserts actual is T {
  assertStrict(
    Object.is(actual, expected),
    message ?? `Expected ${expected}, got ${actual}`,
  );
}

/** Fails if `text` does not contain `part`. */
export function assertStringIncludes(
  actual: string,
  expected: string,
  message?: string,
): void {
  assertStrict(
    actual.includes(expected),
    message ?? `Expected ${JSON.stringify(actual)} to contain "${expected}"`,
  );
}

/** Fails if `text` does not match. */
export function assertMatch(
  actual: string,
  expected: RegExp,
  message?: string,
): void {
  assertStrict(
    expected.test(actual),
    message ?? `Expected ${JSON.stringify(actual)} to match ${expected}`,
  );
}

/** Fails if `actual` is not greater than `expected`. */
export function assertGreater<T>(
  actual: T,
  expected: T,
  message?: string,
): void {
  assertStrict(
    actual > expected,
    message ?? `Expected ${actual} > ${expected}`,
  );
}

/** Fails if `actual` is greater than `expected`. */
export function assertLessOrEqual<T>(
  actual: T,
  expected: T,
  message?: string,
): void {
  assertStrict(
    actual <= expected,
    message ?? `Expected ${actual} <= ${expected}`,
  );
}

/** Fails always. */
export function fail(message?: string): never {
  throw new AssertionError({ message: message ?? "Failed" });
}

/** Class of an error. */
// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error> = new (...args: any[]) => E;

/** Fails unless `run` throws an `ErrorClass` whose message contains `part`; returns what was thrown. */
export function assertThrows<E extends Error = Error>(
  run: () => unknown,
  errorClass?: ErrorClass<E>,
  part?: string,
): E {
  try {
    run();
  } catch (error) {
    return checkError(error, errorClass, part);
  }
  return fail("Expected function to throw");
}

/** As {@linkcode assertThrows}, for a promise. */
export async function assertRejects<E extends Error = Error>(
  run: () => PromiseLike<unknown>,
  errorClass?: ErrorClass<E>,
  part?: string,
): Promise<E> {
  try {
    await run();
  } catch (error) {
    return checkError(error, errorClass, part);
  }
  return fail("Expected function to reject");
}

function checkError<E extends Error>(
  error: unknown,
  errorClass?: ErrorClass<E>,
  part?: string,
): E {
  if (errorClass !== undefined && !(error instanceof errorClass)) {
    fail(
      `Expected ${errorClass.name}, got ${
        error instanceof Error ? error.stack : error
      }`,
    );
  }
  if (part !== undefined) assertStringIncludes((error as Error).message, part);
  return error as E;
}
