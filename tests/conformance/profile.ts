// deno-lint-ignore-file no-console -- a command
/**
 * The conformance run of `framewalk profile`: programs are recorded, and every sample's frames compared to those of
 * `perf script --max-stack 65535 --no-inline -F ip`, in the order of time. Of C and C++ programs of ours also the source
 * lines and inlined functions.
 *
 *     deno run -A tests/conformance/profile.ts --roots DIR [--work DIR] [CAPTURE...]
 *
 * `--roots DIR` (or FRAMEWALK_ROOTS) names a directory with the Debian root `v3`, which has gcc, g++, perf 7, python3 and
 * perl; Node's programs are left out if it has no node. CAPTUREs are compared as well; the binaries are those of the root.
 * Needs root. Exits 1 when a difference has no explanation.
 */
import { parseArgs } from "@std/cli/parse-args";
import { type Place, rootPlace } from "./place.ts";
import { compareLines, isNoAddress } from "./profile_lines.ts";

const here = new URL(".", import.meta.url).pathname;

/** Captures: a name, and the script that records it. */
const RECORDINGS: [name: string, script: string][] = [
  ["deep", "-F 999 --call-graph dwarf,65528 -o deep.data ./deep"],
  ["clock", "-F 999 --call-graph dwarf,8192 -o clock.data ./clock"],
  ["changes", "-F 1999 --call-graph dwarf,8192 -o changes.data ./changes"],
  ["shapes", "-F 999 --call-graph dwarf,16384 -o shapes.data ./shapes"],
  ["python", "-F 999 --call-graph dwarf,32768 -o python.data python3 work.py"],
  ["perl", "-F 999 --call-graph dwarf,16384 -o perl.data perl work.pl"],
  ["packed", "-z -F 999 --call-graph dwarf,8192 -o packed.data ./shapes"],
  ["stream", "-F 999 --call-graph dwarf,8192 -o - ./changes > stream.data"],
  ["fp", "-F 999 --call-graph fp -o fp.data ./changes"],
  [
    "node",
    "-F 999 --call-graph dwarf,16384 -o node.data node --perf-basic-prof work.js",
  ],
];
/** Captures whose program, of the same name, has debug information. */
const WITH_LINES: ReadonlySet<string> = new Set(["deep", "shapes"]);
const BUILD = `set -e
gcc -O2 -g -fno-optimize-sibling-calls deep.c -o deep
gcc -O2 clock.c -o clock
gcc -O2 changes.c -o changes
gcc -O2 -shared -fPIC -DNAME=a library.c -o liba.so
gcc -O2 -shared -fPIC -DNAME=b library.c -o libb.so
g++ -O2 -g shapes.cc -o shapes
`;

/** Samples by how they compare. */
interface Comparison {
  samples: number;
  frames: number;
  same: number;
  /** perf ends, most often where code begins that has no file; the frames up to there agree. */
  goOn: number;
  /** Number of the sample, and how it differs. */
  different: [number, string][];
}

/** Frames of each sample: the lines between empty ones. A stream's lines also have names, which are left out. */
function parse(text: string): string[][] {
  const samples: string[][] = [];
  let frames: string[] | undefined;
  for (const line of text.split("\n")) {
    if (line !== "") frames?.push(line.trim().split(" ")[0]!);
    else if (frames === undefined) frames = [];
    else {
      samples.push(frames);
      frames = undefined;
    }
  }
  return samples;
}

/** Compares sample by sample; one that agrees as far as perf goes and then goes on is no difference. */
function compare(theirs: string[][], ours: string[][]): Comparison {
  const result: Comparison = {
    samples: theirs.length,
    frames: 0,
    same: 0,
    goOn: 0,
    different: [],
  };
  if (theirs.length !== ours.length) {
    result.different.push([-1, `${ours.length} samples for ${theirs.length}`]);
  }
  theirs.forEach((frames, i) => {
    const own = ours[i] ?? [];
    result.frames += frames.length;
    let end = frames.length;
    while (end > 0 && isNoAddress(frames[end - 1])) end--;
    const known = frames.slice(0, end);
    const agree = known.every((frame, j) => own[j] === frame);
    if (agree && own.length === frames.length) result.same++;
    else if (agree) result.goOn++;
    else result.different.push([i, `sample ${i}: ${frames} / ${own}`]);
  });
  return result;
}

/**
 * Takes the samples out of the differences that were taken while a handler returned: from inside rt_sigreturn perf 7.2
 * takes what is left of the signal's frame for return addresses, ends with one of a few bytes or leaves out the function
 * that was interrupted. Returns how many those are.
 */
async function explainReturns(
  place: Place,
  work: string,
  name: string,
  result: Comparison,
): Promise<number> {
  if (result.different.length === 0) return 0;
  const named = await place.run(
    work,
    `perf script -i ${name}.data --max-stack 65535 --no-inline -F ip,sym 2>/dev/null`,
  );
  const samples = named.out.split(/\n\n+/);
  const count = result.different.length;
  result.different = result.different.filter(([i]) =>
    !samples[i]?.includes("rt_sigreturn")
  );
  return count - result.different.length;
}

/** What framewalk writes of a capture. */
async function runProfile(
  place: Place,
  work: string,
  name: string,
  ...format: string[]
): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "-A",
      `${here}../../cli/main.ts`,
      "profile",
      "--format",
      ...format,
      "--sysroot",
      `${work}/sysroot`,
      "--sysroot",
      place.root ?? "/",
      "--buildid-dir",
      `${place.root ?? ""}/root/.debug`,
      `${work}/${name}.data`,
    ],
  }).output();
  return new TextDecoder().decode(stdout);
}

/** Compares the source lines of a capture. @returns Whether each difference is explained. */
async function compareSources(
  place: Place,
  work: string,
  name: string,
): Promise<boolean> {
  const ours = await runProfile(place, work, name, "text", "--lines");
  const result = await compareLines(place, work, `${name}.data`, name, ours);
  console.log(
    `${name}, source lines: ${result.frames} frames with ${result.inlined} inlined functions: ${result.same} as perf says, ` +
      `${result.asGdb} as gdb says, ${result.different.length} different`,
  );
  for (const text of result.different.slice(0, 3)) console.log(`  ${text}`);
  return result.frames > 0 && result.different.length === 0;
}

async function compareCapture(
  place: Place,
  work: string,
  name: string,
): Promise<boolean> {
  const oracle = await place.run(
    work,
    `perf script -i ${name}.data --max-stack 65535 --no-inline -F ip 2>/dev/null`,
  );
  const ours = await runProfile(place, work, name, "addresses");
  const result = compare(parse(oracle.out), parse(ours));
  const returning = await explainReturns(place, work, name, result);
  const identical = oracle.out === ours ? ", byte for byte" : "";
  console.log(
    `${name}: ${result.samples} samples, ${result.frames} frames: ${result.same} the same${identical}, ` +
      `${result.goOn} go on beyond perf's end, ${returning} while a handler returned, ${result.different.length} different`,
  );
  for (const [, text] of result.different.slice(0, 3)) console.log(`  ${text}`);
  return result.samples > 0 && result.different.length === 0;
}

async function main(): Promise<number> {
  const options = parseArgs(Deno.args, { string: ["roots", "work", "_"] });
  const roots = options.roots as string | undefined ??
    Deno.env.get("FRAMEWALK_ROOTS");
  if (roots === undefined) {
    console.error("Name the directory of the roots: --roots DIR");
    return 2;
  }
  const work = options.work as string | undefined ??
    `${Deno.env.get("TMPDIR") ?? "/tmp"}/framewalk-profile`;
  const place = rootPlace(roots, "v3");
  await Deno.mkdir(`${work}/sysroot`, { recursive: true });
  for await (const { name } of Deno.readDir(`${here}perf`)) {
    await Deno.copyFile(`${here}perf/${name}`, `${work}/${name}`);
  }
  const built = await place.run(work, BUILD);
  if (built.code !== 0) throw new Error(built.err);
  // Inside, the work directory is /mnt.
  await Deno.remove(`${work}/sysroot/mnt`).catch(() => {});
  await Deno.symlink(work, `${work}/sysroot/mnt`);
  const names: string[] = [];
  for (const [name, script] of RECORDINGS) {
    const { code } = await place.run(
      work,
      `perf record -q -e cpu-clock ${script}`,
    );
    if (code === 0) names.push(name);
    else console.log(`${name}: not recorded`);
  }
  for (const path of options._ as string[]) {
    const name = path.replace(/^.*\/|\.data$/g, "");
    await Deno.copyFile(path, `${work}/${name}.data`);
    names.push(name);
  }
  let failed = 0;
  for (const name of names) {
    if (!await compareCapture(place, work, name)) failed++;
    if (!WITH_LINES.has(name)) continue;
    if (!await compareSources(place, work, name)) failed++;
  }
  console.log(`profile: ${failed === 0 ? "all is well" : `${failed} failed`}`);
  return failed === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
