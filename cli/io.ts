/**
 * All that a command may touch outside itself. Commands take it as a parameter, so that tests run them without a
 * process, a terminal or a file.
 *
 * @module
 */
import type { ByteSource } from "../formats/base/byte_source.ts";

/** Where text goes. */
export interface Sink {
  /** Whether someone is looking at it. */
  readonly isTerminal: boolean;
  /** Width in characters, where it is a terminal that says so. */
  readonly columns: number | undefined;
  /** Writes all of `bytes`. @throws {ClosedOutput} if the reader has gone, {OutputError} if it cannot be written. */
  write(bytes: Uint8Array): void;
  /** As {@linkcode Sink.write}, but other work goes on while whoever reads the output takes its time. */
  send(bytes: Uint8Array): Promise<void>;
}

/** One entry of a directory. */
export interface DirectoryEntry {
  /** Name without the directory. */
  name: string;
  /** What it is; a symbolic link is not followed. */
  kind: "file" | "directory" | "link" | "other";
}

/** What a server answers. */
export interface Answer {
  /** Status of HTTP: 200 is fine. */
  readonly status: number;
  /** Size of the body in bytes, where the server tells it. */
  readonly size: number | undefined;
  /** The body, once. @throws {InputError} if it ends too early or comes too slowly. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the connection without the body. */
  cancel(): void;
}

/** A file that is being written. */
export interface NewFile {
  /** Where it is for now. */
  readonly path: string;
  /** Adds bytes. @returns `undefined`, or in a few words why not. */
  write(bytes: Uint8Array): string | undefined;
  /** Gives it its name; what had that name is gone. @returns `undefined`, or in a few words why not. */
  keep(): string | undefined;
  /** Takes it away. */
  drop(): void;
}

/** What is known of a file without opening it. */
export interface FileFacts {
  /** Size in bytes. */
  readonly size: number;
  /** Seconds since it was written. */
  readonly age: number;
}

/** The world of a command. */
export interface Io {
  /** Results. */
  readonly stdout: Sink;
  /** Warnings, errors, progress. */
  readonly stderr: Sink;
  /** Opens a regular file. @returns The file, or in a few words why not. */
  open(path: string): ByteSource | string;
  /** Lists a directory, sorted by name. @returns Its entries, or in a few words why not. */
  list(path: string): DirectoryEntry[] | string;
  /**
   * Writes a file whole: a new one takes the place of an old one in one step, so that a program that runs from it, or a
   * failure half way, harms nothing. The permissions are those of the file `like`, where given.
   *
   * @returns `undefined`, or in a few words why not.
   */
  save(path: string, bytes: Uint8Array, like?: string): string | undefined;
  /** Makes a directory and those above it, where they are not there. @returns `undefined`, or in a few words why not. */
  makeDirectory(path: string): string | undefined;
  /** Size and age of a file; `undefined` if there is none that can be seen. */
  facts(path: string): FileFacts | undefined;
  /** Begins a new file that only its owner may read, and which has its name only when it is kept. */
  create(path: string): NewFile | string;
  /**
   * Asks a server for a file.
   *
   * @param timeout Seconds without an answer after which it counts as none; also how long a body may be slower than
   * 100 kB/s.
   * @returns The answer, or in a few words why there is none.
   */
  fetch(url: string, timeout: number): Promise<Answer | string>;
  /** Standard input, chunk by chunk; chunks are the reader's to keep. */
  stdin(): AsyncIterable<Uint8Array>;
  /**
   * Reads a file, a device, or for `-` standard input, from its start and then whatever is added to it. A file ends
   * never; one that is cut short or replaced, as logs are, is read anew.
   *
   * @returns Its bytes, or in a few words why not.
   */
  follow(path: string): Promise<AsyncIterable<Uint8Array> | string>;
  /** Waits. */
  sleep(milliseconds: number): Promise<void>;
  /** A variable of the environment, where reading it is already permitted. */
  env(name: string): string | undefined;
  /** Milliseconds since some moment. */
  now(): number;
}

/** The reader of standard output has gone (`| head`): no fault of the command, which ends quietly. */
export class ClosedOutput extends Error {
  /** Makes the error. */
  constructor() {
    super("The output was closed by its reader");
    this.name = "ClosedOutput";
  }
}

/** Standard output cannot be written, as on a full disk: exit code 1. */
export class OutputError extends Error {
  /** Makes the error; `reason` is the system's. */
  constructor(reason: string, options?: ErrorOptions) {
    super(`cannot write the output: ${reason}`, options);
    this.name = "OutputError";
  }
}

/** Arguments that make no sense: exit code 2 and one line that says so. */
export class UsageError extends Error {
  /** Makes the error; `message` follows the name of the command. */
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** An input that cannot be read at all, such as a file that is not there: exit code 1. */
export class InputError extends Error {
  /** Makes the error; `message` names the input. */
  constructor(message: string) {
    super(message);
    this.name = "InputError";
  }
}
