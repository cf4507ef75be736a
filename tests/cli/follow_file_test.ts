import { assert, assertEquals } from "@std/assert";
import { followFile, readWholeRecords } from "../../cli/follow_file.ts";

const LOG = new URL("../data/kernel_log/ubsan.log", import.meta.url).pathname;

Deno.test("followFile() starts with what is there", async () => {
  const log = followFile(LOG);
  assert(typeof log !== "string");
  for await (const chunk of log) {
    assertEquals(chunk, await Deno.readFile(LOG));
    break; // it would wait for more for ever; leaving closes the file
  }
});

Deno.test("followFile() says in a few words what it cannot follow", () => {
  assertEquals(followFile(`${LOG}.not`), "not found");
  assertEquals(followFile(LOG.replace(/[^/]*$/, "")), "is a directory");
});

/** Hands out what is in the list, one a read; an error is thrown. */
function reader(answers: (string | Error)[]) {
  return {
    read: (bytes: Uint8Array): Promise<number | null> => {
      const answer = answers.shift();
      if (answer === undefined) return Promise.resolve(null);
      if (answer instanceof Error) return Promise.reject(answer);
      const { written } = new TextEncoder().encodeInto(answer, bytes);
      return Promise.resolve(written);
    },
  };
}

async function drain(answers: (string | Error)[]): Promise<string[]> {
  const texts: string[] = [];
  for await (const chunk of readWholeRecords(reader(answers))) {
    texts.push(new TextDecoder().decode(chunk));
  }
  return texts;
}

Deno.test("readWholeRecords() goes on with the oldest record that is left after a loss", async () => {
  const lost = new Deno.errors.BrokenPipe("records were overwritten");
  assertEquals(await drain(["a\n", lost, "c\n"]), ["a\n", "c\n"]);
});

Deno.test("readWholeRecords() ends with the input, and fails with it", async () => {
  assertEquals(await drain([]), []);
  let failure: unknown;
  try {
    await drain(["a", new Error("no")]);
  } catch (error) {
    failure = error;
  }
  assertEquals((failure as Error).message, "no");
});
