/**
 * What an output format of `framewalk profile` is.
 *
 * To add one: write `format_<name>.ts` beside this file, which exports `format: ProfileFormat`, and add one line to the
 * list in `formats.ts` (and its name to the help). Nothing else has to know of it.
 *
 * A format opens a writer. The writer gets every sample, in the order of time and while the captures are read, so that it
 * must not keep what grows with their size: a format that sums up keeps counts by stack ({@linkcode StackTable}), thread,
 * event. At the end it gets `end()`. Names are best looked up there, after `await names.loadAll()`; a format that prints as
 * it goes may return a promise from `sample()` while it loads what it needs.
 *
 * @module
 */
import type { PerfFeatures } from "../../formats/perf_data/mod.ts";
import type {
  FrameNames,
  Profile,
  SampleSink,
} from "../../kernel/profile/mod.ts";

/** By what a format keeps samples apart, beside their stacks. */
export type ProfileBy = "thread" | "process" | "cpu" | "comm";

/** What a writer has to work with that shows no names. */
export interface NamelessContext {
  /** Puts bytes out, in order. They may be used again as soon as it returns. */
  write(bytes: Uint8Array): void;
  /** The profile: lists of names of threads, events, modules, frames; counts. All of them grow until `end()`. */
  profile: Profile;
  /**
   * What to keep apart. A format that has no way of its own (a track, a label) puts the thread, process, processor or name
   * in front of the outermost frame.
   */
  by: ProfileBy | undefined;
  /** Whether stacks begin with their innermost frame. */
  inverted: boolean;
  /** Whether inlined functions are frames of their own and places in the source are told, where there is debug information. */
  lines: boolean;
  /** Whether the user asked for source lines, so that they are shown also where they take room. */
  showLines: boolean;
  /** Whether output goes to a terminal and may be coloured. */
  color: boolean;
  /** Width of the terminal, characters; 80 where there is none. */
  columns: number;
  /** Whether a format that has both writes JSON in place of text. */
  json: boolean;
  /** Files that are read, as the user named them. */
  paths: readonly string[];
  /** What they say about their machines; complete at `end()`. */
  features: readonly PerfFeatures[];
  /** File that is written; undefined for standard output. */
  output: string | undefined;
}

/** What a writer has to work with. */
export interface FormatContext extends NamelessContext {
  /** Names of frames. */
  names: FrameNames;
}

/** Takes the samples of all captures, then the end. */
export interface ProfileWriter extends SampleSink {
  /** All samples have come: writes what is still to be written. */
  end(): void | Promise<void>;
}

/** What is known of an output format before it is opened. */
interface FormatTraits {
  /** Name, as `--format` takes it. */
  name: string;
  /** Whether the output is no text, and so is not for a terminal. */
  isBinary?: boolean;
  /** Why it cannot keep threads and the like apart (`--by`), to follow its name; without, it can. */
  refusesBy?: string;
  /** Why it cannot turn stacks round (`--inverted`), to follow its name; without, it can. */
  refusesInverted?: string;
  /** Whether it looks for source lines and inlined functions without being asked. */
  hasLines?: boolean;
  /** Whether it asks for them sample by sample, and not for all at the end. */
  asksAsItGoes?: boolean;
}

/** An output format. */
export type ProfileFormat = FormatTraits & (NamedFormat | NamelessFormat);

interface NamedFormat {
  isNameless?: false;
  /** Makes a writer. */
  open(context: FormatContext): ProfileWriter | Promise<ProfileWriter>;
}

/** A format without names: what finds them is not loaded. */
interface NamelessFormat {
  isNameless: true;
  /** Makes a writer. */
  open(context: NamelessContext): ProfileWriter | Promise<ProfileWriter>;
}
