/**
 * The help of `framewalk view`.
 *
 * @module
 */

/** What `framewalk view --help` prints. */
export const VIEW_HELP: string =
  `Usage: framewalk view [OPTIONS] [FILE] [EXECUTABLE]

Starts a page on this machine that shows a core dump, a capture of perf record,
an ELF file or an .sframe section: threads and stacks, a flame graph, modules,
sections, the rows of a function in .sframe beside those in .eh_frame, what is
at an address, thread areas. Files can also be dropped onto the page.

The page runs framewalk itself in the browser and reads of FILE only the parts
that it needs. Its address is printed; it holds a token without which nothing
is answered, and only this machine can reach it. Ctrl-C ends it.

Files:
  --exe FILE         the program that a core is of, as EXECUTABLE
  --sysroot DIR      look for binaries under DIR first; may be repeated
  --sidecars DIR     unwind tables kept aside, by build ID; may be repeated

Page:
  --port N           listen on this port (default: any that is free)
  -h, --help         this text

Needs Deno's --allow-read and --allow-net=127.0.0.1. Of this machine's files
the page is given FILE, EXECUTABLE, and such ELF files and sidecars as bt would
open. Names of the kernel and of code made at run time come from files called
kallsyms and perf-PID.map that are dropped onto it before a capture.

Examples:
  framewalk view core.1234
  framewalk view --sysroot rootfs perf.data
  framewalk view --port 8080
`;
