/**
 * Compares framewalk's stacks to the oracles', thread by thread.
 *
 * @module
 */
import type { Case, Oracle } from "./case.ts";
import { type Listing, maskFrames, sameFrames } from "./listing.ts";

/** A frame of framewalk's JSON. */
interface JsonFrame {
  readonly pc: string;
  readonly symbol: string | null;
  readonly table: string | null;
}

/** The part of framewalk's JSON that is compared. */
export interface JsonBacktrace {
  /** Layout version. */
  readonly schema: number;
  /** All threads. */
  readonly threads: readonly {
    tid: number;
    stop: string;
    frames: JsonFrame[];
  }[];
}

/** All that is known of the stacks of one core. */
export interface Stacks {
  /** framewalk's, all tables. */
  readonly ours: JsonBacktrace;
  /** framewalk's with `--tables sframe`. */
  readonly sframe: JsonBacktrace;
  /** The oracles', by thread. */
  readonly oracles: ReadonlyMap<Oracle | "printed", readonly Listing[]>;
}

/** Sums over threads. */
export interface Tally {
  threads: number;
  frames: number;
  /** Threads for which the oracle says the same, and those it was asked for. */
  gdb: [same: number, asked: number];
  euStack: [same: number, asked: number];
  printed: [same: number, asked: number];
  /** Frames reached with SFrame alone. */
  sframe: number;
  explained: Map<string, number>;
  unexplained: string[];
}

/** A tally of nothing. */
export function emptyTally(): Tally {
  return {
    threads: 0,
    frames: 0,
    gdb: [0, 0],
    euStack: [0, 0],
    printed: [0, 0],
    sframe: 0,
    explained: new Map(),
    unexplained: [],
  };
}

function listingOf(thread: JsonBacktrace["threads"][number]): Listing {
  return {
    tid: thread.tid,
    frames: thread.frames.map((frame) => frame.pc),
    names: thread.frames.map((frame) => frame.symbol),
    stop: thread.stop,
  };
}

function describe(
  label: string,
  who: string,
  ours: Listing,
  theirs: Listing | undefined,
): string {
  if (theirs === undefined) {
    return `${label} thread ${ours.tid}: ${who} does not list it`;
  }
  let at = who === "printed" ? 1 : 0;
  while (at < ours.frames.length && ours.frames[at] === theirs.frames[at]) at++;
  const name = ours.names[at] ?? ours.names[at - 1] ?? "?";
  return `${label} thread ${ours.tid} frame ${at}: ${
    ours.frames[at] ?? "end"
  } (${ours.stop}, near ${name}), ` +
    `${who} ${theirs.frames[at] ?? "end"} (${
      theirs.stop ?? ""
    }); ${ours.frames.length} and ` +
    `${theirs.frames.length} frames`;
}

/** Adds what the stacks of one core say to `tally`. */
export function compareCore(
  one: Case,
  label: string,
  stacks: Stacks,
  tally: Tally,
): void {
  for (const thread of stacks.ours.threads) {
    const ours = listingOf(thread);
    tally.threads++;
    tally.frames += ours.frames.length;
    const others = new Map<Oracle | "printed", Listing>();
    for (const [oracle, listings] of stacks.oracles) {
      const theirs = listings.find((listing) => listing.tid === ours.tid);
      if (theirs !== undefined) others.set(oracle, theirs);
    }
    for (const oracle of stacks.oracles.keys()) {
      compareThread(one, label, oracle, ours, others, tally);
    }
    compareSframe(one, label, thread, stacks.sframe, tally);
  }
  for (const [oracle, listings] of stacks.oracles) {
    for (const { tid } of listings) {
      if (stacks.ours.threads.some((thread) => thread.tid === tid)) continue;
      tally.unexplained.push(`${label} thread ${tid}: only ${oracle} lists it`);
    }
  }
}

function compareThread(
  one: Case,
  label: string,
  oracle: Oracle | "printed",
  ours: Listing,
  others: ReadonlyMap<Oracle | "printed", Listing>,
  tally: Tally,
): void {
  const theirs = others.get(oracle);
  const sums = oracle === "gdb"
    ? tally.gdb
    : oracle === "eu-stack"
    ? tally.euStack
    : tally.printed;
  if (oracle === "printed" && theirs === undefined) return;
  sums[1]++;
  if (theirs !== undefined && agrees(oracle, ours, theirs)) {
    sums[0]++;
    return;
  }
  const why = oracle === "printed"
    ? undefined
    : explainThread(one, oracle, ours, theirs, others);
  if (why === undefined) {
    tally.unexplained.push(describe(label, oracle, ours, theirs));
  } else tally.explained.set(why, (tally.explained.get(why) ?? 0) + 1);
}

/** What a program printed begins with its innermost caller. */
function agrees(
  oracle: Oracle | "printed",
  ours: Listing,
  theirs: Listing,
): boolean {
  const from = oracle === "printed" ? 1 : 0;
  return sameFrames(ours.frames.slice(from), theirs.frames.slice(from));
}

function count(tally: Tally, why: string): void {
  tally.explained.set(why, (tally.explained.get(why) ?? 0) + 1);
}

function explainThread(
  one: Case,
  oracle: Oracle,
  ours: Listing,
  theirs: Listing | undefined,
  others: ReadonlyMap<Oracle | "printed", Listing>,
): string | undefined {
  const printed = others.get("printed");
  if (printed !== undefined && agrees("printed", ours, printed)) {
    return `${oracle} differs from what the program printed of its own stack`;
  }
  if (
    theirs !== undefined && sameFrames(maskFrames(theirs.frames), ours.frames)
  ) {
    return `${oracle} keeps the signatures of return addresses; masked to 48 bits it agrees`;
  }
  return one.explain?.({ oracle, ours, theirs, others });
}

/** With SFrame alone the stack must be the same as far as the tables reach, and reach as far as SFrame led before. */
function compareSframe(
  one: Case,
  label: string,
  thread: JsonBacktrace["threads"][number],
  sframe: JsonBacktrace,
  tally: Tally,
): void {
  const alone =
    sframe.threads.find((other) => other.tid === thread.tid)?.frames ?? [];
  const all = thread.frames;
  let same = 0;
  while (
    same < alone.length && same < all.length &&
    alone[same]!.pc === all[same]!.pc
  ) same++;
  let led = 0;
  while (led < all.length && /^sframe/.test(all[led]!.table ?? "")) led++;
  const due = Math.min(led + 1, all.length);
  tally.sframe += led === 0 ? 0 : same;
  if (same >= due && same >= alone.length) return;
  const why = one.wrongSframe ?? explainSframe(all, alone, same);
  if (why !== undefined) count(tally, why);
  else {
    tally.unexplained.push(
      `${label} thread ${thread.tid}: with --tables sframe ${same} frames are the same, ${due} are due, ` +
        `${alone.length} came`,
    );
  }
}

/** Old tables have no mark for the outermost function: one frame more, behind the whole of the stack. */
function explainSframe(
  all: readonly JsonFrame[],
  alone: readonly JsonFrame[],
  same: number,
): string | undefined {
  const old = all.some((frame) => /^sframe-v[12]$/.test(frame.table ?? ""));
  return old && same === all.length && alone.length === same + 1
    ? "SFrame V1 and V2 cannot mark the outermost function: gas gives _start an ordinary row, and with SFrame alone " +
      "the word above its stack is taken for one frame more"
    : undefined;
}
