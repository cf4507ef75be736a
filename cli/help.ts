/**
 * Help texts, 80 columns wide.
 *
 * @module
 */

/** What `framewalk --help` prints. */
export const MAIN_HELP = `Usage: framewalk COMMAND [ARGUMENTS]

Reads where the threads of a program were, from what was left of it.

Commands:
  bt CORE [EXECUTABLE]   backtrace of every thread of a Linux core dump
  convert FILE -o OUT    an SFrame section from .eh_frame or another version
  diff A B               what differs between two files' .sframe sections
  dump FILE...           text of .sframe sections, like readelf's or as JSON
  embed FILE -o OUT      put an .sframe section into a finished binary
  profile CAPTURE...     profiles out of captures of perf record
  pstack PID             the stacks of a running process
  verify FILE...         check .sframe: its rules, and against .eh_frame
  exterr FILE            extended errors of FreeBSD: traces, records, cores
  lookup FILE ADDRESS... the row for a program counter, in words
  replay SCENARIO...     events against a modelled kernel, and what came of them
  reports LOG            error reports out of a Linux kernel's log
  rseq CORE|ELF          restartable sequences: areas of threads, or sections
  stat FILE|DIR...       what unwind tables cover, and what they cost
  vdso CORE|FILE         the functions that the kernel maps into a process
  view [FILE]            a page in the browser: stacks, flame graphs, tables
  help [COMMAND]         this text, or the help of a command

Options:
  -h, --help             this text
  -V, --version          the version

Try: framewalk help bt
`;

const BT_HELP = `Usage: framewalk bt [OPTIONS] CORE [EXECUTABLE]

Prints the stack of every thread of a Linux core dump: x86-64, AArch64, s390x.
CORE may be compressed with zstd or gzip, and may be - for standard input.
EXECUTABLE is the program that crashed, if it is not where the core says.

Files:
  --exe FILE         the program, as EXECUTABLE
  --sysroot DIR      look for the program and its libraries under DIR first;
                     may be repeated
  --sidecars DIR     unwind tables kept aside (framewalk convert --format), as
                     DIR/ab/cdef….sframe.zst or .sfc by build ID; may be
                     repeated
  --debuginfod URL   ask this debuginfod server for files that are not here, by
                     build ID; may be repeated; default: those that
                     DEBUGINFOD_URLS names, none without it
  --memory SIZE      memory for a core that comes compressed or from a pipe,
                     such as 512M (default 1G)

Stacks:
  --thread TID       only this thread
  --max-frames N     at most N frames of each thread (default: all)
  --tables LIST      what may lead from frame to frame, in this order, out of
                     sframe,sidecar,eh_frame,debug_frame,fp,call (default: all);
                     fp follows frame pointers where no table covers a function,
                     call takes a jump out of all code as a call

Output:
  --registers        also the registers of the thread that got the signal
  --no-symbols       addresses only
  --no-demangle      names as the linker knows them
  --no-lines         without source lines and inlined functions, which come from
                     the debug information of the program and its libraries
  --json             one JSON object instead of text
  --color WHEN       auto, always or never (default auto: on a terminal,
                     unless NO_COLOR is set)
  -h, --help         this text

Servers need Deno's --allow-net, their variables --allow-env, and keeping what
they send (in ~/.cache/debuginfod_client, as the tools of elfutils do)
--allow-write. What is not permitted is told, and done without.

Marks behind a frame: [signal] the kernel put this frame there to run a signal
handler; [?] the address of this frame was guessed, as no table led to it;
[inlined] the compiler made this function a part of the next frame's.

Exit status: 0 fine, 1 the input cannot be read, 2 wrong arguments.

Examples:
  framewalk bt core
  framewalk bt core.1234 ./server
  framewalk bt --sysroot ./image/rootfs core.zst
  framewalk bt --debuginfod https://debuginfod.elfutils.org core
  coredumpctl dump server | framewalk bt -
  framewalk bt --json core | jq '.threads[] | select(.crashed)'
`;

const DIFF_HELP = `Usage: framewalk diff [OPTIONS] A B

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

const DUMP_HELP = `Usage: framewalk dump [OPTIONS] FILE...

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

const VIEW_HELP = `Usage: framewalk view [OPTIONS] [FILE] [EXECUTABLE]

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

const LOOKUP_HELP = `Usage: framewalk lookup [OPTIONS] FILE ADDRESS...

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

const EXTERR_HELP = `Usage: framewalk exterr [OPTIONS] FILE [EXECUTABLE]

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

const EMBED_HELP = `Usage: framewalk embed [OPTIONS] FILE -o OUT
       framewalk embed --strip FILE -o OUT

Puts an .sframe section into a finished executable or shared object. Nothing
that is there moves or changes but the ELF header: FILE gets one more section,
one more read-only segment and PT_GNU_SFRAME, and runs as before.

The section is made from FILE's .eh_frame, unless it is given.

  -o, --output FILE        the binary to write; may be FILE itself
  --section FILE           the section: bare bytes, or an ELF file with .sframe
  --address ADDR           address for which that section was made; default:
                           the ELF file's own, for bare bytes the right one
  --sframe-version N       version to make: 1, 2 or 3 (default 3)
  --plt ld|correct         rows of .plt.got: as ld writes them, 8 too much, or
                           right (default correct)
  --new-kernels            add no zeros for the sake of kernels before 5.18,
                           which would otherwise not start a program with much
                           zero-filled data (default: at most 16 MiB)
  --strip                  undo it: OUT is what FILE was, byte for byte
  -h, --help               this text

OUT gets the permissions of FILE, and takes the place of an old file only when
it is complete. Signatures over whole files (IMA, fs-verity) do not survive.
Needs --allow-read and --allow-write.

Exit status: 0 fine, 1 a file cannot be read or written, 2 wrong arguments.

Examples:
  framewalk embed server -o server.sframe
  framewalk embed --strip server.sframe -o server
  framewalk embed libz.so.1 --section libz.sframe --address 0x1d000 -o out.so
`;

const CONVERT_HELP = `Usage: framewalk convert [OPTIONS] FILE -o OUT

Writes an SFrame section, the bytes alone, made from the .eh_frame of FILE or
from another version of SFrame: x86-64, AArch64, s390x. Rows are those that gas
and ld would have written. FILE is a linked ELF file, or a section by itself.
Functions that SFrame cannot express are left out and told on standard error.

  -o, --output OUT   file to write; - for standard output
  --format FORMAT    section (default), or a sidecar: zstd is the section in
                     seekable zstd, compact a third of .eh_frame's size,
                     compact-zstd half of that (default with --sidecars:
                     compact)
  --sidecars DIR     write the sidecar to where framewalk bt --sidecars DIR
                     finds it: DIR/ab/cdef….sframe.zst or .sfc by build ID
  --from TABLE       eh_frame or sframe: what to convert
                     (default: .eh_frame if there is one)
  --address ADDRESS  address of the section, which its contents depend on
                     (default: that of FILE's own .sframe, or else the one where
                     framewalk embed puts it); of a section by itself: default 0
  --sframe-version N 1, 2 or 3 (default 3)
  --gas VERSION      2.40, 2.44 or 2.47: whose rules hold where they differ
                     (default: the one that writes that version of SFrame)
  --plt ld|correct   rows of .plt.got as ld writes them, with a CFA 8 too large,
                     or right (default ld; correct for sidecars)
  --rows gas|correct rows as gas writes them even where it is known to be wrong,
                     or always as .eh_frame says (default gas; correct
                     for sidecars)
  --strict           leave nothing out: write no file then, exit status 3
  --json             a report as one JSON object on standard output
  -h, --help         this text

Exit status: 0 fine, 1 the input cannot be read, 2 wrong arguments,
3 functions left out with --strict.

Examples:
  framewalk convert /usr/bin/python3 -o python3.sframe
  framewalk convert --rows correct --plt correct app -o app.sframe
  framewalk convert --from sframe --sframe-version 2 app -o old.sframe
  framewalk convert --json app -o app.sframe | jq '.dropped[].reason'
`;

const VDSO_HELP = `Usage: framewalk vdso [OPTIONS] CORE|FILE

Prints the vDSO of a core, or the image in FILE: its functions with versions and
what they do, how much of its code can be unwound, where signal handlers return
to, and its table of fixups if it has one. CORE may be compressed, and may be -
for standard input.

Options:
  --check            hold it to the constraints of a vDSO: one segment that
                     cannot be written, no thread-local storage, no relocations,
                     no undefined symbols, a name, a hash table
  --extract FILE     write the image to FILE (Deno needs --allow-write for it)
  --memory SIZE      memory for a core that comes compressed or from a pipe,
                     such as 512M (default 1G)
  --json             one JSON object instead of text
  -h, --help         this text

Exit status: 0 fine, 1 there is no image that can be read, or with --check it
breaks a constraint, 2 wrong arguments.

Examples:
  framewalk vdso core
  framewalk vdso --check vdso64.so
  framewalk vdso --extract vdso.so core && readelf --dyn-syms vdso.so
`;

const VERIFY_HELP = `Usage: framewalk verify [OPTIONS] FILE...

Holds .sframe sections to the rules of the format, and compares what they say
with .eh_frame: the rules for CFA, RA and FP wherever one of the two changes.
FILE is a linked ELF file; or a section by itself, which has only its structure.

  --kernel           also what the Linux kernel's reader refuses
  --section SECTION  hold this section against each FILE's .eh_frame, as
                     framewalk convert wrote it
  --address ADDRESS  address of SECTION, or of a section given as FILE
  --max N            show at most N findings of each kind (default 100)
  -q, --quiet        do not show what is allowed but unusual
  --json             one JSON object instead of text, with all findings
  -h, --help         this text

Exit status: 0 fine, 1 an input cannot be read, 2 wrong arguments,
3 something was found (what is merely unusual does not count).

Examples:
  framewalk verify app lib/*.so
  framewalk verify --kernel --quiet /usr/bin/app
  framewalk verify --json app | jq '.files[].meaning[].findings[]'
`;

const PROFILE_HELP = `Usage: framewalk profile [OPTIONS] CAPTURE...

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
  --buildid-dir DIR  perf's cache of binaries (default ~/.debug, if
                     --allow-env=HOME lets it be found)
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

const PSTACK_HELP = `Usage: framewalk pstack [OPTIONS] PID

Prints the stack of every thread of a running process of this Linux machine. The
process stands still for some milliseconds: its threads are stopped, registers
and stacks copied, and then they go on. No signal is sent, and if framewalk ends
in whatever way, they go on as well. PID may be that of a thread; then only that
thread is shown.

All permissions are needed (deno run -A), since Deno guards /proc. Processes of
other users are for root to look at.

Process:
  --tid TID          only this thread; the others are not stopped
  --rseq             also each thread's rseq area, as the kernel has it
                     registered, and the critical section that it names
  --watch [SECONDS]  look again and again (default: every 2 seconds)
  -v, --verbose      tell how long the process stood still

Files:
  --sysroot DIR      look for debug files and deleted files under DIR first; may
                     be repeated
  --sidecars DIR     unwind tables kept aside, as for framewalk bt
  --debuginfod URL   ask this server, as for framewalk bt

Stacks and output, as for framewalk bt:
  --max-frames N     at most N frames of each thread (default: all)
  --tables LIST      what may lead from frame to frame
  --no-symbols       addresses only
  --no-demangle      names as the linker knows them
  --no-lines         neither source lines nor inlined functions
  --json             one JSON object instead of text
  --color WHEN       auto, always or never
  -h, --help         this text

A thread that waits in epoll_wait, semop or sigtimedwait may see that call fail
with EINTR, as under every debugger: so does the kernel.

Exit status: 0 fine, 1 the process or a thread of it cannot be looked at,
2 wrong arguments.

Examples:
  framewalk pstack 1234
  framewalk pstack --watch 0.5 --tid 1240 1234
  framewalk pstack --json $(pidof server) | jq '.threads | length'
`;

const REPLAY_HELP = `Usage: framewalk replay [OPTIONS] SCENARIO.json...

Runs scenarios against a modelled kernel: system calls with extended errors
(exterrctl), unwind tables registered by codectl, restartable sequences, the
thread area, fixups, error reports, checkpoints. One line an event, with what
it returned; below it signals, registers that changed, stacks that were walked.
SCENARIO may be - for standard input. A scenario may say what it expects of
each event; --schema prints what a scenario is made of.

Options:
  -q, --quiet    only events that did not come as the scenario expects
  --fill         print the scenario with what came of each event as what it
                 expects
  --schema       print the JSON schema of scenarios
  --json         one JSON object a line for each event
  -h, --help     this text

Exit status: 0 fine, 1 no scenario, or something did not come as expected,
2 wrong arguments.

Examples:
  framewalk replay tests/scenarios/exterrctl_register.json
  framewalk replay --quiet tests/scenarios/*_*.json
  framewalk replay --json scenario.json | jq 'select(.outcome.errno)'
`;

const REPORTS_HELP = `Usage: framewalk reports [OPTIONS] LOG

Prints the error reports in a Linux kernel's log: KASAN, KFENCE, UBSAN, KCSAN,
KMSAN, lockdep, WARNING, BUG, oops, panic, hung tasks, lockups, RCU stalls.
LOG is text of dmesg (any of its forms), /dev/kmsg, a serial console, syslog or
journalctl -k (also -o json), or trace_pipe's error_report_end lines; compressed
with zstd, gzip or xz or not; - for standard input.

Output:
  --full         everything: all frames, also unreliable ones, registers, memory
  --raw          the lines of each report as they were
  --json         one JSON object
  --json-lines   one JSON object a line for each report
  --count        how often each title came, instead of the reports
  --color WHEN   auto, always or never (default auto: on a terminal, unless
                 NO_COLOR is set)

Which reports:
  --kind LIST    kasan, kfence, ubsan, kcsan, kmsan, lockdep, warning, bug,
                 oops, panic, hung-task, soft-lockup, hard-lockup, rcu-stall,
                 leak; several with commas
  --since TIME   that began then or later: seconds since boot, or a date if the
                 log has dates
  --until TIME   that began then or earlier

Following:
  -f, --follow   wait for what is added to the log; with --json as --json-lines
  --buffer N     reports that are held for a slow output (default 16); of more,
                 the oldest are dropped, and the output tells how many

  -h, --help     this text

The log is only read. As standard input it needs no permission of the runtime;
a file needs --allow-read; /dev/kmsg by its name needs --allow-all and, as a
rule, root.

Exit status: 0 fine, also without a report (standard error says so), 1 the log
cannot be read, 2 wrong arguments.

Examples:
  dmesg | framewalk reports -
  framewalk reports --count /var/log/kern.log.2.gz
  framewalk reports --full --kind kasan,kfence console.log
  journalctl -k -o json | framewalk reports --json-lines - | jq .title
  framewalk reports --follow - < /dev/kmsg
`;

const RSEQ_HELP = `Usage: framewalk rseq [OPTIONS] CORE [EXECUTABLE]
       framewalk rseq [OPTIONS] ELF

Prints what a core's threads share with the kernel for restartable sequences:
each thread's struct rseq, at its thread pointer plus the C library's
__rseq_offset, and the critical section in force. Of another ELF file (object,
executable, shared object) it prints the critical sections that it contains,
and checks them: the kernel's rules, the signature in front of abort handlers,
the arrays for debuggers. CORE may be compressed, and may be - for standard
input.

Files:
  --exe FILE         the program, as EXECUTABLE
  --sysroot DIR      look for the program and its libraries under DIR first;
                     may be repeated
  --memory SIZE      memory for a core that comes compressed or from a pipe,
                     such as 512M (default 1G)

Areas and rules:
  --offset N         the area is at the thread pointer plus N, whatever the C
                     library says
  --size N           show N bytes of each area (default: what is in use)
  --signature N      the signature that was registered, if not the usual one
  --strict           judge as kernels up to 6.18 do; of files, count also what
                     only misleads debuggers

Output:
  --json             one JSON object instead of text
  -h, --help         this text

Exit status: 0 fine, 1 the input cannot be read, or a critical section in a file
is wrong, 2 wrong arguments.

Examples:
  framewalk rseq core
  framewalk rseq --sysroot ./image/rootfs core.zst
  framewalk rseq --strict libtcmalloc.so
  framewalk rseq --json core | jq '.threads[] | select(.section.inside)'
`;

const STAT_HELP = `Usage: framewalk stat [OPTIONS] FILE|DIR...

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

/** What `framewalk help COMMAND` prints, by command. */
export const HELP: Record<string, string> = {
  bt: BT_HELP,
  convert: CONVERT_HELP,
  diff: DIFF_HELP,
  dump: DUMP_HELP,
  embed: EMBED_HELP,
  exterr: EXTERR_HELP,
  lookup: LOOKUP_HELP,
  view: VIEW_HELP,
  profile: PROFILE_HELP,
  pstack: PSTACK_HELP,
  replay: REPLAY_HELP,
  reports: REPORTS_HELP,
  rseq: RSEQ_HELP,
  stat: STAT_HELP,
  vdso: VDSO_HELP,
  verify: VERIFY_HELP,
};
