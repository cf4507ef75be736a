/**
 * The page's worker: framewalk itself, asked by messages.
 *
 * @module
 */
import { FormatError } from "../../formats/base/error.ts";
import type { CallMessage, Calls, ReplyMessage } from "./protocol.ts";
import { Documents } from "./worker/documents.ts";
import { throttle } from "./worker/progress.ts";

/** Answers one call after the other: a walk that waits for bytes must not meet another in the same stacks. */
class CallQueue {
  private readonly documents: Documents = new Documents();
  private last: Promise<void> = Promise.resolve();

  /** Answers when all earlier calls have been. */
  add(message: CallMessage): void {
    this.last = this.last.then(() => this.answer(message));
  }

  private async answer({ call, name, args }: CallMessage): Promise<void> {
    const report = throttle((progress, text) => send({ call, progress, text }));
    const run = this.documents[name] as (
      ...args: unknown[]
    ) => Promise<ReturnType<Calls[typeof name]>>;
    try {
      const result = await run.call(this.documents, ...args, report);
      send({ call, result });
    } catch (error) {
      send({ call, error: describe(error) });
    }
  }
}

function describe(error: unknown): string {
  if (error instanceof FormatError) return error.message;
  return error instanceof Error ? error.message : String(error);
}

function send(message: ReplyMessage): void {
  self.postMessage(message);
}

const queue = new CallQueue();
self.addEventListener(
  "message",
  ({ data }: MessageEvent<CallMessage>) => queue.add(data),
);
