// deno-lint-ignore-file no-console -- a command
/**
 * The rseq and vDSO run: makes cores of programs with rseq areas and critical sections, by several C libraries, and
 * holds what is read of them against gdb, against what the programs printed and against readelf.
 *
 *     deno run -A tests/conformance/rseq.ts [--roots DIR] [--work DIR] [PLACE…]
 *
 * A PLACE is `host` or one of the Debian roots below `--roots DIR` (or FRAMEWALK_ROOTS) that have gcc, gdb and readelf,
 * as for run.ts; default `host` and `v3`. Needs gcc and gdb; musl-gcc is used where there is one. The kernel must write
 * cores as `core` in the working directory. Exits 1 when something differs.
 */
import { parseArgs } from "@std/cli/parse-args";
import { formatAddress } from "../../formats/base/address.ts";
import { BytesSource } from "../../formats/base/byte_source.ts";
import { makeCandidates } from "../../cli/candidates.ts";
import { processIo } from "../../cli/process_io.ts";
import { openSession, type Session } from "../../kernel/mod.ts";
import {
  findRseqAreas,
  readElfRseq,
  type RseqProcess,
} from "../../kernel/rseq/mod.ts";
import { findVdso, openElf, readVdso } from "../../kernel/vdso/mod.ts";
import { hostPlace, type Place, rootPlace } from "./place.ts";

const here = new URL(".", import.meta.url);
const SOURCES = [
  "programs/rseq.c",
  "../programs/rseq/critical.h",
  "../programs/rseq/gdb_areas.py",
];

interface Input {
  /** Name, also of the program and the core. */
  name: string;
  /** The compiler, with what it is told. */
  compile: string;
  /** What the environment and the arguments are, around the program's name. */
  run: (program: string) => string;
  /** What the C library is. */
  kind: string;
}

const INPUTS: readonly Input[] = [
  { name: "plain", compile: "gcc", run: (it) => it, kind: "glibc" },
  { name: "inside", compile: "gcc", run: (it) => `${it} in`, kind: "glibc" },
  {
    name: "off",
    compile: "gcc",
    run: (it) => `env GLIBC_TUNABLES=glibc.pthread.rseq=0 ${it}`,
    kind: "glibc",
  },
  {
    name: "static",
    compile: "gcc -static",
    run: (it) => `${it} in`,
    kind: "glibc",
  },
  {
    name: "musl",
    compile: "musl-gcc -DNO_LIBC_RSEQ",
    run: (it) => it,
    kind: "musl",
  },
];

interface Area {
  tid: number;
  threadPointer: string;
  address: string;
  [field: string]: number | string | undefined;
}

function areasOf({ threads }: RseqProcess): Area[] {
  return threads.map(({ tid, threadPointer, areaAddress, area }) => ({
    tid,
    threadPointer: formatAddress(threadPointer ?? NaN),
    address: formatAddress(areaAddress ?? NaN),
    cpuIdStart: area?.cpuIdStart,
    cpuId: area?.cpuId,
    rseqCs: `0x${area?.rseqCs.toString(16)}`,
    flags: area?.flags,
    nodeId: area?.nodeId,
    mmCid: area?.mmCid,
  })).sort((a, b) => a.tid - b.tid);
}

/** Differences between two lists of areas, and how many were compared. */
function compareAreas(own: readonly Area[], gdb: readonly Area[]): string[] {
  const differences: string[] = [];
  if (own.length !== gdb.length) differences.push("number of threads");
  own.forEach((area, i) => {
    for (const [field, value] of Object.entries(area)) {
      const other = gdb[i]?.[field];
      if (other === value) continue;
      differences.push(`thread ${area.tid} ${field}: ${value}, gdb ${other}`);
    }
  });
  return differences;
}

/** What the program printed: offset and size first, then thread pointer and area of each thread. */
function comparePrinted(own: RseqProcess, text: string): string[] {
  const differences: string[] = [];
  const areas = new Map(areasOf(own).map((area) => [area.tid, area]));
  const [, offset, size] = /offset (-?\d+) size (\d+)/.exec(text) ?? [];
  const { runtime } = own;
  if (`${runtime.offset} ${runtime.size}` !== `${offset} ${size}`) {
    differences.push(`printed ${offset} ${size}`);
  }
  for (const match of text.matchAll(/tid (\d+) tp (0x\w+) area (0x\w+)/g)) {
    const area = areas.get(Number(match[1]));
    if (area?.threadPointer === match[2] && area?.address === match[3]) {
      continue;
    }
    differences.push(`printed ${match[0]}`);
  }
  return differences;
}

/** Symbols and versions of the core's vDSO against readelf's. */
async function compareVdso(
  session: Session,
  place: Place,
  directory: string,
): Promise<string[]> {
  const found = await findVdso(session);
  if (found === undefined) return ["no vDSO"];
  await Deno.writeFile(`${directory}/vdso.so`, found.bytes);
  const vdso = await readVdso(await openElf(new BytesSource(found.bytes)));
  const { out } = await place.run(directory, "readelf -W --dyn-syms vdso.so");
  const theirs = [...out.matchAll(/^ +[1-9]\d*: (\w+) .* (\S+)$/gm)]
    .map(([, value, name]) => `${parseInt(value!, 16)} ${name}`);
  const own = vdso.symbols.map(({ address, name, version, isVersion }) =>
    `${address} ${isVersion ? name : `${name}@@${version}`}`
  );
  const breaches = vdso.breaches.map(({ text }) => `vDSO: ${text}`);
  return own.join() === theirs.join()
    ? breaches
    : [...breaches, `vDSO: ${own.join()}, readelf ${theirs.join()}`];
}

/** Makes the core; the reason if that is not possible. */
async function makeCore(
  input: Input,
  place: Place,
  directory: string,
): Promise<string | undefined> {
  const { name, compile, run } = input;
  const compiler = compile.split(" ")[0]!;
  if ((await place.run(directory, `command -v ${compiler}`)).code !== 0) {
    return `no ${compiler}`;
  }
  const built = await place.run(
    directory,
    `${compile} -O2 -g -w -pthread rseq.c -o ${name}`,
  );
  if (built.code !== 0) throw new Error(built.err);
  await place.run(
    directory,
    `ulimit -c unlimited; rm -f core; ${run(`./${name}`)} >${name}.txt
     mv core ${name}.core`,
  );
  return undefined;
}

/** Whether a thread was just taken to an abort handler: then it is inside no more. */
async function isAborted(
  { modules }: Session,
  { threads }: RseqProcess,
  program: string,
): Promise<boolean> {
  const elf = await openElf(new BytesSource(await Deno.readFile(program)));
  const { sections } = await readElfRseq(elf);
  const bias = modules.find(({ path }) => path.endsWith(`/${base(program)}`))
    ?.bias ?? 0;
  return sections.some(({ abort }) =>
    threads.some(({ pc }) => pc - bias === Number(abort.address))
  );
}

function base(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

async function runInput(
  input: Input,
  place: Place,
  directory: string,
): Promise<string[] | string> {
  const skipped = await makeCore(input, place, directory);
  if (skipped !== undefined) return skipped;
  const { name, kind } = input;
  const session = await openSession(
    new BytesSource(await Deno.readFile(`${directory}/${name}.core`)),
    {
      candidates: makeCandidates(processIo(), place.root ? [place.root] : []),
      executable: new BytesSource(await Deno.readFile(`${directory}/${name}`)),
    },
  );
  const own = await findRseqAreas(session, { size: 28 });
  const differences = await compareVdso(session, place, directory);
  if (own.runtime.kind !== kind) {
    differences.push(`C library ${own.runtime.kind}: ${own.runtime.reason}`);
  }
  if (kind !== "glibc") return differences;
  const { out } = await place.run(
    directory,
    `gdb -nx -batch -x gdb_areas.py ${name} ${name}.core`,
  );
  const golden = JSON.parse(/^JSON (.*)$/m.exec(out)?.[1] ?? "{}");
  for (const thread of golden.threads ?? []) delete thread.pc;
  differences.push(...compareAreas(areasOf(own), golden.threads ?? []));
  const printed = await Deno.readTextFile(`${directory}/${name}.txt`);
  differences.push(...comparePrinted(own, printed));
  const isInside = own.threads.some(({ section }) => section?.isInside) ||
    await isAborted(session, own, `${directory}/${name}`);
  const wanted = input.run("").trim().endsWith("in");
  if (isInside !== wanted) differences.push(`inside a section: ${isInside}`);
  return differences;
}

async function main(args: string[]): Promise<number> {
  const options = parseArgs(args, { string: ["roots", "work", "_"] });
  const roots = String(options.roots ?? Deno.env.get("FRAMEWALK_ROOTS") ?? "");
  const work = String(options.work ?? await Deno.makeTempDir());
  const names = options._.length > 0 ? options._.map(String) : ["host", "v3"];
  let failures = 0;
  for (const name of names) {
    const place = name === "host" ? hostPlace() : rootPlace(roots, name);
    const directory = `${work}/${name}`;
    await Deno.mkdir(directory, { recursive: true });
    for (const source of SOURCES) {
      await Deno.copyFile(
        new URL(source, here),
        `${directory}/${base(source)}`,
      );
    }
    for (const input of INPUTS) {
      const result = await runInput(input, place, directory);
      const isSkipped = typeof result === "string";
      const text = isSkipped
        ? `skipped: ${result}`
        : result.length === 0
        ? "same"
        : result.join("\n  ");
      console.log(`${name} ${input.name}: ${text}`);
      if (!isSkipped) failures += result.length;
    }
  }
  return failures === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
