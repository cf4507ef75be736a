import { assertEquals } from "@std/assert";
import { suggest } from "../../cli/suggest.ts";

const KNOWN = ["--sysroot", "--thread", "--tables", "--json"];

Deno.test("suggest() finds the nearest name by letters put in, left out, swapped", () => {
  assertEquals(suggest("--sysrot", KNOWN), ": did you mean --sysroot?");
  assertEquals(suggest("--tabels", KNOWN), ": did you mean --tables?");
  assertEquals(suggest("--jsno", KNOWN), ": did you mean --json?");
  assertEquals(suggest("--jsonn", KNOWN), ": did you mean --json?");
});

Deno.test("suggest() finds a name by its beginning", () => {
  assertEquals(suggest("--th", KNOWN), ": did you mean --thread?");
  assertEquals(suggest("--sys", KNOWN), ": did you mean --sysroot?");
});

Deno.test("suggest() is silent where nothing is near", () => {
  assertEquals(suggest("--verbose", KNOWN), "");
  assertEquals(suggest("x", KNOWN), "");
  assertEquals(suggest("y".repeat(100_000), KNOWN), "");
});
