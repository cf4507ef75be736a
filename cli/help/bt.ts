/**
 * The help of `framewalk bt`.
 *
 * @module
 */

/** What `framewalk bt --help` prints. */
export const BT_HELP: string = `Usage: framewalk bt [OPTIONS] CORE [EXECUTABLE]

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
