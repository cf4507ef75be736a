/**
 * The part of this format that a stack walk needs. Every module costs a fifth of a millisecond when a command starts,
 * so that the walker does not take the writers and texts of `mod.ts` with it.
 *
 * @module
 */
export { openSFrameSections } from "./sections.ts";
