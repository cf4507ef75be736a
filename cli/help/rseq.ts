/**
 * The help of `framewalk rseq`.
 *
 * @module
 */

/** What `framewalk rseq --help` prints. */
export const RSEQ_HELP: string =
  `Usage: framewalk rseq [OPTIONS] CORE [EXECUTABLE]
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
