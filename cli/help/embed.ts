/**
 * The help of `framewalk embed`.
 *
 * @module
 */

/** What `framewalk embed --help` prints. */
export const EMBED_HELP: string = `Usage: framewalk embed [OPTIONS] FILE -o OUT
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
