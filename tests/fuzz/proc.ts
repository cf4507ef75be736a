/**
 * Text of `/proc`: a mapping's line is parsed or refused; statuses are never refused.
 *
 * @module
 */
import {
  parseMaps,
  parseTaskStat,
  parseTaskStatus,
} from "../../formats/proc/mod.ts";
import type { FuzzTarget } from "./target.ts";

const SEEDS: readonly string[] = [
  "400000-401000 r-xp 00000000 fe:01 7 /bin/a b (deleted)\n" +
  "7f0000000000-7f0000021000 rw-s 100000000 00:00 0 \n",
  "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0  [vsyscall]\n",
];
/** A status, before and behind which the mutated text goes. */
const STATUS =
  "Name:\ta\\n\nState:\tS (sleeping)\nTgid:\t1\nTracerPid:\t0\nUid:\t0\t0\nThreads:\t2\n";

/** The target. */
export const target: FuzzTarget = {
  name: "proc",
  seeds: () => SEEDS.map((text) => new TextEncoder().encode(text)),
  run(input) {
    const text = new TextDecoder().decode(input);
    parseTaskStatus(text + STATUS);
    parseTaskStatus(STATUS + text);
    parseTaskStat(text);
    parseMaps(text);
  },
};
