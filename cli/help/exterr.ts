/**
 * The help of `framewalk exterr`.
 *
 * @module
 */

/** What `framewalk exterr --help` prints. */
export const EXTERR_HELP: string =
  `Usage: framewalk exterr [OPTIONS] FILE [EXECUTABLE]

Prints FreeBSD's extended errors: why a system call failed, beyond its errno.
FILE is a ktrace.out, records as they are (struct uexterror), or a core, whose
writable memory is searched; it may be compressed, and may be - for standard
input. Of a trace, each error comes with the call that returned it.

Input:
  --as KIND          what FILE is, if it does not show: ktrace, record, core or
                     memory (bytes in which records are searched)
  --exe FILE         of a core: the program, as EXECUTABLE
  --sysroot DIR      of a core: look for its files under DIR first; may be
                     repeated
  --memory SIZE      memory for what comes compressed or from a pipe, such as
                     512M (default 1G); traces and records need none

Output:
  --form FORM        default (the message), brief (and the source line) or full
                     (and all fields); default: what EXTERROR_VERBOSE asks for
  --all              also records never used, and what is left of failures
                     that others without extended data followed
  --json             one JSON object instead of text
  --kdump            every record of a trace, as kdump prints them
  --tid, --time, --cpu
                     with --kdump: columns for thread, time, processor
  -h, --help         this text

Exit status: 0 fine, also if there are no errors, 1 the input cannot be read or
is damaged, 2 wrong arguments.

Examples:
  framewalk exterr ktrace.out
  framewalk exterr --form full --json ktrace.out | jq '.records[].call.name'
  framewalk exterr --kdump --time ktrace.out | less
  framewalk exterr --all server.core ./server
`;
