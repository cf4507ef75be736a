import { assertEquals } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { readPublicApi } from "./public_api.ts";
import expected from "./public_api.json" with { type: "json" };

Deno.test("every subpath exports the names of the checked-in list", () => {
  assertEquals(readPublicApi(), expected as never);
});

Deno.test("the list names the values that the modules really export", async () => {
  for (const [subpath, path] of Object.entries(config.exports)) {
    const module = await import(new URL(`../${path}`, import.meta.url).href);
    const values = (expected as Record<string, string[]>)[subpath]!
      .filter((name) => !name.startsWith("type "));
    assertEquals(Object.keys(module).sort(), values, subpath);
  }
});
