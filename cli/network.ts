/**
 * Files from servers.
 *
 * @module
 */
import { describeSystemError } from "./file_source.ts";
import { type Answer, InputError } from "./io.ts";
import { VERSION } from "./version.ts";

/** What a body must bring, bytes per second. */
const LEAST_RATE = 100_000;

/**
 * Asks for `url` and follows redirects.
 *
 * @returns The answer, or in a few words why there is none.
 */
export async function fetchUrl(
  url: string,
  timeout: number,
): Promise<Answer | string> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeout * 1000);
  try {
    const response = await fetch(url, {
      signal: controller.signal,
      headers: { "user-agent": `framewalk/${VERSION}` },
    });
    return {
      status: response.status,
      size: sizeOf(response.headers),
      body: readBody(response.body, controller, timeout),
      cancel: () => controller.abort(),
    };
  } catch (error) {
    return controller.signal.aborted
      ? `no answer in ${timeout} s`
      : describeNetworkError(error);
  } finally {
    clearTimeout(timer);
  }
}

/** debuginfod tells the size of what it sends packed in a header of its own. */
function sizeOf(headers: Headers): number | undefined {
  const text = headers.get("x-debuginfod-size") ??
    (headers.has("content-encoding") ? null : headers.get("content-length"));
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** The body; ended when for a whole period fewer bytes come than must. */
async function* readBody(
  body: ReadableStream<Uint8Array> | null,
  controller: AbortController,
  timeout: number,
): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  let received = 0;
  const timer = setInterval(() => {
    if (received < LEAST_RATE * timeout) controller.abort();
    received = 0;
  }, timeout * 1000);
  try {
    for await (const chunk of body) {
      received += chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw new InputError(
      controller.signal.aborted
        ? `slower than ${LEAST_RATE / 1000} kB/s for ${timeout} s`
        : describeNetworkError(error),
    );
  } finally {
    clearInterval(timer);
  }
}

function describeNetworkError(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) {
    return "network access is not permitted (run with --allow-net)";
  }
  // The innermost cause says what happened; those around it name the request.
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) {
    inner = inner.cause;
  }
  return describeSystemError(inner).replace(/^.*: /s, "");
}
