/**
 * Modules that few calls need.
 *
 * @module
 */

/**
 * Keeps a specifier out of the module graph that is built before the first line runs; it is relative to the file that
 * imports by it. What is hidden so has to be named to `deno compile` (the task `compile` does).
 */
export function later(specifier: string): string {
  return specifier;
}
