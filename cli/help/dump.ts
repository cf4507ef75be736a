/**
 * The help of `framewalk dump`.
 *
 * @module
 */

/** What `framewalk dump --help` prints. */
export const DUMP_HELP: string = `Usage: framewalk dump [OPTIONS] FILE...

Prints the .sframe sections of objects, archives, executables, shared objects:
versions 1, 2 and 3, for x86-64, AArch64 and s390x. FILE may be - for standard
input. Several sections in one file, and in one another, are all printed.

Options:
  --function WHAT    only the function of that name, or that has this address
  --compat RELEASE   byte for byte what readelf --sframe of binutils 2.40, 2.44,
                     2.45 or 2.47 prints, wrong function starts included; 2.40
                     reads version 1, 2.44 and 2.45 version 2, 2.47 2 and 3
  --json             one JSON object instead of text
  --raw              FILE is a section's bytes and nothing else
  --address ADDRESS  where that section is in memory (default 0)
  --no-symbols       addresses only
  -h, --help         this text

Exit status: 0 fine, 1 a file or a function in it cannot be read, 2 wrong
arguments.

Examples:
  framewalk dump server
  framewalk dump --function main server
  framewalk dump --compat 2.47 libz.so.1 | diff - <(readelf --sframe libz.so.1)
  framewalk dump --json libz.a | jq '.sections[].functions[].name'
`;
