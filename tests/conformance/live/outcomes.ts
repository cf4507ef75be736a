// deno-lint-ignore-file no-console -- prints what it finds
/**
 * What is said of processes that cannot be looked at, or not as a whole, and what is left of them.
 *
 * @module
 */
import { hostPlace, type Outcome, runHere } from "../place.ts";
import { end, pause, start, states } from "./process.ts";

/** Says what is wrong with an outcome; undefined if nothing is. */
type Judge = (outcome: Outcome, pid: number) => string | undefined;

/** One state of a process. */
interface Situation {
  readonly name: string;
  /** What is run; the process is that of the first number that it prints, else its own. */
  readonly command: string;
  /** Done to the process first; gives back what ends that. */
  readonly prepare?: (pid: number) => Promise<() => void>;
  /** Arguments; default the process id. */
  readonly ask?: (pid: number) => string[];
  readonly judge: Judge;
}

function says(
  code: number,
  pattern: RegExp,
  stream: "out" | "err" = "err",
): Judge {
  return (outcome) =>
    outcome.code === code && pattern.test(outcome[stream])
      ? undefined
      : `exit ${outcome.code}, ${
        outcome.err.trim() || outcome.out.slice(0, 200)
      }`;
}

const SITUATIONS: readonly Situation[] = [
  {
    name: "no process",
    command: "./states",
    ask: () => ["4194303"],
    judge: says(1, /^framewalk: no process 4194303\n$/),
  },
  {
    name: "a thread of the kernel",
    command: "./states",
    ask: () => ["2"],
    judge: says(1, /is a thread of the kernel/),
  },
  {
    name: "a zombie",
    command: "./states zombie",
    judge: says(1, /has ended: a zombie/),
  },
  {
    name: "a first thread that has ended",
    command: "./states leader",
    judge: (outcome, pid) =>
      says(0, new RegExp(`thread ${pid}: has ended`))(outcome, pid) ??
        says(0, /threads +1\n[^]* rest\+/, "out")(outcome, pid),
  },
  {
    name: "uninterruptible sleep",
    command: "./states vfork",
    judge: (outcome, pid) =>
      says(1, /in uninterruptible sleep/)(outcome, pid) ??
        says(1, /threads +1\n[^]* rest\+/, "out")(outcome, pid),
  },
  {
    name: "traced by someone else",
    command: "./states",
    prepare: traceByGdb,
    judge: says(1, /traced by process \d+ \(gdb\) already/),
  },
  {
    name: "a thread's id",
    command: "./states",
    ask: (pid) => [`${threadOf(pid)}`],
    judge: says(0, /is a thread of process \d+: only it is shown/),
  },
  {
    name: "one thread",
    command: "./states",
    ask: (pid) => ["--tid", `${threadOf(pid)}`, `${pid}`],
    judge: says(0, /threads +1\n\nThread/, "out"),
  },
  {
    name: "stopped, and so it stays",
    command: "./states",
    prepare: (pid) => {
      Deno.kill(pid, "SIGSTOP");
      return Promise.resolve(() => {});
    },
    judge: (outcome, pid) =>
      says(0, /threads +2\n/, "out")(outcome, pid) ??
        (states(pid) === "T" ? undefined : `it is ${states(pid)} afterwards`),
  },
  {
    name: "its program deleted",
    command: "./deleted",
    prepare: async () => {
      await Deno.remove(`${directory}/deleted`);
      return () => {};
    },
    judge: says(0, / main\+/, "out"),
  },
];

let directory = "";

/** Tries them all. @returns How many went wrong. */
export async function checkOutcomes(
  here: string,
  work: string,
  framewalk: readonly string[],
): Promise<number> {
  directory = `${work}/host`;
  await Deno.copyFile(`${here}live/states.c`, `${directory}/states.c`);
  const build = "gcc -g -pthread -o states states.c; cp states deleted";
  let failed = 0;
  for (const { name, command, prepare, ask, judge } of SITUATIONS) {
    const parent = await start(hostPlace(), directory, build, command);
    await pause(300);
    const printed = Number(await Deno.readTextFile(`${directory}/output.txt`));
    const pid = printed || parent;
    const restore = await prepare?.(pid);
    try {
      const args = ask?.(pid) ?? [`${pid}`];
      const outcome = await runHere([...framewalk, "pstack", ...args]);
      const wrong = judge(outcome, pid);
      if (wrong !== undefined) failed++;
      console.log(`${name}: ${wrong === undefined ? "ok" : `WRONG: ${wrong}`}`);
    } finally {
      restore?.();
      end(parent);
    }
  }
  return failed;
}

/** The second thread. */
function threadOf(pid: number): number {
  const tids = Array.from(
    Deno.readDirSync(`/proc/${pid}/task`),
    (one) => one.name,
  );
  return Number(tids.find((tid) => tid !== `${pid}`));
}

async function traceByGdb(pid: number): Promise<() => void> {
  const gdb = new Deno.Command("gdb", {
    args: ["-nx", "-batch", "-p", `${pid}`, "-ex", "shell sleep 30"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  for (let i = 0; i < 50 && !states(pid).includes("t"); i++) await pause(100);
  return () => gdb.kill("SIGKILL");
}
