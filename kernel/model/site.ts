/**
 * Failure sites: where a system call of the model can fail, and what it tells then.
 *
 * A site is what FreeBSD's EXTERROR is in C: the error number that the call returns, with a category (the subsystem), a
 * number within it (the line, in C) and a message whose two parameters are filled in by whoever reads it. Numbers are
 * never reused, since readers may know a site by them.
 *
 * @module
 */

/** Subsystems of the model, as categories of extended errors. Beyond those that FreeBSD has given out (1 to 22). */
export const Category = {
  MEMORY: 200,
  PROCESS: 201,
  SIGNAL: 202,
  EXTERRCTL: 203,
  CODECTL: 204,
  THREAD_AREA: 205,
  RSEQ: 206,
  VDSO: 207,
  FIXUP: 208,
  REPORT: 209,
} as const;

/** A place where a call can fail. */
export interface Site {
  /** Error number, positive. */
  readonly errno: number;
  /** Value of {@linkcode Category}. */
  readonly category: number;
  /** Number within the category. */
  readonly line: number;
  /** Message with at most two integer conversions, as in `%#jx`. */
  readonly message: string;
}

/** Makes the sites of one category; each line may be given once. */
export function defineSites<K extends string>(
  category: number,
  table: Record<K, readonly [line: number, errno: number, message: string]>,
): Record<K, Site> {
  const sites: Partial<Record<K, Site>> = {};
  for (const key of Object.keys(table) as K[]) {
    const [line, errno, message] = table[key];
    sites[key] = { errno, category, line, message };
  }
  return sites as Record<K, Site>;
}

/** An extended error as a thread carries it from the failing site to the end of the call. */
export interface ExtendedError {
  /** Error number, positive. */
  errno: number;
  /** Value of {@linkcode Category}. */
  category: number;
  /** Number of the site. */
  line: number;
  /** Message, not expanded. */
  message: string;
  /** First parameter. */
  p1: number;
  /** Second parameter. */
  p2: number;
}
