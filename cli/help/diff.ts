/**
 * The help of `framewalk diff`.
 *
 * @module
 */

/** What `framewalk diff --help` prints. */
export const DIFF_HELP: string = `Usage: framewalk diff [OPTIONS] A B

Prints which functions and rows of the .sframe sections of A and B differ:
- lost (only in A), + added (only in B), ~ changed. Rules are compared, so that
two versions of the format can be equal. Where a function starts does not count
if both files have its name.

Options:
  --by WHAT          match functions by name (default; those without by address)
                     or by address
  --json             one JSON object instead of text
  --raw              the files are bytes of sections and nothing else
  -h, --help         this text

Exit status: 0 nothing differs, 3 something does, 1 a file cannot be read,
2 wrong arguments.

Example:
  framewalk diff libz.so.1.2 libz.so.1.3
`;
