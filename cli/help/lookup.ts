/**
 * The help of `framewalk lookup`.
 *
 * @module
 */

/** What `framewalk lookup --help` prints. */
export const LOOKUP_HELP: string =
  `Usage: framewalk lookup [OPTIONS] FILE ADDRESS...

Prints the row that holds at each address, and how the canonical frame address
(CFA), the return address, the stack and the frame pointer of the caller come
from it: by .sframe, or by .eh_frame where that says nothing. ADDRESS is in the
file's own address space, or a function's name: main, main+0x10. A return
address belongs to the call in front of it: look up the address minus one.

Options:
  --json             one JSON object instead of text
  --raw              FILE is a section's bytes and nothing else
  --address ADDRESS  where that section is in memory (default 0)
  -h, --help         this text

Exit status: 0 fine, 1 the file cannot be read, 2 wrong arguments.

Example:
  framewalk lookup server main+0x12 0x401234
`;
