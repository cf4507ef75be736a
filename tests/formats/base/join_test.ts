import { assertEquals, assertStrictEquals } from "@std/assert";
import { joinChunks } from "../../../formats/base/join.ts";

Deno.test("joinChunks() puts chunks after each other, and spares a single one the copy", () => {
  const chunk = Uint8Array.of(1, 2);
  assertEquals(
    joinChunks([chunk, Uint8Array.of(), Uint8Array.of(3)], 3),
    Uint8Array.of(1, 2, 3),
  );
  assertStrictEquals(joinChunks([chunk], 2), chunk);
  assertEquals(joinChunks([], 0), new Uint8Array(0));
});
