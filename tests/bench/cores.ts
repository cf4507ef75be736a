// deno-lint-ignore-file no-console -- a command
/**
 * Times whole commands on core dumps, framewalk against gdb and eu-stack, in turn, and prints medians and ratios.
 *
 *     deno run -A tests/bench/cores.ts [--runs N] [--work DIR] [--framewalk COMMAND]
 *
 * Needs gcc and at least one of gdb and eu-stack, and a kernel that writes cores to the working directory
 * (`kernel.core_pattern` is `core`). SFrame is used where gas knows `--gsframe`.
 */
import { parseArgs } from "@std/cli/parse-args";

const CORES: Record<string, string[]> = {
  tiny: ["tiny"],
  deep: ["deep", "10000"],
  thr: ["threads", "1000", "20"],
  thr20: ["threads", "1000", "6"],
};

const SOURCE = new URL("cores.c", import.meta.url).pathname;
const MAIN = new URL("../../cli/main.ts", import.meta.url).pathname;

/** What one run of a command took. */
interface Run {
  milliseconds: number;
  peakMib: number;
  frames: number;
}

interface Timed {
  name: string;
  command: string[];
  runs: Run[];
}

async function sh(script: string, cwd: string): Promise<string> {
  const command = new Deno.Command("bash", {
    args: ["-c", script],
    cwd,
    stderr: "null",
  });
  return new TextDecoder().decode((await command.output()).stdout).trim();
}

async function has(tool: string): Promise<boolean> {
  return (await sh(`command -v ${tool}`, "/")) !== "";
}

async function makeCores(work: string): Promise<void> {
  const flags = "-O2 -g -fno-optimize-sibling-calls -pthread";
  await sh(
    `gcc ${flags} -Wa,--gsframe ${SOURCE} -o cores || gcc ${flags} ${SOURCE} -o cores`,
    work,
  );
  for (const [name, args] of Object.entries(CORES)) {
    const make =
      `mkdir -p ${name} && cd ${name} && rm -f core* && ulimit -c unlimited && ulimit -s 65536`;
    await sh(
      `${make}; ../cores ${args.join(" ")}; mv core* ../core.${name}`,
      work,
    );
  }
}

/** Runs a command with its output thrown away; GNU time, where it is there, tells the peak of memory. */
async function run(
  command: string[],
  work: string,
  timer: boolean,
): Promise<Run> {
  const args = timer
    ? ["-f", "%M", "-o", `${work}/.peak`, ...command]
    : command.slice(1);
  const start = performance.now();
  const { stdout } = await new Deno.Command(
    timer ? "/usr/bin/time" : command[0]!,
    {
      args,
      cwd: work,
      stderr: "null",
      env: { DEBUGINFOD_URLS: "" },
    },
  ).output();
  const milliseconds = performance.now() - start;
  let frames = 0;
  for (let i = 0; i < stdout.length; i++) {
    if (stdout[i] === 0x23 && (i === 0 || stdout[i - 1] === 10)) frames++;
  }
  const peak = timer
    ? Number(
      (await Deno.readTextFile(`${work}/.peak`)).trim().split("\n").at(-1),
    ) / 1024
    : NaN;
  return { milliseconds, peakMib: peak, frames };
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

function report(core: string, timed: Timed[]): void {
  const base = timed[0]!;
  for (const { name, runs } of timed) {
    const wall = median(runs.map((one) => one.milliseconds));
    const ratios = runs.map((one, i) =>
      base.runs[i]!.milliseconds / one.milliseconds
    );
    const peak = median(runs.map((one) => one.peakMib));
    const columns = [
      core.padEnd(6),
      name.padEnd(20),
      `${wall.toFixed(1)} ms`.padStart(10),
      `${peak.toFixed(0)} MiB`.padStart(8),
      `${runs[0]!.frames} frames`.padStart(14),
      name === base.name
        ? ""
        : `framewalk / ${name}: ${median(ratios).toFixed(2)}`,
    ];
    console.log(columns.join("  "));
  }
}

async function main(): Promise<void> {
  const options = parseArgs(Deno.args, {
    string: ["runs", "work", "framewalk"],
  });
  const work = typeof options.work === "string"
    ? options.work
    : await Deno.makeTempDir();
  const runs = Number(options.runs ?? 7);
  await Deno.mkdir(work, { recursive: true });
  await makeCores(work);
  const timer = await has("/usr/bin/time");
  const framewalk = typeof options.framewalk === "string"
    ? options.framewalk.split(" ")
    : [Deno.execPath(), "run", "-R", MAIN];
  const gdb = [
    "gdb",
    "-nx",
    "-batch",
    "-ex",
    "set pagination off",
    "-ex",
    "set backtrace limit unlimited",
    "-ex",
  ];
  for (const name of Object.keys(CORES)) {
    const core = `core.${name}`;
    const timed: Timed[] = [{
      name: "framewalk",
      command: [...framewalk, "bt", core],
      runs: [],
    }];
    timed.push({
      name: "framewalk -no-names",
      command: [...framewalk, "bt", "--no-symbols", core],
      runs: [],
    });
    if (await has("eu-stack")) {
      const eu = ["-n", "0", `--core=${core}`, "--executable=cores"];
      timed.push({ name: "eu-stack", command: ["eu-stack", ...eu], runs: [] });
      timed.push({
        name: "eu-stack -q",
        command: ["eu-stack", "-q", ...eu],
        runs: [],
      });
    }
    if (await has("gdb")) {
      timed.push({
        name: "gdb",
        command: [
          ...gdb,
          "thread apply all bt -frame-arguments none",
          "cores",
          core,
        ],
        runs: [],
      });
    }
    for (let i = 0; i <= runs; i++) {
      for (const one of timed) {
        const result = await run(one.command, work, timer);
        if (i > 0) one.runs.push(result); // the first is a warm-up
      }
    }
    report(name, timed);
  }
}

if (import.meta.main) await main();
