/**
 * The help of `framewalk vdso`.
 *
 * @module
 */

/** What `framewalk vdso --help` prints. */
export const VDSO_HELP: string = `Usage: framewalk vdso [OPTIONS] CORE|FILE

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
