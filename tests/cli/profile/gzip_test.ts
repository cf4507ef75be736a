import { assertEquals, assertRejects } from "@std/assert";
import { GzipWriter } from "../../../cli/profile/gzip.ts";
import { gunzip } from "./literal_profile.ts";

/** Bytes that hardly become fewer. */
function noise(size: number): Uint8Array<ArrayBuffer> {
  let state = 1;
  return Uint8Array.from({ length: size }, () => {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    return state >>> 24;
  });
}

Deno.test("GzipWriter hands on all bytes in order", async () => {
  const pieces: Uint8Array[] = [];
  const gzip = new GzipWriter((bytes) => pieces.push(bytes.slice()));
  const bytes = noise(300_000);
  for (let at = 0; at < bytes.length; at += 70_000) {
    await gzip.add(bytes.subarray(at, at + 70_000));
  }
  await gzip.end();
  const all = await new Blob(pieces as BlobPart[]).arrayBuffer();
  assertEquals(await gunzip(new Uint8Array(all)), bytes);
});

Deno.test("GzipWriter throws what its output throws, once it does, and later", async () => {
  class Full extends Error {}
  const gzip = new GzipWriter(() => {
    throw new Full();
  });
  await assertRejects(async () => {
    for (let i = 0; i < 100; i++) await gzip.add(noise(100_000));
    await gzip.end();
  }, Full);
  await assertRejects(() => gzip.end(), Full);
  const small = new GzipWriter(() => {
    throw new Full();
  });
  await small.add(noise(10)).catch(() => {});
  await assertRejects(() => small.end(), Full);
});
