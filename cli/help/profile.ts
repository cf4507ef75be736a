/**
 * The help of `framewalk profile`.
 *
 * @module
 */

/** What `framewalk profile --help` prints. */
export const PROFILE_HELP: string =
  `Usage: framewalk profile [OPTIONS] CAPTURE...

Unwinds captures of "perf record --call-graph dwarf" (files, or - for what
"perf record -o -" writes to standard input) and prints or writes them; several
make one profile. Kernel frames and frame-pointer chains are taken as recorded.

Output:
  --format NAME      addresses  what perf script --no-inline -F ip prints
                     text       comm, pid/tid, time, event, frames, as perf
                                script prints them
                     folded     stacks with counts, for flame graph tools;
                                _[k] marks the kernel's functions, _[j] those
                                made at run time, _[i] inlined ones
                     svg        a flame graph with zoom and search
                     pprof      gzipped protobuf: samples, and each event's sum
                                of periods
                     speedscope JSON for speedscope, samples in order of time
                     firefox    gzipped JSON for profiler.firefox.com, a track
                                for each thread (plain if FILE ends in .json)
                     summary    top functions, how walks ended
                     default: summary on a terminal, else text
  -o, --output FILE  write to FILE (Deno needs --allow-write for it)
  --by WHAT          keep apart by thread, process, cpu or comm (the thread's
                     name): labels of pprof, profiles of speedscope, tracks of
                     firefox, a table of summary, else the outermost frame.
                     folded --by comm has the form of stackcollapse-perf.pl
  --inverted         stacks begin with their innermost function: folded, svg,
                     speedscope
  --lines            functions that were inlined as frames of their own, and
                     source files and lines, from the debug information:
                     in all formats but addresses. It takes time, so that only
                     text shows inlined functions without being asked
  --no-lines         neither, in text as well
  --no-demangle      C++ and Rust names as the linker has them
  --json             summary and errors as JSON

Several events are counted together by folded, svg and summary (choose by
--event) and kept apart by the others. A stack that goes on behind the part that
was copied begins with [truncated], one that could not be followed to its end
with [incomplete]; [no stack] stands for a sample without frames.

Which samples (repeat an option, or separate values by commas):
  --comm NAME  --pid N  --tid N  --event NAME  --cpu N
  --time A,B         seconds of the capture's clock; either may be left out
  --no-kernel        without frames of the kernel

Where files are:
  --sysroot DIR      look under DIR first (repeatable)
  --symfs DIR        look under DIR only
  --buildid-dir DIR  perf's cache of binaries (default ~/.debug; without
                     --allow-env=HOME, those of all users)
  --sidecars DIR     unwind tables by build ID (repeatable)
  --tables LIST      what to unwind with: sframe, sidecar, eh_frame,
                     debug_frame, fp, call (default all, in this order)
  --vdso FILE        the code that the kernel mapped (default: perf's cache)
  --kallsyms FILE    the kernel's symbols
  --perf-maps DIR    perf-PID.map files of run-time compilers
                     The last two are looked for on this machine only if the
                     capture is of it: build ID, release and host name agree.
  -h, --help         this text

Exit status: 0 fine, 1 a capture cannot be read or is damaged, 2 wrong
arguments.

Examples:
  perf record --call-graph dwarf,16384 -o app.perf ./app
  framewalk profile app.perf
  framewalk profile --format svg -o app.svg app.perf
  framewalk profile --format folded --by thread --comm worker app.perf
  framewalk profile --format text --time 12.5,13 app.perf | less
  framewalk profile --format pprof --lines -o app.pb.gz app.perf
`;
