/**
 * Help texts, 80 columns wide.
 *
 * @module
 */
import { BT_HELP } from "./help/bt.ts";
import { CONVERT_HELP } from "./help/convert.ts";
import { DIFF_HELP } from "./help/diff.ts";
import { DUMP_HELP } from "./help/dump.ts";
import { EMBED_HELP } from "./help/embed.ts";
import { EXTERR_HELP } from "./help/exterr.ts";
import { LOOKUP_HELP } from "./help/lookup.ts";
import { PROFILE_HELP } from "./help/profile.ts";
import { PSTACK_HELP } from "./help/pstack.ts";
import { REPLAY_HELP } from "./help/replay.ts";
import { REPORTS_HELP } from "./help/reports.ts";
import { RSEQ_HELP } from "./help/rseq.ts";
import { STAT_HELP } from "./help/stat.ts";
import { VDSO_HELP } from "./help/vdso.ts";
import { VERIFY_HELP } from "./help/verify.ts";
import { VIEW_HELP } from "./help/view.ts";

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
