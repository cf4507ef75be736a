import { assertEquals, assertRejects } from "@std/assert";
import { UsageError } from "../../../cli/io.ts";
import { FORMAT_NAMES, loadFormat } from "../../../cli/profile/formats.ts";

Deno.test("loadFormat() loads every format by its name", async () => {
  for (const name of FORMAT_NAMES) {
    const format = await loadFormat(name, { by: undefined, inverted: false });
    assertEquals(format.name, name);
  }
});

Deno.test("loadFormat() refuses what a format cannot do", async () => {
  const refused: Record<string, string[]> = {};
  for (const name of FORMAT_NAMES) {
    for (
      const options of [
        { by: "thread", inverted: false },
        { by: undefined, inverted: true },
      ]
    ) {
      try {
        await loadFormat(name, options);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        (refused[name] ??= []).push(options.inverted ? "inverted" : "by");
      }
    }
  }
  assertEquals(refused, {
    addresses: ["by", "inverted"],
    firefox: ["inverted"],
    pprof: ["inverted"],
    summary: ["inverted"],
    text: ["by", "inverted"],
  });
  await assertRejects(
    () => loadFormat("text", { by: undefined, inverted: true }),
    UsageError,
    "--inverted makes no sense with --format text, which prints samples as they come",
  );
});
