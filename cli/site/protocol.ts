/**
 * What the page and its worker say to each other.
 *
 * @module
 */
import type {
  BacktraceModule,
  BacktraceSignal,
  BacktraceThread,
} from "../../kernel/mod.ts";
import type { RowPair } from "./model/row_pairs.ts";

/** A file on its way to the worker: the user's own, or one behind the local server. */
export interface InputFile {
  /** Name without the directory. */
  name: string;
  /** Size in bytes. */
  size: number;
  /** The file, if the user gave it. */
  blob?: Blob;
  /** Where to get it, if the local server has it. */
  url?: string;
  /** Whether it is the program that a core is of, and nothing to be shown by itself. */
  isProgram?: boolean;
}

/** What a file turned out to be. */
export type DocumentKind = "core" | "capture" | "binary" | "other";

/** Something that is open in the worker. */
export interface DocumentHead {
  /** By which the page asks for it: the number of the file, with `/` and a number that of one of its modules. */
  id: string;
  /** Name of the file. */
  name: string;
  /** What it is. */
  kind: DocumentKind;
  /** What is to be said of it at once, by label. */
  facts: [label: string, text: string][];
  /** What the user should know. */
  warnings: string[];
  /** Why it cannot be shown. */
  error?: string;
}

/** A thread in the list of threads. */
export interface ThreadSummary {
  /** Index in the core. */
  index: number;
  /** Thread id. */
  tid: number;
  /** Name, if known. */
  name: string | null;
  /** Whether it got the signal. */
  crashed: boolean;
  /** Frames. */
  frameCount: number;
  /** The function that the thread is in, or its address. */
  top: string;
  /** What the same stacks have in common; the first thread of each such group has the number of its group. */
  group: number;
}

/** The threads of a core. */
export interface ThreadList {
  /** The signal that ended the process. */
  signal: BacktraceSignal | null;
  /** The threads, that which got the signal first. */
  threads: ThreadSummary[];
  /** What was found out while they were walked. */
  warnings: string[];
}

/** One stack, or as much of it as is shown. */
export interface StackPart extends BacktraceThread {
  /** Frames in all, those that were inlined included. */
  frameCount: number;
}

/** A module of a process or a capture. */
export interface ModuleRow extends Partial<BacktraceModule> {
  /** Index in its document. */
  index: number;
  /** Path as the process knew it. */
  path: string;
  /** Build id, if known. */
  buildId: string | null;
  /** All its tables, in the order in which they are asked. */
  tables: string[];
  /** How far the file could be used. */
  status: NonNullable<BacktraceModule["status"]>;
}

/** A thread's area, in words. */
export interface AreaText {
  /** Thread id. */
  tid: number;
  /** Name, if known. */
  name: string | null;
  /** A line a field. */
  lines: string[];
}

/** The areas of all threads. */
export interface AreaList {
  /** What is known of the C library and the kernel. */
  facts: [label: string, text: string][];
  /** The threads. */
  threads: AreaText[];
}

/** What of a capture is shown. */
export interface FlameSelection {
  /** Index of the event; undefined for all. */
  event: number | undefined;
  /** Index of the thread in {@linkcode CaptureFacts.threads}; undefined for all. */
  thread: number | undefined;
  /** Whether stacks begin with their innermost function. */
  inverted: boolean;
}

/** What a capture has to choose from. */
export interface CaptureFacts {
  /** Names of events, with their samples. */
  events: { name: string; count: number }[];
  /** Threads, with their samples, most first. */
  threads: { name: string; count: number }[];
  /** Samples in all. */
  total: number;
  /** What the user should know. */
  warnings: string[];
}

/** A flame graph: boxes in parallel arrays, callers before what they call. */
export interface FlameData {
  /** Names by number. */
  names: string[];
  /** Paths of modules by number. */
  modules: string[];
  /** Name of each box. */
  nameOf: Int32Array;
  /** Module of each box. */
  moduleOf: Int32Array;
  /** Kind of each box: a value of `FrameKind`; −1 for the root. */
  kinds: Int8Array;
  /** Row of each box, from 0. */
  depths: Uint16Array;
  /** Samples to the left of each box. */
  starts: Float64Array;
  /** Samples in each box. */
  counts: Float64Array;
  /** Samples in all. */
  total: number;
  /** Rows. */
  depth: number;
}

/** A function of a capture with its samples. */
export interface FunctionCount {
  /** Name. */
  name: string;
  /** Path of its file. */
  module: string;
  /** Samples that end in it. */
  self: number;
  /** Samples that it is in. */
  total: number;
}

/** A section of a binary. */
export interface SectionRow {
  /** Number in the table. */
  index: number;
  /** Name. */
  name: string;
  /** Kind in words. */
  type: string;
  /** Flags as letters. */
  flags: string;
  /** Address. */
  address: string;
  /** Offset in the file. */
  offset: string;
  /** Bytes. */
  size: number;
}

/** A function of a binary's unwind tables. */
export interface FunctionRow {
  /** Number by which its rows are asked for. */
  index: number;
  /** Name, or empty. */
  name: string;
  /** First address. */
  start: string;
  /** Bytes. */
  size: number;
  /** Rows in `.sframe`; −1 if it is not there. */
  sframe: number;
  /** Whether `.eh_frame` has it; null where that is not known, as in an object. */
  eh: boolean | null;
}

/** A part of a list. */
export interface Page<T> {
  /** The part. */
  rows: T[];
  /** Entries in all that fit the query. */
  total: number;
}

/** The rows of a function in both tables. */
export interface FunctionRows {
  /** The function. */
  head: FunctionRow;
  /** Rows by range. */
  pairs: RowPair[];
  /** What is wrong or left out. */
  notes: string[];
}

/** What is known of an address. */
export interface LookupText {
  /** In words, as `framewalk lookup` says it. */
  text: string;
  /** The function whose rows can be shown, in the document `document`. */
  functionIndex: number | undefined;
  /** The binary that the address is in. */
  document: DocumentHead | undefined;
}

/** What the worker does. */
export interface Calls {
  /** Opens files. */
  open(files: InputFile[], server: string | undefined): DocumentHead[];
  /** Walks all threads of a core. */
  threads(id: string): ThreadList;
  /** The stack of a thread, `limit` frames of it. */
  stack(id: string, index: number, limit: number): StackPart;
  /** The modules of a core or a capture. */
  modules(id: string): ModuleRow[];
  /** The restartable-sequence areas of a core's threads. */
  areas(id: string): AreaList;
  /** Opens a module as a document of its own. */
  module(id: string, index: number): DocumentHead;
  /** Reads a capture. */
  capture(id: string): CaptureFacts;
  /** A flame graph. */
  flames(id: string, selection: FlameSelection): FlameData;
  /** Functions by samples. */
  top(id: string, selection: FlameSelection): FunctionCount[];
  /** The sections of a binary. */
  sections(id: string): SectionRow[];
  /** The functions of a binary whose name or address has `query` in it. */
  functions(
    id: string,
    query: string,
    from: number,
    count: number,
  ): Page<FunctionRow>;
  /** The rows of a function. */
  rows(id: string, index: number): FunctionRows;
  /** The critical sections of a binary's restartable sequences, in words. */
  criticalSections(id: string): string;
  /** What is at an address, or at a function and an offset. */
  lookup(id: string, place: string): LookupText[];
}

/** A call on its way to the worker. */
export interface CallMessage {
  /** Number of the call. */
  call: number;
  /** What to do. */
  name: keyof Calls;
  /** With what. */
  args: unknown[];
}

/** What comes back: a result, an error in words, or how far it is. */
export type ReplyMessage =
  | { call: number; result: unknown }
  | { call: number; error: string }
  | { call: number; progress: number; text: string };
