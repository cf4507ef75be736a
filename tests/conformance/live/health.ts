// deno-lint-ignore-file no-console -- prints what it finds
/**
 * Whether a process notices that it is looked at.
 *
 * @module
 */
import { openLinux } from "../../../cli/live_linux.ts";
import { lookWhileStopped, takeSnapshot } from "../../../cli/live_process.ts";
import { findTarget } from "../../../cli/live_target.ts";
import { hostPlace } from "../place.ts";
import { end, pause, start, states } from "./process.ts";

/** What busy.c prints: for each kind of wait its rounds, those interrupted, those failed. */
type Counts = Record<string, number | [number, number, number]>;

/** Waits that fail with EINTR under every tracer: signal(7), "Interruption of system calls by stop signals". */
const INTERRUPTED_BY_KERNEL: readonly string[] = ["epoll"];
/** A round takes 3 ms and some; on a busy machine more. */
const LEAST_ROUNDS_PER_SECOND = 100;
const TIMER_MS = 3;

/** Looks many times. @returns How many things are wrong. */
export async function checkHealth(
  here: string,
  work: string,
  looks: number,
): Promise<number> {
  const directory = `${work}/host`;
  await Deno.copyFile(`${here}live/busy.c`, `${directory}/busy.c`);
  const build = "gcc -g -O1 -pthread -o busy busy.c";
  const pid = await start(hostPlace(), directory, build, "./busy");
  try {
    await pause(500);
    const before = await ask(pid, directory);
    const stops = lookOften(pid, looks);
    await pause(100);
    const after = await ask(pid, directory);
    const stoppedMs = stops.reduce((sum, ms) => sum + ms, 0);
    const wrong = judge(before, after, stoppedMs);
    console.log(describe(stops, looks));
    if (!/^[RS]+$/.test(states(pid))) wrong.push(`it is ${states(pid)}`);
    wrong.push(...await killHolder(pid));
    for (const line of wrong) console.log(`    WRONG: ${line}`);
    return wrong.length;
  } finally {
    end(pid);
  }
}

function lookOften(pid: number, looks: number): number[] {
  const system = openLinux();
  const target = findTarget(system, pid);
  const stops: number[] = [];
  for (let i = 0; i < looks; i++) {
    stops.push(takeSnapshot(system, target).stoppedMs);
    system.pause(Math.random() * 5000);
  }
  return stops.sort((a, b) => a - b);
}

function describe(stops: readonly number[], looks: number): string {
  const middle = stops[stops.length >> 1]!.toFixed(2);
  return `${looks} looks: stopped for ${middle} ms, ${
    stops.at(-1)!.toFixed(2)
  } at most`;
}

async function ask(pid: number, directory: string): Promise<Counts> {
  const path = `${directory}/output.txt`;
  const size = (await Deno.stat(path)).size;
  Deno.kill(pid, "SIGUSR1");
  for (let i = 0; i < 50; i++) {
    await pause(20);
    const text = await Deno.readTextFile(path);
    if (text.length > size) return JSON.parse(text.trim().split("\n").at(-1)!);
  }
  throw new Error("the busy process does not answer");
}

function judge(before: Counts, after: Counts, stoppedMs: number): string[] {
  const wrong: string[] = [];
  const seconds = (after.seconds as number) - (before.seconds as number);
  const alarms = (after.alarms as number) - (before.alarms as number);
  // Alarms that fall due while the process stands still are one alarm.
  const due = (seconds * 1000 - stoppedMs) / TIMER_MS;
  if (alarms < 0.95 * due - 2) {
    wrong.push(`${alarms} alarms in ${seconds} s, ${due} are due`);
  }
  for (const [kind, now] of Object.entries(after)) {
    if (!Array.isArray(now)) continue;
    const then = before[kind] as [number, number, number];
    const [rounds, interrupted, failed] = now.map((n, i) => n - then[i]!);
    if (failed! > 0) wrong.push(`${kind}: ${failed} failed`);
    if (interrupted! > 0 && !INTERRUPTED_BY_KERNEL.includes(kind)) {
      wrong.push(`${kind}: ${interrupted} interrupted`);
    }
    if (rounds! < LEAST_ROUNDS_PER_SECOND * seconds) {
      wrong.push(`${kind}: only ${rounds} rounds in ${seconds} s`);
    }
  }
  return wrong;
}

/** Kills a program that has the process stopped: it must run on. */
async function killHolder(pid: number): Promise<string[]> {
  const holder = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", import.meta.filename!, `${pid}`],
    stdin: "null",
    stdout: "null",
  }).spawn();
  for (let i = 0; i < 100 && states(pid) !== "t"; i++) await pause(50);
  const held = states(pid);
  holder.kill("SIGKILL");
  await holder.status;
  await pause(100);
  const freed = states(pid);
  const isGood = held === "t" && /^[RS]+$/.test(freed);
  console.log(`the looker killed: ${isGood ? "the process runs on" : "WRONG"}`);
  return isGood ? [] : [`held it is ${held}, then ${freed}`];
}

// Run as a program, this holds a process stopped until it is killed.
if (import.meta.main) {
  const system = openLinux();
  const target = findTarget(system, Number(Deno.args[0]));
  await lookWhileStopped(system, target, () => pause(60_000));
}
