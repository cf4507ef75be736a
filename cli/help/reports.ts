/**
 * The help of `framewalk reports`.
 *
 * @module
 */

/** What `framewalk reports --help` prints. */
export const REPORTS_HELP: string = `Usage: framewalk reports [OPTIONS] LOG

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
