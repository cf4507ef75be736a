/**
 * The help of `framewalk verify`.
 *
 * @module
 */

/** What `framewalk verify --help` prints. */
export const VERIFY_HELP: string = `Usage: framewalk verify [OPTIONS] FILE...

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
