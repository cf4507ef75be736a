// deno-lint-ignore-file no-console -- a command
/**
 * Source lines and inlined functions of real cores against gdb's: every frame of every thread, for each toolchain, in
 * each form of debug information.
 *
 *     deno run -A tests/conformance/lines.ts [--roots DIR] [--host] [--work DIR] [CASE…]
 *
 * Roots as for `run.ts`. A difference at an address that has as many functions for addr2line as for us is counted as
 * gdb's own: from version 17 on it moves the ends of inlined functions by a guess about the line table. A function that
 * has several symbols may have another of them here. Exits 1 when a difference has no explanation.
 */
import { parseArgs } from "@std/cli/parse-args";
import type { Backtrace, BacktraceFrame } from "../../kernel/mod.ts";
import { SHELL } from "./case.ts";
import { hostPlace, type Place, rootPlace, runHere } from "./place.ts";

const HERE = new URL(".", import.meta.url).pathname;

/** What is made of a program's debug information. */
const FORMS: Record<string, { flags: string; after?: string }> = {
  v5: { flags: "-gdwarf-5" },
  v4: { flags: "-gdwarf-4" },
  O3: { flags: "-gdwarf-5 -O3" },
  zlib: { flags: "-gdwarf-5 -gz=zlib" },
  split5: { flags: "-gdwarf-5 -gsplit-dwarf" },
  split4: { flags: "-gdwarf-4 -gsplit-dwarf" },
  lto: { flags: "-gdwarf-5 -flto" },
  separate: {
    flags: "-gdwarf-5 -Wl,--build-id",
    after:
      "objcopy --only-keep-debug mix mix.debug && strip --strip-all --add-gnu-debuglink=mix.debug mix 2>/dev/null || objcopy --strip-all --add-gnu-debuglink=mix.debug mix",
  },
};

interface GdbFrame {
  pc: string;
  inlined: boolean;
  name: string | null;
  file: string | null;
  line: number | null;
}

interface Tally {
  frames: number;
  inlined: number;
  lines: number;
  guesses: number;
  ahead: number;
  aliases: number;
  unexplained: string[];
}

/** A name without parameters, template arguments, and what compilers put behind a part of a function. */
function bareName(name: string | null): string | null {
  if (name === null) return null;
  let text = name.replace(/\[abi:\w+\]/g, "").replace(/ \[clone .*/, "")
    .replace(/(\.(part|cold|constprop|isra|lto_priv)(\.\d+)?)+$/, "")
    .replace(/@.*$/, "").replaceAll("(anonymous namespace)", "{anon}")
    .replace(/\{lambda\([^{}]*?\)#\d+\}|<lambda\([^<>]*?\)>/g, "{lambda}");
  for (let before = ""; before !== text;) {
    before = text;
    text = text.replace(/<[^<>]*>|(?<!operator)\([^()]*\)/g, "");
  }
  return text.replace(/ const$| volatile$/g, "").replace(/^.* /, "")
    .replace(/^.*::/, "");
}

function normalPath(path: string | null): string | null {
  if (path === null) return null;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}

/** What differs between a frame of ours and gdb's; empty if nothing does. */
function compareFrame(ours: BacktraceFrame, theirs: GdbFrame): string {
  const wrong: string[] = [];
  if (ours.pc !== theirs.pc) wrong.push("pc");
  if (ours.inlined !== theirs.inlined) wrong.push("inlined");
  if (ours.line !== theirs.line) wrong.push("line");
  // gdb puts a relative directory in front of where it runs.
  const [a, b] = [normalPath(ours.file), normalPath(theirs.file)];
  if (a !== b && (a === null || b === null || !b.endsWith(a))) {
    wrong.push("file");
  }
  if (!ours.signal && bareName(ours.symbol) !== bareName(theirs.name)) {
    wrong.push("name");
  }
  return wrong.join(",");
}

async function runOne(
  place: Place,
  source: string,
  form: string,
  work: string,
  tally: Tally,
): Promise<string> {
  const directory = `${work}/${place.name}-${source}-${form}`;
  await Deno.mkdir(directory, { recursive: true });
  for (const file of [`programs/${source}`, "gdb_source_frames.py"]) {
    const name = file.replace(/^.*\//, "");
    await Deno.copyFile(`${HERE}${file}`, `${directory}/${name}`);
  }
  const compiler = source.endsWith(".cc") ? "g++" : "gcc";
  const { flags, after } = FORMS[form]!;
  const built = await place.run(
    directory,
    `${SHELL}
    set -e
    ${compiler} -g -O2 ${flags} -fno-optimize-sibling-calls ${source} -o mix -pthread
    ${after ?? ""}
    dump core ./mix
    gdb -nx -batch -x gdb_source_frames.py ./mix core >gdb.txt 2>gdb.log`,
  );
  const said = await Deno.readTextFile(`${directory}/gdb.txt`).catch(() => "");
  if (said === "") return `not made: ${built.err.split("\n").at(-2) ?? ""}`;
  const sysroots = place.root === undefined
    ? []
    : ["--sysroot", `${directory}/.sysroot`, "--sysroot", place.root];
  if (place.root !== undefined) {
    // The directory is /mnt in there.
    await Deno.mkdir(`${directory}/.sysroot`, { recursive: true });
    await Deno.remove(`${directory}/.sysroot/mnt`).catch(() => {});
    await Deno.symlink(directory, `${directory}/.sysroot/mnt`);
  }
  const outcome = await runHere([
    Deno.execPath(),
    "run",
    "--quiet",
    "--no-prompt",
    "-R",
    `${HERE}../../cli/main.ts`,
    "bt",
    ...["--json", `${directory}/core`, `${directory}/mix`],
    ...sysroots,
  ]);
  const ours: Backtrace = JSON.parse(outcome.out);
  let differences = 0;
  for (const line of said.split("\n")) {
    if (!line.startsWith("SOURCES ")) continue;
    const thread: { tid: number; frames: GdbFrame[] } = JSON.parse(
      line.slice(8),
    );
    const own = ours.threads.find(({ tid }) => tid === thread.tid);
    differences += await compareThread(
      `${place.name}-${source}-${form} ${thread.tid}`,
      own?.frames ?? [],
      thread.frames,
      (pc) => askAddr2line(place, directory, ours, pc),
      tally,
    );
  }
  return differences === 0 ? "same" : `${differences} differ`;
}

/** Compares the frames of each pc, so that one that has more of them does not shift the others. */
async function compareThread(
  name: string,
  ours: readonly BacktraceFrame[],
  theirs: readonly GdbFrame[],
  ask: (frame: BacktraceFrame) => Promise<string[]>,
  tally: Tally,
): Promise<number> {
  let differences = 0;
  let j = 0;
  for (let i = 0; i < ours.length;) {
    let iEnd = i + 1;
    while (ours[iEnd - 1]!.inlined) iEnd++;
    let jEnd = j + 1;
    while (jEnd <= theirs.length && theirs[jEnd - 1]?.inlined) jEnd++;
    const [mine, other] = [ours.slice(i, iEnd), theirs.slice(j, jEnd)];
    tally.frames += mine.length;
    tally.inlined += mine.filter(({ inlined }) => inlined).length;
    tally.lines += mine.filter(({ line }) => line !== null).length;
    const wrong = mine.length === other.length
      ? mine.map((frame, k) => compareFrame(frame, other[k]!)).filter(Boolean)
      : ["depth"];
    if (wrong.length > 0) {
      if (isAlias(wrong, mine.at(-1)!, other.at(-1)!)) tally.aliases++;
      else differences++;
      const asked = await ask(mine.at(-1)!);
      const isGuess = asked.length === mine.length &&
        (wrong[0] === "depth" || wrong.join() === "line");
      if (other.every(({ line }) => line === null)) {
        tally.ahead++;
      } else if (isGuess) {
        tally.guesses++;
      } else if (!isAlias(wrong, mine.at(-1)!, other.at(-1)!)) {
        const told = [mine, other].map((one) => JSON.stringify(one)).join(
          "\n   ",
        );
        tally.unexplained.push(`${name}: ${wrong.join(" ")}\n   ${told}`);
      }
    }
    i = iEnd;
    j = jEnd;
  }
  if (j < theirs.length) tally.unexplained.push(`${name}: gdb has more frames`);
  return differences;
}

/** A function of several symbols: ours is one of the binary's, gdb's that of the debug information. */
function isAlias(
  wrong: readonly string[],
  ours: BacktraceFrame,
  theirs: GdbFrame,
): boolean {
  return wrong.join() === "name" && compareFrame(ours, theirs) === "name";
}

/** Names of the functions at a frame, as addr2line has them. */
async function askAddr2line(
  place: Place,
  directory: string,
  { modules }: Backtrace,
  frame: BacktraceFrame,
): Promise<string[]> {
  const module = modules[frame.module ?? -1];
  if (module === undefined) return [];
  const address = Number(frame.pc) - Number(module.bias) - 1;
  const { out } = await place.run(
    directory,
    `addr2line -C -i -f -e ${module.path} 0x${address.toString(16)}`,
  );
  return out.split("\n").filter((_, i) => i % 2 === 0).slice(0, -1);
}

async function main(): Promise<number> {
  const options = parseArgs(Deno.args, {
    string: ["roots", "work"],
    boolean: ["host"],
  });
  const roots = options.host
    ? undefined
    : (options.roots as string | undefined) || Deno.env.get("FRAMEWALK_ROOTS");
  const places = roots === undefined
    ? [hostPlace()]
    : ["v1", "v2", "v3"].map((name) => rootPlace(roots, name));
  const work = (options.work as string | undefined) ||
    `${Deno.env.get("TMPDIR") ?? "/tmp"}/framewalk-lines`;
  await Deno.mkdir(work, { recursive: true });
  const wanted = options._.map(String);
  const tally: Tally = {
    frames: 0,
    inlined: 0,
    lines: 0,
    guesses: 0,
    ahead: 0,
    aliases: 0,
    unexplained: [],
  };
  for (const place of places) {
    for (const source of ["mix.c", "mix.cc"]) {
      for (const form of Object.keys(FORMS)) {
        const name = `${place.name}-${source}-${form}`;
        if (wanted.length > 0 && !wanted.some((one) => name.startsWith(one))) {
          continue;
        }
        console.log(
          name,
          await runOne(place, source, form, await Deno.realPath(work), tally),
        );
      }
    }
  }
  const { frames, inlined, lines, aliases, unexplained } = tally;
  console.log(
    `${frames} frames, ${inlined} of them inlined, ${lines} with a line`,
  );
  console.log(
    `${tally.guesses} addresses where gdb guesses, ${tally.ahead} where it has no debug information, ` +
      `${unexplained.length} unexplained`,
  );
  console.log(`${aliases} functions with another of their names`);
  for (const one of unexplained) console.log(one);
  return unexplained.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
