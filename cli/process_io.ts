/**
 * The real world: this process' streams, files and environment. Nothing here is asked for that was not granted.
 *
 * @module
 */
import { later } from "./later.ts";
import { ClosedOutput, type Io, OutputError, type Sink } from "./io.ts";
import { describeSystemError, openFile } from "./file_source.ts";
import {
  createFile,
  fileFacts,
  listDirectory,
  makeDirectory,
  saveFile,
} from "./file_system.ts";

const STDIN_CHUNK_SIZE = 256 * 1024;

/** The process as a command sees it. */
export function processIo(): Io {
  return {
    stdout: sinkOf(Deno.stdout),
    stderr: sinkOf(Deno.stderr),
    open: openFile,
    list: listDirectory,
    save: saveFile,
    makeDirectory,
    facts: fileFacts,
    create: createFile,
    fetch: async (url, timeout) => {
      const { fetchUrl }: typeof import("./network.ts") = await import(
        later("./network.ts")
      );
      return await fetchUrl(url, timeout);
    },
    stdin: readStdin,
    follow: async (path) => {
      const { followFile, readWholeRecords }:
        typeof import("./follow_file.ts") = await import(
          later("./follow_file.ts")
        );
      return path === "-" ? readWholeRecords(Deno.stdin) : followFile(path);
    },
    sleep: (milliseconds) =>
      new Promise((resolve) => setTimeout(resolve, milliseconds)),
    env: readEnv,
    now: () => performance.now(),
  };
}

function sinkOf(stream: typeof Deno.stdout): Sink {
  return {
    get isTerminal(): boolean {
      return stream.isTerminal();
    },
    get columns(): number | undefined {
      return stream.isTerminal() ? terminalWidth() : undefined;
    },
    write: (bytes) => writeAll(stream, bytes),
    send: (bytes) => sendAll(stream, bytes),
  };
}

function terminalWidth(): number | undefined {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return undefined; // only the output is a terminal
  }
}

function writeAll(stream: typeof Deno.stdout, bytes: Uint8Array): void {
  let rest = bytes;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(stream.writeSync(rest));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) throw new ClosedOutput();
      if (!(error instanceof Deno.errors.WouldBlock)) {
        throw new OutputError(describeSystemError(error), { cause: error });
      }
      // Whoever shares the pipe made it non-blocking: give the reader a moment.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}

async function sendAll(
  stream: typeof Deno.stdout,
  bytes: Uint8Array,
): Promise<void> {
  let rest = bytes;
  try {
    while (rest.length > 0) rest = rest.subarray(await stream.write(rest));
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) throw new ClosedOutput();
    throw new OutputError(describeSystemError(error), { cause: error });
  }
}

async function* readStdin(): AsyncGenerator<Uint8Array> {
  for (;;) {
    const chunk = new Uint8Array(STDIN_CHUNK_SIZE);
    const count = await Deno.stdin.read(chunk);
    if (count === null) return;
    yield chunk.subarray(0, count);
  }
}

function readEnv(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}
