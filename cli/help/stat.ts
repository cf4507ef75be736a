/**
 * The help of `framewalk stat`.
 *
 * @module
 */

/** What `framewalk stat --help` prints. */
export const STAT_HELP: string = `Usage: framewalk stat [OPTIONS] FILE|DIR...

Tells of each linked binary how much of its code .sframe and .eh_frame cover
and how large they are: x86-64, AArch64, s390x. Directories are searched to the
bottom; links in them are not followed, and what is no such binary is skipped.

Columns (sizes in bytes):
  text       code               eh_frame   .eh_frame and .eh_frame_hdr
  funcs      functions          eh %       share of the code that it covers
  ver        SFrame version     sframe     .sframe
  rows/f     rows per function  sf %       share of the code that has rows in it

Options:
  --sidecars     make all sidecars, from .sframe or else from .eh_frame, and
                 tell their sizes: zstd, compact, c-zstd; takes a second per MB
  --gaps         of each file, which code has no rows and why
  --sort COLUMN  file, text, functions, eh_frame, eh_share, sframe,
                 sframe_share, version, rows, gap, zstd, compact, compact-zstd;
                 numbers from the largest down (default: as found)
  --json         one JSON object
  -h, --help     this text

Exit status: 0 fine, 1 something could not be read or is damaged (the rest is
told all the same), 2 wrong arguments.

Examples:
  framewalk stat --sort eh_frame /usr/lib
  framewalk stat --sidecars --gaps /usr/bin/python3
  framewalk stat --json /usr/bin | jq '.totals'
`;
