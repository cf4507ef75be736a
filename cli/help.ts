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
  dump FILE...           text of .sframe sections, like readelf's or as JSON
  embed FILE -o OUT      put an .sframe section into a finished binary
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
                           right (default ld)
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

/** What `framewalk help COMMAND` prints, by command. */
export const HELP: Record<string, string> = {
  bt: BT_HELP,
  dump: DUMP_HELP,
  embed: EMBED_HELP,
};
