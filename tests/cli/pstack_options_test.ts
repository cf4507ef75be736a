import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UsageError } from "../../cli/io.ts";
import { parsePstackOptions } from "../../cli/pstack_options.ts";

async function parse(args: string): Promise<Record<string, unknown>> {
  return { ...await parsePstackOptions(args === "" ? [] : args.split(" ")) };
}

Deno.test("parsePstackOptions() takes a process alone with all defaults", async () => {
  assertEquals(await parse("12"), {
    pid: 12,
    tid: undefined,
    sysroot: [],
    sidecars: [],
    debuginfod: [],
    maxFrames: undefined,
    tables: undefined,
    rseq: false,
    watch: undefined,
    verbose: false,
    registers: false,
    symbols: true,
    demangle: true,
    lines: true,
    json: false,
    color: "auto",
  });
});

Deno.test("parsePstackOptions() takes every option", async () => {
  const args = "--tid 13 --sysroot a --sysroot b --sidecars c --rseq -v " +
    "--debuginfod http://d --max-frames 9 --tables fp --watch=0.5 " +
    "--no-symbols --no-demangle --no-lines --json --color never 12";
  assertEquals(await parse(args), {
    pid: 12,
    tid: 13,
    sysroot: ["a", "b"],
    sidecars: ["c"],
    debuginfod: ["http://d"],
    maxFrames: 9,
    tables: ["fp"],
    rseq: true,
    watch: 0.5,
    verbose: true,
    registers: false,
    symbols: false,
    demangle: false,
    lines: false,
    json: true,
    color: "never",
  });
});

Deno.test("parsePstackOptions() takes a number behind --watch for seconds only if a process is left", async () => {
  const watch = async (args: string) => {
    const { watch, pid } = await parse(args);
    return [watch, pid];
  };
  assertEquals(await watch("--watch 12"), [2, 12]);
  assertEquals(await watch("12 --watch"), [2, 12]);
  assertEquals(await watch("--watch 5 12"), [5, 12]);
  assertEquals(await watch("12 --watch 0.5"), [0.5, 12]);
  assertEquals(await watch("--watch 12 --tid 13"), [2, 12]);
});

Deno.test("parsePstackOptions() refuses what makes no sense", async () => {
  const refusals: [string, string][] = [
    ["", "pstack needs a process id"],
    ["1 2", 'one process, not also "2"'],
    ["server", '"server" is no process id'],
    ["0", '"0" is no process id'],
    ["99999999", "is no process id"],
    ["--tid x 1", "--tid x is no process id"],
    ["--watch=0 1", "--watch 0 is no number of seconds"],
    ["--max-frames 0 1", "--max-frames 0 is not above 0"],
    ["--thread 1 1", 'unknown option "--thread"'],
    ["--json=no 1", "--json takes no value"],
  ];
  for (const [args, message] of refusals) {
    const error = await assertRejects(() => parse(args), UsageError);
    assertStringIncludes(error.message, message);
  }
});

Deno.test("parsePstackOptions() answers nothing when help is asked for", async () => {
  assertEquals(await parsePstackOptions(["-h"]), undefined);
});
