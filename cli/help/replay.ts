/**
 * The help of `framewalk replay`.
 *
 * @module
 */

/** What `framewalk replay --help` prints. */
export const REPLAY_HELP: string =
  `Usage: framewalk replay [OPTIONS] SCENARIO.json...

Runs scenarios against a modelled kernel: system calls with extended errors
(exterrctl), unwind tables registered by codectl, restartable sequences, the
thread area, fixups, error reports, checkpoints. One line an event, with what
it returned; below it signals, registers that changed, stacks that were walked.
SCENARIO may be - for standard input. A scenario may say what it expects of
each event; --schema prints what a scenario is made of.

Options:
  -q, --quiet    only events that did not come as the scenario expects
  --fill         print the scenario with what came of each event as what it
                 expects
  --schema       print the JSON schema of scenarios
  --json         one JSON object a line for each event
  -h, --help     this text

Exit status: 0 fine, 1 no scenario, or something did not come as expected,
2 wrong arguments.

Examples:
  framewalk replay tests/scenarios/exterrctl_register.json
  framewalk replay --quiet tests/scenarios/*_*.json
  framewalk replay --json scenario.json | jq 'select(.outcome.errno)'
`;
