/**
 * The server itself, on this machine's loopback address only.
 *
 * @module
 */
import { describeSystemError } from "../file_source.ts";
import { InputError } from "../io.ts";

/** The only address that is listened on: nothing outside this machine can reach it. */
export const LOOPBACK = "127.0.0.1";

/** A server that runs. */
export interface Listener {
  /** Port that it got. */
  readonly port: number;
  /** Resolves when it has ended. */
  readonly finished: Promise<void>;
}

/**
 * Listens until the process is interrupted.
 *
 * @param port 0 for any that is free.
 * @param handler Makes the answers, once the port is known.
 * @throws {InputError} If that is not permitted, or the port is taken.
 */
export function listen(
  port: number,
  handler: (port: number) => (request: Request) => Promise<Response>,
): Listener {
  let answer: ((request: Request) => Promise<Response>) | undefined;
  try {
    const server: Deno.HttpServer<Deno.NetAddr> = Deno.serve(
      { hostname: LOOPBACK, port, onListen: () => {} },
      (request) => (answer ??= handler(server.addr.port))(request),
    );
    stopOnSignal(() => server.shutdown());
    return { port: server.addr.port, finished: server.finished };
  } catch (error) {
    throw new InputError(describeRefusal(error, port));
  }
}

function describeRefusal(error: unknown, port: number): string {
  if (
    error instanceof Deno.errors.NotCapable ||
    error instanceof Deno.errors.PermissionDenied
  ) {
    return `view: listening on ${LOOPBACK} is not permitted (run with --allow-net=${LOOPBACK})`;
  }
  return error instanceof Deno.errors.AddrInUse
    ? `view: port ${port} is taken`
    : `view: cannot listen: ${describeSystemError(error)}`;
}

/** Ends quietly at the first signal; the second has its usual effect. */
function stopOnSignal(stop: () => Promise<void>): void {
  const signals = ["SIGINT", "SIGTERM"] as const;
  const end = (): void => {
    for (const signal of signals) Deno.removeSignalListener(signal, end);
    void stop();
  };
  for (const signal of signals) {
    // Windows knows only the first of them.
    if (Deno.build.os !== "windows" || signal === "SIGINT") {
      Deno.addSignalListener(signal, end);
    }
  }
}

/**
 * Reads a file of the program itself: from the disk, or where framewalk runs from a registry from there, which needs
 * permission to reach it.
 */
export async function readOwnFile(url: URL): Promise<Uint8Array> {
  if (url.protocol === "file:") return await Deno.readFile(url);
  const response = await fetch(url);
  if (!response.ok) throw new InputError(`${url}: ${response.status}`);
  return await response.bytes();
}
