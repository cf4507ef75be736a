import {
  type ByteSource,
  BytesSource,
} from "../../formats/base/byte_source.ts";
import {
  type Answer,
  ClosedOutput,
  type DirectoryEntry,
  type FileFacts,
  type Io,
  type NewFile,
  OutputError,
} from "../../cli/io.ts";

/** What a test gives its command. */
export interface FakeWorld {
  /** Files by path; a string is why a path cannot be opened. */
  files?: Record<string, Uint8Array | string>;
  /** Chunks of standard input. */
  stdin?: Uint8Array[];
  /** Chunks of followed files by path, one after another; an empty one stands for a pause. */
  followed?: Record<string, Uint8Array[]>;
  /** How many times a send waits before the reader of standard output takes it. */
  slowness?: number;
  /** Width of the terminal that standard output is; no terminal without. */
  columns?: number;
  /** Whether standard error is a terminal. */
  errorTerminal?: boolean;
  /** Environment. */
  env?: Record<string, string>;
  /** Why nothing can be saved. */
  refuseToSave?: string;
  /** Bytes after which the reader of standard output goes away. */
  outputLimit?: number;
  /** Why standard output cannot be written. */
  outputFailure?: string;
  /** Seconds since a file was written, by path; 0 where it is not told. */
  ages?: Record<string, number>;
  /** What servers answer, by address; a string is why there is no answer. Addresses that are not here are unknown. */
  answers?: Record<string, FakeAnswer | string>;
  /** Milliseconds that pass between two looks at the clock. */
  clockStep?: number;
}

/** A server's answer. */
export interface FakeAnswer {
  status?: number;
  /** What the server says that the size is. */
  size?: number;
  chunks?: Uint8Array[];
  /** What is thrown behind the chunks. */
  failure?: Error;
}

/** A world without a process; what was written is in `out` and `err`. */
export class FakeIo implements Io {
  readonly opened: string[] = [];
  readonly writes: number[] = [];
  /** What was saved, by path. */
  readonly saved: Record<string, Uint8Array> = {};
  /** Directories that were made. */
  readonly directories: string[] = [];
  /** Whose permissions it got. */
  readonly modes: Record<string, string | undefined> = {};
  out = "";
  err = "";
  readonly stdout: Io["stdout"];
  readonly stderr: Io["stderr"];
  private readonly world: FakeWorld;
  /** Addresses that were asked for. */
  readonly fetched: string[] = [];
  /** Bodies that were not taken to their end. */
  cancelCount = 0;
  private readonly sleepers: (() => void)[] = [];
  private time = 0;

  constructor(world: FakeWorld = {}) {
    this.world = world;
    const { columns, outputLimit = Infinity, errorTerminal = false } = world;
    this.stdout = {
      isTerminal: columns !== undefined,
      columns,
      write: (bytes) => {
        if (world.outputFailure !== undefined) {
          throw new OutputError(world.outputFailure);
        }
        this.writes.push(bytes.length);
        this.out += new TextDecoder().decode(bytes);
        if (this.out.length > outputLimit) throw new ClosedOutput();
      },
      send: async (bytes) => {
        for (let i = world.slowness ?? 0; i > 0; i--) await Promise.resolve();
        this.stdout.write(bytes);
      },
    };
    this.stderr = {
      isTerminal: errorTerminal,
      columns: undefined,
      write: (bytes) => {
        this.err += new TextDecoder().decode(bytes);
      },
      send: (bytes) => Promise.resolve(this.stderr.write(bytes)),
    };
  }

  open(path: string): ByteSource | string {
    this.opened.push(path);
    const file = this.world.files?.[path] ?? "not found";
    return typeof file === "string" ? file : new BytesSource(file);
  }

  list(path: string): DirectoryEntry[] | string {
    const folder = `${path.replace(/\/+$/, "")}/`;
    const entries = new Map<string, DirectoryEntry>();
    for (const file of Object.keys(this.world.files ?? {})) {
      if (!file.startsWith(folder)) continue;
      const [name, ...rest] = file.slice(folder.length).split("/");
      const kind = rest.length > 0 ? "directory" : "file";
      entries.set(name!, { name: name!, kind });
    }
    if (entries.size === 0) return "not found";
    return [...entries.values()].sort((a, b) => a.name < b.name ? -1 : 1);
  }

  save(path: string, bytes: Uint8Array, like?: string): string | undefined {
    const refusal = this.world.refuseToSave;
    if (refusal !== undefined) return refusal;
    this.saved[path] = bytes.slice();
    this.modes[path] = like;
    return undefined;
  }

  makeDirectory(path: string): string | undefined {
    this.directories.push(path);
    return this.world.refuseToSave;
  }

  facts(path: string): FileFacts | undefined {
    const file = this.world.files?.[path];
    if (typeof file !== "object") return undefined;
    return { size: file.length, age: this.world.ages?.[path] ?? 0 };
  }

  create(path: string): NewFile | string {
    const refusal = this.world.refuseToSave;
    if (refusal !== undefined) return refusal;
    const files = this.world.files ??= {};
    const temporary = `${path}.new`;
    files[temporary] = new Uint8Array(0);
    return {
      path: temporary,
      write: (bytes) => {
        const before = files[temporary] as Uint8Array;
        files[temporary] = new Uint8Array([...before, ...bytes]);
        return undefined;
      },
      keep: () => {
        files[path] = this.saved[path] = files[temporary] as Uint8Array;
        delete files[temporary];
        return undefined;
      },
      drop: () => {
        delete files[temporary];
      },
    };
  }

  fetch(url: string): Promise<Answer | string> {
    this.fetched.push(url);
    const answer = this.world.answers?.[url] ?? "connection refused";
    if (typeof answer === "string") return Promise.resolve(answer);
    const { status = 200, size, chunks = [], failure } = answer;
    async function* body(): AsyncGenerator<Uint8Array> {
      for (const chunk of chunks) yield await Promise.resolve(chunk);
      if (failure !== undefined) throw failure;
    }
    const cancel = () => {
      this.cancelCount++;
    };
    return Promise.resolve({ status, size, body: body(), cancel });
  }

  async *stdin(): AsyncGenerator<Uint8Array> {
    for (const chunk of this.world.stdin ?? []) yield await chunk;
  }

  follow(path: string): Promise<AsyncIterable<Uint8Array> | string> {
    const chunks = this.world.followed?.[path];
    return Promise.resolve(
      chunks === undefined ? "not found" : this.hand(chunks),
    );
  }

  /** Long times pass only in the pauses of a followed file. */
  async sleep(milliseconds: number): Promise<void> {
    if (milliseconds < 100) {
      for (let i = 0; i < 20; i++) await Promise.resolve();
      return;
    }
    await new Promise<void>((resolve) => this.sleepers.push(resolve));
  }

  private async *hand(chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) {
      if (chunk.length > 0) yield await chunk;
      else await this.pause();
    }
  }

  private async pause(): Promise<void> {
    for (let i = 0; i < 20; i++) {
      for (const wake of this.sleepers.splice(0)) wake();
      await Promise.resolve();
    }
  }

  env(name: string): string | undefined {
    return this.world.env?.[name];
  }

  now(): number {
    return this.time += this.world.clockStep ?? 0;
  }
}
