/**
 * What the page uses of a file of the demangler that has no types of its own.
 *
 * @module
 */

/** Connects the JavaScript half of the package with the other. */
export function __wbg_set_wasm(exports: unknown): void;

/** Makes a name readable. */
export function demangle_any(name: string): string;
