/**
 * The help of `framewalk convert`.
 *
 * @module
 */

/** What `framewalk convert --help` prints. */
export const CONVERT_HELP: string =
  `Usage: framewalk convert [OPTIONS] FILE -o OUT

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
