/**
 * The worker, as the page sees it: calls with promises, progress and an end before time.
 *
 * @module
 */
import type {
  CallMessage,
  Calls,
  DocumentHead,
  InputFile,
  ReplyMessage,
} from "../protocol.ts";

/** Told how far the work is: from 0 to 1, and what it is; undefined when nothing is being done. */
export type Watcher = (progress: number | undefined, text: string) => void;

/** A call was ended by the user. */
export class Cancelled extends Error {
  /** Makes the error. */
  constructor() {
    super("This was cancelled");
    this.name = "Cancelled";
  }
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** See the module's description. */
export class Engine {
  private worker: Worker | undefined = undefined;
  private readonly waiting: Map<number, Waiting> = new Map();
  private readonly watch: Watcher;
  private readonly server: string | undefined;
  private count = 0;
  /** All files, for a worker that takes the place of one that was ended. */
  private readonly files: InputFile[][] = [];

  /** `server` is the address of the local server, if there is one. */
  constructor(server: string | undefined, watch: Watcher) {
    this.server = server;
    this.watch = watch;
  }

  /** Opens files. */
  async open(files: InputFile[]): Promise<DocumentHead[]> {
    this.files.push(files);
    try {
      return await this.call("open", files, this.server);
    } catch (error) {
      // What was given up is not opened again.
      this.files.splice(this.files.indexOf(files), 1);
      throw error;
    }
  }

  /** Opens all files anew: what was found meanwhile may be what another wanted. */
  async reopen(): Promise<DocumentHead[]> {
    this.end(new Cancelled());
    const files = this.files.flat();
    this.files.splice(0, Infinity);
    return await this.open(files);
  }

  /** Has the worker do something. @throws {Error} In words for the user; {@linkcode Cancelled} if it was ended. */
  call<K extends keyof Calls>(
    name: K,
    ...args: Parameters<Calls[K]>
  ): Promise<ReturnType<Calls[K]>> {
    return this.send(name, args) as Promise<ReturnType<Calls[K]>>;
  }

  /** Ends what is being done. What was open is opened anew, under the same numbers, when the next call comes. */
  cancel(): void {
    this.end(new Cancelled());
  }

  private end(error: Error): void {
    this.worker?.terminate();
    this.worker = undefined;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
    this.watch(undefined, "");
  }

  private send(name: keyof Calls, args: unknown[]): Promise<unknown> {
    const worker = this.worker ?? this.start(name === "open");
    const call = ++this.count;
    const result = new Promise<unknown>((resolve, reject) => {
      this.waiting.set(call, { resolve, reject });
    });
    worker.postMessage({ call, name, args } satisfies CallMessage);
    this.watch(0, "");
    return result;
  }

  private start(isOpening: boolean): Worker {
    const url = new URL("worker.js", document.baseURI);
    const worker = new Worker(url, { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<ReplyMessage>) =>
      this.receive(data);
    worker.onerror = (event) => this.fail(event.message);
    this.worker = worker;
    const earlier = (isOpening ? this.files.slice(0, -1) : this.files).flat();
    if (earlier.length > 0) {
      this.call("open", earlier, this.server).catch(() => {});
    }
    return worker;
  }

  private receive(reply: ReplyMessage): void {
    if ("progress" in reply) return this.watch(reply.progress, reply.text);
    const waiting = this.waiting.get(reply.call);
    this.waiting.delete(reply.call);
    if (this.waiting.size === 0) this.watch(undefined, "");
    if ("error" in reply) waiting?.reject(new Error(reply.error));
    else waiting?.resolve(reply.result);
  }

  /** The worker itself cannot go on. */
  private fail(text: string | undefined): void {
    this.end(new Error(text || "The worker could not be started"));
  }
}
