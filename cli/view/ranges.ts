/**
 * Parts of files over HTTP.
 *
 * @module
 */
import type { ByteSource } from "../../formats/base/byte_source.ts";

/** Most that one answer holds: a page reads in blocks, and nobody may make the server take a file of 20 GB into memory. */
const MAX_RANGE_SIZE = 1 << 24;

/** A range of bytes: `end` lies behind the last one. */
export interface ByteRange {
  /** First byte. */
  start: number;
  /** First byte behind it. */
  end: number;
}

/**
 * Reads the header `Range`: one range with a start. Nothing else is asked for by the page.
 *
 * @returns The range, cut at `size` and at what one answer may hold; undefined for what is no such range or begins behind
 * the end.
 *
 * Source: RFC 9110, section 14.
 */
export function readRange(
  header: string | null,
  size: number,
): ByteRange | undefined {
  const match = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(header ?? "");
  if (match === null) return undefined;
  const start = Number(match[1]);
  const last = match[2] === "" ? size - 1 : Number(match[2]);
  const end = Math.min(last + 1, size, start + MAX_RANGE_SIZE);
  return start < end ? { start, end } : undefined;
}

/** Answers a request for a part of `source`: 206, or 416 if it asks for no part that there is. */
export async function answerRange(
  request: Request,
  source: ByteSource,
): Promise<Response> {
  const range = readRange(request.headers.get("range"), source.size);
  if (range === undefined) {
    return new Response("a range of bytes is wanted\n", {
      status: 416,
      headers: { "content-range": `bytes */${source.size}` },
    });
  }
  const { start, end } = range;
  const bytes = await source.read(start, end - start);
  const last = start + Math.max(1, bytes.length) - 1;
  return new Response(bytes as Uint8Array<ArrayBuffer>, {
    status: 206,
    headers: {
      "content-type": "application/octet-stream",
      "content-range": `bytes ${start}-${last}/${source.size}`,
    },
  });
}
