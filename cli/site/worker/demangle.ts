/**
 * Readable names, where WebAssembly can be had.
 *
 * @module
 */
import { loadDemangler } from "../../demangle.ts";

/** Loads what makes names readable. Without WebAssembly names stay as they are. */
export async function loadNames(): Promise<(name: string) => string> {
  try {
    return await loadDemangler();
  } catch {
    return (name) => name;
  }
}
