/**
 * The part of `@std/cli` that the command line uses, for places where JSR cannot be reached.
 *
 * @module
 */
export * from "./parse_args.ts";
