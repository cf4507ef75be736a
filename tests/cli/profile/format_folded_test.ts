import { assert, assertEquals } from "@std/assert";
import {
  HOSTILE_NAMES,
  type LiteralSample,
  writeText,
} from "./literal_profile.ts";

const SAMPLES: readonly LiteralSample[] = [
  { stack: ["main", "f+4", "g"] },
  { stack: ["main", "f+8", "g+1"], tid: 8, comm: "worker" },
  { stack: ["main", "f"], cpu: 1 },
  { stack: ["main", "k:do_read"], event: "faults" },
  { stack: ["j:JS:run", "main"] },
];

Deno.test("folded counts functions, not places in them, and marks the kernel's and those made at run time", async () => {
  assertEquals(
    await writeText("folded", SAMPLES),
    "JS:run_[j];main 1\nmain;do_read_[k] 1\nmain;f 1\nmain;f;g 2\n",
  );
});

Deno.test("folded tells stacks that are cut, that got stuck, and samples without one", async () => {
  assertEquals(
    await writeText("folded", [
      { stack: ["f", "g"], stop: "cut" },
      { stack: ["f", "g"], stop: "no-row" },
      { stack: ["f", "g"], stop: "chain" },
      { stack: [], stop: "no-stack" },
      { stack: ["k:idle"], stop: "no-stack" },
    ]),
    "[incomplete];f;g 1\n[no stack] 1\n[truncated];f;g 1\nf;g 1\nidle_[k] 1\n",
  );
});

Deno.test("folded puts what --by keeps apart in front", async () => {
  const samples = SAMPLES.slice(0, 3);
  const by = async (by: "thread" | "process" | "cpu" | "comm") =>
    (await writeText("folded", samples, { by })).trimEnd().split("\n");
  assertEquals(await by("thread"), [
    "prog 7/7;main;f 1",
    "prog 7/7;main;f;g 1",
    "worker 7/8;main;f;g 1",
  ]);
  assertEquals(await by("process"), ["prog 7;main;f 1", "prog 7;main;f;g 2"]);
  assertEquals(await by("cpu"), ["cpu 0;main;f;g 2", "cpu 1;main;f 1"]);
  assertEquals(await by("comm"), [
    "prog;main;f 1",
    "prog;main;f;g 1",
    "worker;main;f;g 1",
  ]);
});

Deno.test("folded --inverted begins with the innermost function and ends with what is missing", async () => {
  assertEquals(
    await writeText("folded", [
      { stack: ["main", "f", "g"] },
      { stack: ["f", "g"], stop: "cut" },
      { stack: ["main", "g"] },
    ], { inverted: true }),
    "g;f;[truncated] 1\ng;f;main 1\ng;main 1\n",
  );
});

Deno.test("folded keeps a line a stack whatever functions are called", async () => {
  const text = await writeText(
    "folded",
    HOSTILE_NAMES.map((name) => ({ stack: ["main", name, "leaf"] })),
  );
  const lines = text.trimEnd().split("\n");
  let total = 0;
  for (const line of lines) {
    const [, stack, count] = /^(.*) (\d+)$/.exec(line)!;
    assertEquals(stack!.split(";").length, 3, line.slice(0, 80));
    assert(stack!.split(";").every((name) => name.trim() !== ""));
    total += Number(count);
  }
  assertEquals(total, HOSTILE_NAMES.length);
});

Deno.test("folded has no line for no samples and one for one", async () => {
  assertEquals(await writeText("folded", []), "");
  assertEquals(await writeText("folded", [{ stack: ["main"] }]), "main 1\n");
});
