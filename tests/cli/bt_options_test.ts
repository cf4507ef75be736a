import { assertEquals, assertRejects } from "@std/assert";
import { parseBtOptions } from "../../cli/bt_options.ts";
import { UsageError } from "../../cli/io.ts";

const DEFAULTS = {
  core: "core",
  executable: undefined,
  sysroot: [],
  sidecars: [],
  debuginfod: [],
  thread: undefined,
  maxFrames: undefined,
  tables: undefined,
  registers: false,
  symbols: true,
  demangle: true,
  lines: true,
  json: false,
  color: "auto",
  memory: 2 ** 30,
};

async function refusal(...args: string[]): Promise<string> {
  return (await assertRejects(() => parseBtOptions(args), UsageError)).message;
}

Deno.test("parseBtOptions() takes a core alone with all defaults", async () => {
  assertEquals({ ...await parseBtOptions(["core"]) }, DEFAULTS as never);
});

Deno.test("parseBtOptions() takes every option, before and behind the operands", async () => {
  const args = "--sysroot a --thread 7 core --sysroot=b --max-frames 10 " +
    "--tables sframe,eh_frame --registers --no-symbols prog --no-demangle " +
    "--json --no-lines --color never --memory 1.5g --sidecars c " +
    "--debuginfod http://d";
  assertEquals({ ...await parseBtOptions(args.split(" ")) }, {
    core: "core",
    executable: "prog",
    sysroot: ["a", "b"],
    sidecars: ["c"],
    debuginfod: ["http://d"],
    thread: 7,
    maxFrames: 10,
    tables: ["sframe", "eh_frame"],
    registers: true,
    symbols: false,
    demangle: false,
    lines: false,
    json: true,
    color: "never",
    memory: 1.5 * 2 ** 30,
  } as never);
});

Deno.test("parseBtOptions() takes - as a core and --exe as the program", async () => {
  const options = await parseBtOptions(["-", "--exe", "prog"]);
  assertEquals(options?.core, "-");
  assertEquals(options?.executable, "prog");
});

Deno.test("parseBtOptions() takes names of files that look like numbers as they are", async () => {
  const options = await parseBtOptions(["0123", "1e3"]);
  assertEquals([options?.core, options?.executable], ["0123", "1e3"]);
});

Deno.test("parseBtOptions() takes what follows -- as operands", async () => {
  const options = await parseBtOptions(["--json", "--", "--core", "-h"]);
  assertEquals([options?.core, options?.executable], ["--core", "-h"]);
});

Deno.test("parseBtOptions() answers nothing when help is asked for", async () => {
  assertEquals(await parseBtOptions(["--help"]), undefined);
  assertEquals(await parseBtOptions(["core", "-h"]), undefined);
});

Deno.test("parseBtOptions() reads sizes with and without units", async () => {
  const memory = async (text: string) =>
    (await parseBtOptions(["core", "--memory", text]))?.memory;
  assertEquals(await memory("1048576"), 2 ** 20);
  assertEquals(await memory("64M"), 2 ** 26);
  assertEquals(await memory("64MiB"), 2 ** 26);
  assertEquals(await memory("2 GB"), 2 ** 31);
});

Deno.test("parseBtOptions() refuses what makes no sense and says why", async () => {
  assertEquals(
    await refusal(),
    "bt needs a core file (see framewalk help bt)",
  );
  assertEquals(
    await refusal("a", "b", "c"),
    'bt takes a core and a program, not also "c"',
  );
  assertEquals(
    await refusal("a", "b", "--exe", "c"),
    "the program is given twice: as --exe and as operand",
  );
  assertEquals(
    await refusal("core", "--thread", "x"),
    "--thread x is no whole number",
  );
  assertEquals(
    await refusal("core", "--max-frames", "0"),
    "--max-frames 0 is not above 0",
  );
  assertEquals(
    await refusal("core", "--color", "yes"),
    "--color yes is none of auto, always, never",
  );
  assertEquals(
    await refusal("core", "--memory", "1K"),
    "--memory 1K is less than 1M",
  );
  assertEquals(
    await refusal("core", "--memory", "lots"),
    "--memory lots is no size: try 512M or 2G",
  );
  assertEquals(
    await refusal("core", "--tables", "fp,fp"),
    "--tables fp,fp names one twice",
  );
  assertEquals(
    await refusal("core", "--tables", "dwarf"),
    "--tables dwarf names no table: choose from " +
      "sframe,sidecar,eh_frame,debug_frame,fp,call",
  );
});

Deno.test("parseBtOptions() refuses options without their value", async () => {
  assertEquals(await refusal("core", "--exe"), "--exe needs a value");
  assertEquals(
    await refusal("core", "--sysroot", "--json"),
    "--sysroot needs a value",
  );
});

Deno.test("parseBtOptions() refuses values of flags", async () => {
  assertEquals(await refusal("core", "--json=no"), "--json takes no value");
  const options = await parseBtOptions(["core", "--", "--json=no"]);
  assertEquals(options?.executable, "--json=no");
});

Deno.test("parseBtOptions() refuses unknown options and suggests known ones", async () => {
  const see = "(see framewalk help bt)";
  assertEquals(
    await refusal("core", "--therad", "7"),
    `unknown option "--therad": did you mean --thread? ${see}`,
  );
  assertEquals(
    await refusal("core", "--no-symbol"),
    `unknown option "--no-symbol": did you mean --no-symbols? ${see}`,
  );
  assertEquals(
    await refusal("core", "--frobnicate=1"),
    `unknown option "--frobnicate" ${see}`,
  );
  assertEquals(
    await refusal("core", "--__proto__=1"),
    `unknown option "--__proto__" ${see}`,
  );
});
