/**
 * What a conformance case is.
 *
 * @module
 */
import { type Listing, sameFrames } from "./listing.ts";

/** Where a case is built: a toolchain root; `host` in the mode that uses this machine alone. */
export type RootName = "v1" | "v2" | "v3" | "cross";

/** The tools whose answers count. */
export type Oracle = "gdb" | "eu-stack";

/** One thread of which an oracle says something else. */
export interface Difference {
  /** Which oracle. */
  readonly oracle: Oracle;
  /** framewalk's stack. */
  readonly ours: Listing;
  /** The oracle's stack, if it lists the thread at all. */
  readonly theirs: Listing | undefined;
  /** The other oracles' stacks. */
  readonly others: ReadonlyMap<Oracle | "printed", Listing>;
}

/** One input, or several that are alike (`core`, `core.*`). */
export interface Case {
  /** Its name: letters, digits, `-`, `.`. */
  readonly name: string;
  /** The root it is built in. */
  readonly root: RootName;
  /** The root it runs in and the oracles look at it, if another. */
  readonly runsIn?: RootName;
  /** Whether this machine's own gcc and gdb do as well. */
  readonly host?: boolean;
  /** Programs it needs there, besides the oracles. */
  readonly tools?: readonly string[];
  /** Files from `programs/`, copied into its directory. */
  readonly sources: readonly string[];
  /** Builds `program`; may use the shell functions of `SHELL`. */
  readonly build?: string;
  /** Leaves `core` or several `core.*`. */
  readonly script: string;
  /** The program, relative to the case's directory or absolute in the root. */
  readonly program: string;
  /** The least number of frames that all its cores have together: a case that finds none proves nothing. */
  readonly frames: number;
  /** gdb's name there. */
  readonly debugger?: "gdb" | "gdb-multiarch";
  /** Under the root: where the libraries of another machine lie. */
  readonly libraries?: string;
  /** Oracles that are not asked, and why. */
  readonly without?: Partial<Record<Oracle, string>>;
  /** Whether the program prints its stack as the fixtures do; then that is an oracle above both. */
  readonly prints?: boolean;
  /** Whether cores must be written by the kernel (signals that a debugger would see first). */
  readonly kernelCores?: boolean;
  /** Why SFrame alone leads elsewhere: rows that the linker is known to write wrongly. */
  readonly wrongSframe?: string;
  /** Says why a difference is the oracle's fault; undefined: it is ours. */
  readonly explain?: (difference: Difference) => string | undefined;
}

/** Shell functions for the scripts. */
export const SHELL = `
export DEBUGINFOD_URLS=
# dump CORE COMMAND...: runs the command and keeps its core; without kernel cores, under gdb.
dump() {
  local to=$1; shift
  rm -f core core.[0-9]*
  if [[ $(cat /proc/sys/kernel/core_pattern) == core ]]; then
    ( ulimit -c unlimited; "$@" >printed.txt 2>&1 ) || true
    local one=$(ls core core.[0-9]* qemu_*.core 2>/dev/null | head -1)
    [[ $one == "$to" ]] || mv "$one" "$to"
  else
    gdb -nx -batch -ex 'set disable-randomization off' -ex run -ex "gcore $to" --args "$@" >run.log 2>&1
  fi
  [[ -s $to ]]
}
`;

/** The flag that makes gas write SFrame. */
export const SFRAME = "-Wa,--gsframe";

/** Whether `theirs` gives up where `ours` goes on: it is the beginning of `ours`, or that and one null. */
export function isBeginning(
  theirs: Listing | undefined,
  ours: Listing,
): boolean {
  if (theirs === undefined) return false;
  const frames = theirs.frames.at(-1) === "0x0" && theirs.frames.length > 1
    ? theirs.frames.slice(0, -1)
    : theirs.frames;
  return frames.length > 0 && frames.length < ours.frames.length &&
    frames.every((frame, i) => frame === ours.frames[i]);
}

/** Accepts a difference of eu-stack's as `why` where `holds`, but only if gdb has the whole of our stack. */
export function euStackIsWrong(
  why: string,
  holds: (theirs: Listing | undefined, ours: Listing) => boolean,
): (difference: Difference) => string | undefined {
  return ({ oracle, ours, theirs, others }) => {
    if (oracle !== "eu-stack") return undefined;
    const gdb = others.get("gdb");
    if (gdb === undefined || !sameFrames(gdb.frames, ours.frames)) {
      return undefined;
    }
    return holds(theirs, ours) ? why : undefined;
  };
}
