/**
 * Events of a scenario and what came of them, as lines.
 *
 * @module
 */
import type {
  Mismatch,
  Outcome,
  ScenarioEvent,
  Value,
} from "../kernel/replay/mod.ts";

/** An event in a line: `main: codectl(1, 0x7000, 32)`. */
export function eventText(event: ScenarioEvent): string {
  switch (event.do) {
    case "spawn":
      return `spawn ${event.as}`;
    case "call":
      return `${event.thread}: ${event.call}(${list(event.args)})`;
    case "vdso":
      return `${event.thread}: vdso ${event.call}(${list(event.args)})`;
    case "write":
      return `${event.thread}: write at ${event.at}`;
    case "read":
      return `${event.thread}: read ${event.size} bytes at ${event.at}`;
    case "set": {
      const registers = Object.entries(event.registers)
        .map(([name, value]) => `${name} = ${value}`);
      return `${event.thread}: ${registers.join(", ")}`;
    }
    case "migrate":
      return `${event.thread}: migrated to CPU ${event.cpu}`;
    case "preempt":
      return `${event.thread}: preempted`;
    case "signal":
      return `${event.thread}: signal ${event.number}`;
    case "fault":
      return `${event.thread}: trap ${event.trap}, code ${
        event.code ?? 0
      }, address ${event.address ?? 0}`;
    case "walk":
      return `${event.thread}: walk`;
    case "unwind":
      return `${event.thread}: tracer ${event.tracer ?? 0} asks for a trace`;
    case "report":
      return `report by ${event.detector}: ${event.title}`;
    case "poll":
      return `reader ${event.reader} polls`;
    case "file":
      return `file ${event.path}`;
    case "time":
      return `${event.us} µs later`;
    case "checkpoint":
      return "saved and restored";
  }
}

function list(values: readonly Value[] = []): string {
  return values.join(", ");
}

/** What came of an event: what stands behind it in its line, and the lines below. */
export function outcomeText(
  outcome: Outcome,
): { end: string; below: string[] } {
  const { result, errno, error, happened = [], registers = {} } = outcome;
  const below: string[] = [];
  if (error !== undefined) {
    below.push(`at ${error.category} ${error.site}: ${error.message}`);
  }
  below.push(...happened);
  for (const [tid, changed] of Object.entries(registers)) {
    const values = Object.entries(changed).map(([name, value]) =>
      `${name} = ${value}`
    );
    below.push(`thread ${tid}: ${values.join(", ")}`);
  }
  if (outcome.bytes !== undefined) below.push(outcome.bytes);
  outcome.frames?.forEach(({ pc, table }, i) =>
    below.push(`#${i} ${pc}${table === null ? "" : ` by ${table}`}`)
  );
  if (outcome.cookie !== undefined) below.push(`cookie ${outcome.cookie}`);
  if (outcome.stop !== undefined) below.push(`stopped: ${outcome.stop}`);
  outcome.reports?.forEach((title) => below.push(`report: ${title}`));
  if (outcome.lost) below.push(`${outcome.lost} reports lost`);
  const end = result === undefined
    ? ""
    : ` = ${errno === undefined ? resultText(result) : `-${errno}`}`;
  return { end, below };
}

/** Addresses read better in hexadecimal, counts and IDs in decimal. */
function resultText(result: number): string {
  return result >= 0x1000 ? `0x${result.toString(16)}` : `${result}`;
}

/** A line for what is not as expected. */
export function mismatchText({ path, expected, actual }: Mismatch): string {
  const got = actual === undefined ? "nothing" : JSON.stringify(actual);
  return `${path}: expected ${JSON.stringify(expected)}, got ${got}`;
}
