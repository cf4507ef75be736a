import { assertEquals, assertRejects } from "@std/assert";
import { decompress } from "../../cli/decompress.ts";

const TEXT = "the quick brown fox ".repeat(20);
const PLAIN = new TextEncoder().encode(TEXT);
/** `TEXT`, by zlib 1.3, zstd 1.5.4 and xz 5.4.1. */
const STREAMS = {
  zlib: "78da2bc94855282ccd4cce56482aca2fcf5348cbaf502819151b303100e85e927d",
  zstd:
    "28b52ffd0468dd0000a074686520717569636b2062726f776e20666f78200100f24e9d4c4c0abf24",
  xz:
    "fd377a585a000004e6d6b4460200210116000000742fe5a3e0018f001d5d003a1a08ce76c7e5e9d60734c3d10ebfce55e1aabde11d0b3fd3abd34000000000000c5e46d0b44b3cf80001399003000000460a9323b1c467fb020000000004595a",
} as const;
const KINDS = Object.keys(STREAMS) as (keyof typeof STREAMS)[];

Deno.test("decompress() decodes zlib, zstd and xz, with the size stated or not", async () => {
  for (const kind of KINDS) {
    const bytes = Uint8Array.fromHex(STREAMS[kind]);
    assertEquals(await decompress(kind, bytes, PLAIN.length), PLAIN);
    assertEquals(await decompress(kind, bytes, undefined), PLAIN);
  }
});

Deno.test("decompress() stops where a stream outgrows its stated size", async () => {
  for (const kind of KINDS) {
    const bytes = Uint8Array.fromHex(STREAMS[kind]);
    await assertRejects(
      () => decompress(kind, bytes, PLAIN.length - 1),
      RangeError,
    );
  }
});

Deno.test("decompress() fails on streams that are cut off or garbled", async () => {
  for (const kind of KINDS) {
    const bytes = Uint8Array.fromHex(STREAMS[kind]);
    await assertRejects(() => decompress(kind, bytes.subarray(0, 10), 400));
    const garbled = bytes.slice();
    garbled[0]! ^= 0xff;
    await assertRejects(() => decompress(kind, garbled, 400));
  }
});
