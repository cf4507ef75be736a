/**
 * What `programs/rseq_calls.c` printed: one process for each seed, a line for each step.
 *
 * @module
 */

/** Who does a step. */
export type Actor = "" | "fork" | "vfork" | "thread";

/** One step. */
export interface Step {
  /** Who did it; empty for the first thread. */
  who: Actor;
  /** What was done. */
  name: string;
  /** How. */
  args: string[];
  /** What came of it; `undefined` if the process was killed by it. */
  results: string[] | undefined;
  /** Bytes of the areas after it, as digits. */
  dump: string;
  /** The line. */
  text: string;
}

/** A process. */
export interface Session {
  /** The seed. */
  seed: number;
  /** What it did. */
  steps: Step[];
  /** The signal that killed it, or 0. */
  signal: number;
}

/** A run of the program. */
export interface Trace {
  /** Release of the running kernel, and its machine. */
  kernel: string;
  /** AT_RSEQ_FEATURE_SIZE, 0 if there is none. */
  featureSize: number;
  /** AT_RSEQ_ALIGN, 0 if there is none. */
  alignment: number;
  /** The CPUs between which threads are moved. */
  cpus: [first: number, second: number];
  /** The processes. */
  sessions: Session[];
}

const ACTORS: readonly string[] = ["fork", "vfork", "thread"];

/** Reads what the program printed. */
export function parseTrace(text: string): Trace {
  const trace: Trace = {
    kernel: "",
    featureSize: 0,
    alignment: 0,
    cpus: [0, 0],
    sessions: [],
  };
  // a child that was killed leaves its line without an end
  const lines = text.replaceAll(/(?<=.)joined /g, "\njoined ").split("\n");
  for (const line of lines) {
    const [name, ...rest] = line.split(" ");
    if (name === "kernel") trace.kernel = rest.join(" ");
    else if (name === "auxv") {
      [trace.featureSize, trace.alignment] = rest.map(Number) as [
        number,
        number,
      ];
    } else if (name === "cpus") {
      trace.cpus = rest.map(Number) as [number, number];
    } else if (name === "seed") {
      trace.sessions.push({ seed: Number(rest[0]), steps: [], signal: 0 });
    } else if (name === "end") trace.sessions.at(-1)!.signal = Number(rest[0]);
    else if (line !== "") trace.sessions.at(-1)!.steps.push(parseStep(line));
  }
  return trace;
}

function parseStep(text: string): Step {
  const [left, right] = text.split(" = ");
  const words = left!.split(" ");
  const isActor = words.length > 1 && ACTORS.includes(words[0]!);
  const who = isActor ? words.shift() as Actor : "";
  const [name, ...args] = words;
  const results = right?.split(" ");
  const dump = results?.pop() ?? "";
  return { who, name: name!, args, results, dump, text: left! };
}
