/**
 * The page's worker: framewalk itself, asked by messages.
 *
 * @module
 */
import { FormatError } from "../../formats/base/error.ts";
import type { CallMessage, Calls, ReplyMessage } from "./protocol.ts";
import { Documents } from "./worker/documents.ts";
import { type Progress, throttle } from "./worker/progress.ts";

const documents = new Documents();

self.addEventListener("message", ({ data }: MessageEvent<CallMessage>) => {
  void answer(data);
});

async function answer({ call, name, args }: CallMessage): Promise<void> {
  const report = throttle((progress, text) => send({ call, progress, text }));
  try {
    const run = documents[name] as (
      ...args: unknown[]
    ) => Promise<ReturnType<Calls[typeof name]>>;
    const result = await run.call(
      documents,
      ...args,
      report satisfies Progress,
    );
    send({ call, result });
  } catch (error) {
    send({ call, error: describe(error) });
  }
}

function describe(error: unknown): string {
  if (error instanceof FormatError) return error.message;
  return error instanceof Error ? error.message : String(error);
}

function send(message: ReplyMessage): void {
  self.postMessage(message);
}
