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
import { has, median, type Run, time } from "./timing.ts";

const CORES: Record<string, string[]> = {
  tiny: ["tiny"],
  deep: ["deep", "10000"],
  thr: ["threads", "1000", "20"],
  thr20: ["threads", "1000", "6"],
};

const SOURCE = new URL("cores.c", import.meta.url).pathname;
const MAIN = new URL("../../cli/main.ts", import.meta.url).pathname;

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

/** Frames of a listing: lines that begin with their number. */
function countFrames(stdout: Uint8Array): number {
  let frames = 0;
  for (let i = 0; i < stdout.length; i++) {
    if (stdout[i] === 0x23 && (i === 0 || stdout[i - 1] === 10)) frames++;
  }
  return frames;
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
      `${countFrames(runs[0]!.stdout)} frames`.padStart(14),
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
        const result = await time(one.command, work);
        if (i > 0) one.runs.push(result); // the first is a warm-up
      }
    }
    report(name, timed);
  }
}

if (import.meta.main) await main();
