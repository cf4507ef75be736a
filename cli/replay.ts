/**
 * `framewalk replay`: runs scenarios against the modelled kernel.
 *
 * @module
 */
import {
  findMismatches,
  type Mismatch,
  type Outcome,
  Replayer,
  type Scenario,
  ScenarioError,
  type ScenarioEvent,
} from "../kernel/replay/mod.ts";
import { readArguments } from "./arguments.ts";
import { InputError, type Io, UsageError } from "./io.ts";
import { printable } from "./plain_text.ts";
import { describeIssues, SCENARIO, scenarioSchema } from "./replay_schema.ts";
import { eventText, mismatchText, outcomeText } from "./replay_text.ts";
import { reportError } from "./report.ts";
import { openInput } from "./sframe_input.ts";
import { TextOutput } from "./text_output.ts";

interface ReplayOptions {
  files: readonly string[];
  json: boolean;
  quiet: boolean;
  fill: boolean;
}

/** One event that was applied. */
interface Step {
  event: ScenarioEvent;
  /** From 1. */
  number: number;
  outcome: Outcome;
  mismatches: readonly Mismatch[];
}

/**
 * Runs `framewalk replay`.
 *
 * @returns The exit code: 0, or 1 if a file is no scenario or something did not come as it expects.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function runReplay(args: string[], io: Io): Promise<number> {
  const given = await readArguments("replay", args, {
    flags: ["json", "quiet", "fill", "schema"],
    alias: { quiet: "q" },
  });
  const output = new TextOutput(io.stdout);
  if (given === undefined) {
    const { HELP } = await import("./help.ts");
    output.text(HELP.replay!);
    output.flush();
    return 0;
  }
  const { flags, operands: files } = given;
  if (flags.has("schema")) {
    output.text(`${JSON.stringify(scenarioSchema(), undefined, 2)}\n`);
    output.flush();
    return 0;
  }
  if (files.length === 0) {
    throw new UsageError(
      "replay needs a scenario (see framewalk help replay)",
    );
  }
  if (flags.has("fill") && files.length > 1) {
    throw new UsageError("--fill prints one scenario: give one");
  }
  const options: ReplayOptions = {
    files,
    json: flags.has("json"),
    quiet: flags.has("quiet"),
    fill: flags.has("fill"),
  };
  let failures = 0;
  for (const file of files) {
    try {
      failures += await replayFile(file, options, output, io);
    } catch (error) {
      output.flush();
      failures++;
      reportError(error, file, options.json, io);
    }
  }
  output.flush();
  return failures === 0 ? 0 : 1;
}

/** Runs one scenario; returns how many things were not as expected. */
async function replayFile(
  file: string,
  options: ReplayOptions,
  output: TextOutput,
  io: Io,
): Promise<number> {
  const scenario = await readScenario(file, io);
  if (!options.json && !options.fill && !options.quiet) {
    output.text(`${printable(scenario.title)}\n`);
  }
  const replayer = new Replayer(scenario, async (bytes, size) => {
    const { decompress } = await import("./decompress.ts");
    return await decompress("zstd", bytes, size);
  });
  const filled: ScenarioEvent[] = [];
  let failures = 0;
  for (const [index, event] of scenario.events.entries()) {
    const outcome = await apply(replayer, event, index + 1, file);
    const mismatches = findMismatches(event.expect ?? {}, outcome);
    failures += mismatches.length;
    const step = { event, number: index + 1, outcome, mismatches };
    if (options.fill) filled.push({ ...event, expect: { ...outcome } });
    else if (options.json) {
      const isShown = !options.quiet || mismatches.length > 0;
      if (isShown) output.text(stepJson(step, file));
    } else writeStep(step, options, file, output);
  }
  if (options.fill) {
    const text = JSON.stringify({ ...scenario, events: filled }, undefined, 2);
    output.text(`${text}\n`);
    return 0;
  }
  return failures;
}

async function apply(
  replayer: Replayer,
  event: ScenarioEvent,
  number: number,
  file: string,
): Promise<Outcome> {
  try {
    return await replayer.apply(event);
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    throw new InputError(`${file}: event ${number}: ${error.message}`);
  }
}

async function readScenario(file: string, io: Io): Promise<Scenario> {
  const source = await openInput(file, io);
  const bytes = await source.read(0, source.size);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new InputError(`${file}: no JSON: ${(error as Error).message}`);
  }
  const result = SCENARIO.safeParse(value);
  if (!result.success) {
    throw new InputError(`${file}: ${describeIssues(result.error).join("; ")}`);
  }
  return result.data;
}

function stepJson(
  { event, number, outcome, mismatches }: Step,
  file: string,
): string {
  const record = {
    file,
    event: number,
    do: event.do,
    outcome,
    ...event.expect === undefined ? {} : { ok: mismatches.length === 0 },
    ...mismatches.length === 0 ? {} : { mismatches },
  };
  return `${JSON.stringify(record)}\n`;
}

function writeStep(
  { event, number, outcome, mismatches }: Step,
  { quiet }: ReplayOptions,
  file: string,
  output: TextOutput,
): void {
  const { end, below } = outcomeText(outcome);
  const line = printable(`${eventText(event)}${end}`);
  if (!quiet) {
    output.text(`${`${number}`.padStart(3)}  ${line}\n`);
    for (const text of below) output.text(`       ${printable(text)}\n`);
  } else if (mismatches.length > 0) {
    output.text(printable(`${file}: event ${number}: ${line}`) + "\n");
  }
  for (const mismatch of mismatches) {
    output.text(`     ! ${printable(mismatchText(mismatch))}\n`);
  }
}
