/**
 * The package that compiles parsers, by itself: `Struct` loads it when that pays.
 *
 * @module
 */
export { Parser } from "binary-parser";
