// deno-lint-ignore-file no-console -- a command
/**
 * The conformance run of `--debuginfod`: a real debuginfod server on the loopback interface, a core whose binaries
 * framewalk may not read, and the cache that it shares with debuginfod-find.
 *
 *     deno run -A tests/conformance/debuginfod.ts [--work DIR] [--port N] [--framewalk COMMAND]
 *
 * Needs gcc, gdb, debuginfod and debuginfod-find (Debian's packages debuginfod and elfutils). Exits 1 when an answer
 * differs.
 */
import { parseArgs } from "@std/cli/parse-args";
import { hostPlace, runHere } from "./place.ts";

const here = new URL(".", import.meta.url).pathname;
const DEFAULT_PORT = 8042;
const READY_POLLS = 150;
/** Nobody listens there. */
const DEAD_SERVER = "http://127.0.0.1:9";

/** What a check needs. */
interface Setting {
  /** Working directory. */
  readonly work: string;
  /** Address of the server. */
  readonly server: string;
  /** Command of framewalk without permissions. */
  readonly framewalk: readonly string[];
}

let failed = 0;

function check(what: string, isGood: boolean, detail = ""): void {
  if (!isGood) failed++;
  console.log(`${what}: ${isGood ? "ok" : `WRONG ${detail}`}`);
}

async function main(): Promise<number> {
  const options = parseArgs(Deno.args, { string: ["work", "port"] });
  const work = `${options.work || "/tmp/framewalk-debuginfod"}`;
  const port = Number(options.port || DEFAULT_PORT);
  await Deno.remove(work, { recursive: true }).catch(() => {});
  await Deno.mkdir(`${work}/served`, { recursive: true });
  await makeCore(work);
  const server = startServer(work, port);
  try {
    const setting = {
      work,
      server: `http://127.0.0.1:${port}`,
      framewalk: [`${here}../../cli/main.ts`],
    };
    await waitForServer(setting);
    await checkAnswers(setting);
    await checkCaches(setting);
    await checkRefusals(setting);
  } finally {
    server.kill("SIGKILL");
  }
  console.log(
    `debuginfod: ${failed === 0 ? "all is well" : `${failed} wrong`}`,
  );
  return failed === 0 ? 0 : 1;
}

/** A program without debug information of its own, its debug file, and its core. */
async function makeCore(work: string): Promise<void> {
  await Deno.copyFile(`${here}live/threads.c`, `${work}/threads.c`);
  const { code, err } = await hostPlace().run(
    work,
    `set -e
gcc -g -O2 -pthread -o threads threads.c
objcopy --only-keep-debug threads served/threads.debug
strip threads
cp threads served/threads
for library in $(ldd threads | grep -o '/[^ ]*'); do cp "$library" served/; done
./threads 40 >/dev/null & sleep 1
gdb -nx -batch -p $! -ex 'gcore core' >/dev/null 2>&1
kill -9 $!
[[ -s core ]]`,
  );
  if (code !== 0) throw new Error(`no core: ${err}`);
}

function startServer(work: string, port: number): Deno.ChildProcess {
  const folders = [`${work}/served`, "/usr/lib/debug"];
  return new Deno.Command("debuginfod", {
    args: ["-p", `${port}`, "-d", ":memory:", "-t", "0", "-F", ...folders],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** The server answers once it has scanned what it serves. */
async function waitForServer({ server, work }: Setting): Promise<void> {
  const buildId = await buildIdOf(`${work}/served/threads`);
  for (let i = 0; i < READY_POLLS; i++) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const status = await fetch(`${server}/buildid/${buildId}/debuginfo`)
      .then(async (answer) => {
        await answer.body?.cancel();
        return answer.status;
      }, () => 0);
    if (status === 200) return;
  }
  throw new Error("the server does not come up");
}

async function buildIdOf(path: string): Promise<string> {
  const { out } = await runHere(["readelf", "-n", path]);
  return /Build ID: ([0-9a-f]+)/.exec(out)?.[1] ?? "";
}

/** Runs bt with a cache of its own; with `isBlind` it may read no binary of this machine. */
async function bt(
  { work, framewalk }: Setting,
  cache: string,
  isBlind: boolean,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const binaries = ["/usr/lib", "/lib", `${work}/threads`, `${work}/served`];
  const denied = isBlind ? [`--deny-read=${binaries.join(",")}`] : [];
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", ...denied, ...framewalk, "bt"]
      .concat(["--json", ...args, `${work}/core`]),
    env: { DEBUGINFOD_CACHE_PATH: `${work}/${cache}`, ...env },
    stderr: "inherit",
  }).output();
  return new TextDecoder().decode(output.stdout);
}

/** How many frames of an answer have a name and a line. */
function countNamed(answer: string): number {
  const { threads } = JSON.parse(answer) as {
    threads: { frames: { symbol: string | null; line: number | null }[] }[];
  };
  return threads.flatMap(({ frames }) => frames)
    .filter(({ symbol, line }) => symbol !== null && line !== null).length;
}

async function checkAnswers(setting: Setting): Promise<void> {
  const { work, server } = setting;
  // What the tool can say with all files at hand; the debug file is given by its place.
  const debug = await buildIdOf(`${work}/served/threads`);
  const place = `${work}/root/usr/lib/debug/.build-id/${debug.slice(0, 2)}`;
  await Deno.mkdir(place, { recursive: true });
  await Deno.copyFile(
    `${work}/served/threads.debug`,
    `${place}/${debug.slice(2)}.debug`,
  );
  const local = await bt(setting, "none", false, ["--sysroot", `${work}/root`]);
  const blind = await bt(setting, "none", true, []);
  const option = ["--debuginfod", server];
  const served = await bt(setting, "ours", true, option);
  const again = await bt(setting, "ours", true, [
    "--debuginfod",
    DEAD_SERVER,
  ]);
  const byVariable = await bt(setting, "variable", true, [], {
    DEBUGINFOD_URLS: `${DEAD_SERVER} ${server}/`,
  });
  const { threads } = JSON.parse(local) as { threads: unknown[] };
  const named = countNamed(local);
  console.log(
    `${threads.length} threads, ${named} frames with names and lines`,
  );
  check("nothing is asked for without a server", countNamed(blind) === 0);
  check("the same with files of a server as with local ones", served === local);
  check("the same from the cache, with no server", again === local);
  check(
    "the same with DEBUGINFOD_URLS, behind a server that is down",
    withoutWarnings(byVariable) === withoutWarnings(local) &&
      byVariable.match(/127\.0\.0\.1:9: /g)?.length === 1,
  );
}

function withoutWarnings(answer: string): string {
  return JSON.stringify({ ...JSON.parse(answer), warnings: [] });
}

async function find(
  { work }: Setting,
  cache: string,
  server: string,
  kind: string,
  buildId: string,
): Promise<string> {
  const { stdout } = await new Deno.Command("debuginfod-find", {
    args: [kind, buildId],
    env: {
      DEBUGINFOD_CACHE_PATH: `${work}/${cache}`,
      DEBUGINFOD_URLS: server,
    },
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

function namesIn(directory: string): string[] {
  return Array.from(Deno.readDirSync(directory), ({ name }) => name);
}

/** The build IDs that a cache has; beside them are the settings of elfutils. */
function cached(directory: string): string[] {
  return namesIn(directory).filter((name) => /^[0-9a-f]{40}$/.test(name));
}

async function checkCaches(setting: Setting): Promise<void> {
  const { work, server } = setting;
  const kinds = ["executable", "debuginfo"];
  const kept = cached(`${work}/ours`);
  let found = 0;
  for (const buildId of kept) {
    for (const kind of kinds) {
      const ours = await find(setting, "ours", DEAD_SERVER, kind, buildId);
      if (ours === `${work}/ours/${buildId}/${kind}`) found++;
      await find(setting, "theirs", server, kind, buildId);
    }
  }
  check(
    `debuginfod-find takes our ${found} files from the cache`,
    found === 2 * kept.length,
  );
  const theirs = await bt(setting, "theirs", true, [
    "--debuginfod",
    DEAD_SERVER,
  ]);
  check(
    "ours takes its files",
    countNamed(theirs) > 0 &&
      theirs === await bt(setting, "ours", true, ["--debuginfod", DEAD_SERVER]),
  );
}

async function checkRefusals(setting: Setting): Promise<void> {
  const { work, server } = setting;
  // A server without the program: both clients remember that.
  const other = "0123456789abcdef0123456789abcdef01234567";
  await find(setting, "misses", server, "executable", other);
  const miss = await Deno.stat(`${work}/misses/${other}/executable`);
  check(
    "debuginfod-find leaves an empty file for what is not there",
    miss.size === 0,
  );
  const buildId = await buildIdOf(`${work}/served/threads`);
  await Deno.mkdir(`${work}/damaged/${buildId}`, { recursive: true });
  await Deno.writeFile(
    `${work}/damaged/${buildId}/executable`,
    new Uint8Array(0),
  );
  const remembered = await bt(setting, "damaged", true, [
    "--debuginfod",
    server,
  ]);
  const { modules } = JSON.parse(remembered) as {
    modules: { path: string; status: string }[];
  };
  const program = modules.find(({ path }) => path.endsWith("/threads"));
  check("an empty file is believed", program?.status !== "ok", program?.status);
  const left = cached(`${work}/ours`).flatMap((name) =>
    namesIn(`${work}/ours/${name}`)
  ).filter((name) => name !== "executable" && name !== "debuginfo");
  check(
    "nothing unfinished is left in the cache",
    left.length === 0,
    left.join(),
  );
}

if (import.meta.main) Deno.exit(await main());
