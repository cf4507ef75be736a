/**
 * The version, also stated in `deno.json`; a test holds the two equal. Reading that file at start-up would cost every
 * command a read and a parse.
 *
 * @module
 */

/** Version of the package. */
export const VERSION = "0.1.0";
