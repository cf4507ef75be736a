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
  --json             one JSON object instead of text
  --color WHEN       auto, always or never (default auto: on a terminal,
                     unless NO_COLOR is set)
  -h, --help         this text

Marks behind a frame: [signal] the kernel put this frame there to run a signal
handler; [?] the address of this frame was guessed, as no table led to it.

Exit status: 0 fine, 1 the input cannot be read, 2 wrong arguments.

Examples:
  framewalk bt core
  framewalk bt core.1234 ./server
  framewalk bt --sysroot ./image/rootfs core.zst
  coredumpctl dump server | framewalk bt -
  framewalk bt --json core | jq '.threads[] | select(.crashed)'
`;

/** What `framewalk help COMMAND` prints, by command. */
export const HELP: Record<string, string> = { bt: BT_HELP };
