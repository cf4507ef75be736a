import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { runBacktrace } from "../../cli/backtrace.ts";
import { Debuginfod } from "../../cli/debuginfod.ts";
import {
  type DebuginfodSettings,
  debuginfodSettings,
} from "../../cli/debuginfod_settings.ts";
import { InputError, UsageError } from "../../cli/io.ts";
import { BUILD_ID, processCore } from "../builders/process.ts";
import { PROGRAM } from "../builders/walk_process.ts";
import { type FakeAnswer, FakeIo, type FakeWorld } from "./fake_io.ts";

const SERVER = "http://a";
const OTHER = "http://b";
const PLACE = `/cache/${BUILD_ID}/executable`;
const SETTINGS: DebuginfodSettings = {
  urls: [SERVER, OTHER],
  cache: "/cache",
  timeout: 90,
  maxSize: 2 ** 20,
};

function urlOf(server: string, kind = "executable"): string {
  return `${server}/buildid/${BUILD_ID}/${kind}`;
}

/** The program in two chunks. */
function whole(): FakeAnswer {
  const chunks = [PROGRAM.subarray(0, 100), PROGRAM.subarray(100)];
  return { size: PROGRAM.length, chunks };
}

interface Try {
  /** The file's bytes, or why there is none. */
  found: Uint8Array | string;
  io: FakeIo;
  world: FakeWorld;
  warnings: string[];
  client: Debuginfod;
}

async function find(
  world: FakeWorld,
  settings: Partial<DebuginfodSettings> = {},
): Promise<Try> {
  const io = new FakeIo(world);
  const warnings: string[] = [];
  const client = new Debuginfod(
    io,
    { ...SETTINGS, ...settings },
    (text) => warnings.push(text),
  );
  const source = await client.find(BUILD_ID, "executable");
  const found = typeof source === "string"
    ? source
    : await source.read(0, source.size);
  return { found, io, world, warnings, client };
}

Deno.test("Debuginfod.find() asks the servers in turn and keeps what it gets in the cache", async () => {
  const { found, io, world, warnings } = await find({
    answers: { [urlOf(SERVER)]: { status: 404 }, [urlOf(OTHER)]: whole() },
  });
  assertEquals(found, PROGRAM);
  assertEquals(io.fetched, [urlOf(SERVER), urlOf(OTHER)]);
  assertEquals(io.directories, [`/cache/${BUILD_ID}`]);
  assertEquals(io.saved[PLACE], PROGRAM);
  assertEquals(Object.keys(world.files!), [PLACE]);
  assertEquals(warnings, []);
});

Deno.test("Debuginfod.find() asks no server for what the cache has", async () => {
  const { found, io } = await find({ files: { [PLACE]: PROGRAM } });
  assertEquals(found, PROGRAM);
  assertEquals(io.fetched, []);
});

Deno.test("Debuginfod.find() asks for a file once in a run", async () => {
  const { client, io } = await find({
    answers: { [urlOf(SERVER)]: whole() },
  }, { cache: undefined });
  await client.find(BUILD_ID, "executable");
  assertEquals(io.fetched.length, 1);
});

Deno.test("Debuginfod.find() remembers by an empty file that no server has one", async () => {
  const { found, io } = await find({
    answers: {
      [urlOf(SERVER)]: { status: 404 },
      [urlOf(OTHER)]: { status: 404 },
    },
  });
  assertEquals(found, "not found");
  assertEquals(io.saved[PLACE], new Uint8Array(0));
  assertEquals(io.cancelCount, 2);
});

Deno.test("Debuginfod.find() remembers nothing while a server is down", async () => {
  const { found, io, warnings } = await find({
    answers: { [urlOf(SERVER)]: { status: 404 } },
  });
  assertEquals(found, "not found");
  assertEquals(io.saved, {});
  assertEquals(warnings, ["debuginfod: http://b: connection refused"]);
});

Deno.test("Debuginfod.find() believes an empty file as long as the cache says", async () => {
  const answers = { [urlOf(SERVER)]: whole() };
  const empty = { [PLACE]: new Uint8Array(0) };
  const young = await find({
    answers,
    files: { ...empty },
    ages: { [PLACE]: 599 },
  });
  assertEquals([young.found, young.io.fetched], ["not found", []]);
  const old = await find({
    answers,
    files: { ...empty },
    ages: { [PLACE]: 601 },
  });
  assertEquals(old.found, PROGRAM);
  const setting = new TextEncoder().encode("60\n");
  const short = await find({
    answers,
    files: { ...empty, "/cache/cache_miss_s": setting },
    ages: { [PLACE]: 61 },
  });
  assertEquals(short.found, PROGRAM);
});

Deno.test("Debuginfod.find() tells a server's failure once and does not ask it again", async () => {
  const { client, io, warnings } = await find({
    answers: {
      [urlOf(SERVER)]: { status: 503 },
      [urlOf(OTHER)]: { status: 404 },
      [urlOf(OTHER, "debuginfo")]: { status: 404 },
    },
  });
  await client.find(BUILD_ID, "debuginfo");
  assertEquals(warnings, ["debuginfod: http://a: HTTP status 503"]);
  assertEquals(io.fetched, [
    urlOf(SERVER),
    urlOf(OTHER),
    urlOf(OTHER, "debuginfo"),
  ]);
});

const USELESS: [string, FakeAnswer, string][] = [
  [
    "another build",
    { chunks: [withOtherId()] },
    "it is another build (ff23456789abcdef)",
  ],
  [
    "no ELF file",
    { chunks: [new Uint8Array(200)] },
    "Cannot read ELF",
  ],
  [
    "less than it said",
    { size: PROGRAM.length + 1, chunks: [PROGRAM] },
    `${PROGRAM.length} of ${PROGRAM.length + 1} bytes came`,
  ],
  [
    "more than is taken",
    { chunks: [PROGRAM, new Uint8Array(2 ** 20)] },
    "larger than 1048576 bytes",
  ],
  [
    "more than is taken, as it says itself",
    { size: 2 ** 21, chunks: [] },
    "larger than 1048576 bytes",
  ],
];

for (const [what, answer, message] of USELESS) {
  Deno.test(`Debuginfod.find() keeps nothing of a body that is ${what}`, async () => {
    const { found, io, world, warnings } = await find({
      answers: { [urlOf(SERVER)]: answer, [urlOf(OTHER)]: { status: 404 } },
    });
    assertEquals(found, "not found");
    assertEquals(Object.keys(world.files!), []);
    assertEquals(io.saved, {});
    assertEquals(warnings.length, 1);
    assertStringIncludes(warnings[0]!, `${urlOf(SERVER)}: not used: `);
    assertStringIncludes(warnings[0]!, message);
  });
}

Deno.test("Debuginfod.find() keeps nothing of a body that breaks off", async () => {
  const failure = new InputError("connection reset");
  const { found, world, warnings } = await find({
    answers: {
      [urlOf(SERVER)]: { chunks: [PROGRAM.subarray(0, 9)], failure },
      [urlOf(OTHER)]: whole(),
    },
  });
  assertEquals(found, PROGRAM);
  assertEquals(Object.keys(world.files!), [PLACE]);
  assertEquals(warnings, [
    `debuginfod: http://a: executable of ${BUILD_ID}: connection reset`,
  ]);
});

Deno.test("Debuginfod.find() goes on in memory where nothing may be written", async () => {
  const { found, warnings } = await find({
    answers: { [urlOf(SERVER)]: whole() },
    refuseToSave: "permission denied",
  });
  assertEquals(found, PROGRAM);
  assertEquals(warnings, [
    "debuginfod: nothing is kept in /cache: permission denied",
  ]);
});

Deno.test("Debuginfod.find() asks for no name that is no build ID", async () => {
  const io = new FakeIo();
  const client = new Debuginfod(io, SETTINGS, () => {});
  for (const name of ["", "abc", "../../etc", "ABCD", "12g4"]) {
    assertEquals(await client.find(name, "executable"), "not found");
  }
  assertEquals(io.fetched, []);
});

Deno.test("Debuginfod.find() asks no server while there is no time, and later does", async () => {
  let mayAsk = false;
  const io = new FakeIo({ answers: { [urlOf(SERVER)]: whole() } });
  const client = new Debuginfod(io, SETTINGS, () => {}, () => mayAsk);
  assertEquals(await client.find(BUILD_ID, "executable"), "not found");
  mayAsk = true;
  const found = await client.find(BUILD_ID, "executable");
  assertEquals(typeof found, "object");
});

Deno.test("Debuginfod.find() shows on a terminal how far it is", async () => {
  const { io } = await find({
    answers: { [urlOf(SERVER)]: whole() },
    errorTerminal: true,
    clockStep: 800,
  });
  assertStringIncludes(
    io.err,
    "\rdownloading the executable of 01234567…: 0 of",
  );
  assertStringIncludes(io.err, "\r\x1b[K");
});

Deno.test("bt --debuginfod gives for a core alone what it gives with the program at hand", async () => {
  const core = processCore(undefined, PROGRAM);
  const run = async (args: string[], world: FakeWorld): Promise<FakeIo> => {
    const io = new FakeIo({ ...world, files: { core, ...world.files } });
    assertEquals(await runBacktrace(["--json", ...args, "core"], io), 0);
    return io;
  };
  const answers = {
    [urlOf(SERVER)]: whole(),
    [urlOf(SERVER, "debuginfo")]: { status: 404 },
  };
  const local = await run([], { files: { "/bin/program": PROGRAM } });
  const served = await run(["--debuginfod", SERVER], {
    answers,
    env: { HOME: "/h" },
  });
  const alone = await run([], { answers });
  assertEquals(served.out, local.out);
  assertStringIncludes(served.out, '"symbol":"leaf"');
  assertEquals(alone.out.includes('"symbol":"leaf"'), true); // the first page, which is all of this program, is in the core
  assertEquals(alone.fetched, []);
});

function withOtherId(): Uint8Array {
  const bytes = PROGRAM.slice();
  const id = [0x01, 0x23, 0x45, 0x67];
  const at = bytes.findIndex((_, i) => id.every((b, k) => bytes[i + k] === b));
  bytes[at] = 0xff;
  return bytes;
}

function settings(
  env: Record<string, string>,
  given: string[] = [],
  files: Record<string, Uint8Array> = {},
): DebuginfodSettings | undefined {
  return debuginfodSettings(new FakeIo({ env, files }), given);
}

Deno.test("debuginfodSettings() asks nobody unless a server is named", () => {
  assertEquals(settings({}), undefined);
  assertEquals(settings({ DEBUGINFOD_URLS: "" }), undefined);
  assertEquals(
    settings({ DEBUGINFOD_URLS: "ima:enforcing nonsense" }),
    undefined,
  );
});

Deno.test("debuginfodSettings() takes options before the variable, each server once", () => {
  const env = {
    DEBUGINFOD_URLS: "http://a/ ima:ignore  https://b/x/buildid/ http://a",
  };
  assertEquals(settings(env)?.urls, ["http://a", "https://b/x"]);
  assertEquals(settings(env, ["http://c"])?.urls, ["http://c"]);
});

Deno.test("debuginfodSettings() refuses an option that is no address", () => {
  const error = assertThrows(() => settings({}, ["ftp://a"]), UsageError);
  assertStringIncludes(error.message, "--debuginfod ftp://a is no http");
});

Deno.test("debuginfodSettings() finds the cache where elfutils does", () => {
  const cache = (
    env: Record<string, string>,
    files: Record<string, Uint8Array> = {},
  ) => settings(env, ["http://a"], files)?.cache;
  const HOME = "/home/u";
  assertEquals(cache({}), undefined);
  assertEquals(cache({ HOME }), "/home/u/.cache/debuginfod_client");
  assertEquals(
    cache({ HOME, XDG_CACHE_HOME: "/x" }),
    "/x/debuginfod_client",
  );
  assertEquals(
    cache({ HOME, XDG_CACHE_HOME: "/x", DEBUGINFOD_CACHE_PATH: "/c" }),
    "/c",
  );
  const old = { "/home/u/.debuginfod_client_cache/x": new Uint8Array(0) };
  assertEquals(cache({ HOME }, old), "/home/u/.debuginfod_client_cache");
});

Deno.test("debuginfodSettings() takes patience and the largest size from the environment", () => {
  const env = { DEBUGINFOD_URLS: "http://a" };
  const given = { ...env, DEBUGINFOD_TIMEOUT: "7", DEBUGINFOD_MAXSIZE: "8" };
  assertEquals([settings(env)?.timeout, settings(given)?.timeout], [90, 7]);
  assertEquals(settings(given)?.maxSize, 8);
  assertEquals(settings({ ...env, DEBUGINFOD_TIMEOUT: "soon" })?.timeout, 90);
});
