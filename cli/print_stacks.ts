/**
 * The stacks of an open session on standard output, as text or JSON; its warnings where they belong.
 *
 * @module
 */
import { namedRegisters } from "../formats/core_dump/mod.ts";
import { describeHead, FrameBuffer, type Session } from "../kernel/reader.ts";
import { type ColorChoice, wantsColor } from "./color.ts";
import { headFacts, threadFacts } from "./core_facts.ts";
import type { Io } from "./io.ts";
import { makePalette, printable } from "./plain_text.ts";
import { TextRenderer } from "./render_text.ts";
import { TextOutput } from "./text_output.ts";

const DEFAULT_COLUMNS = 80;
const MIN_COLUMNS = 40;

/** How stacks are shown. */
export interface StackStyle {
  /** Whether to show the registers of the thread that got the signal. */
  registers: boolean;
  /** Whether to look up names. */
  symbols: boolean;
  /** Whether to make names readable. */
  demangle: boolean;
  /** Whether to look for source lines and inlined functions; default true. */
  lines?: boolean;
  /** Whether to write JSON. */
  json: boolean;
  /** When to colour. */
  color: ColorChoice;
}

/** More about a thread than its stack. */
export interface ThreadDetails {
  /** For the JSON object. */
  readonly record: Record<string, unknown>;
  /** For the text. */
  readonly lines: readonly string[];
}

/**
 * Walks the threads with the given indexes and prints them.
 *
 * @param earlier Warnings from before the session was open.
 * @param details More about threads, by thread id.
 */
export async function printStacks(
  session: Session,
  threads: readonly number[],
  earlier: readonly string[],
  options: StackStyle,
  io: Io,
  details: ReadonlyMap<number, ThreadDetails> = new Map(),
): Promise<void> {
  const out = new TextOutput(io.stdout);
  if (options.json) {
    await printJson(session, threads, earlier, options, out, details);
    return out.flush();
  }
  const warnings = new WarningPrinter(session, io);
  warnings.print(earlier);
  warnings.printNew();
  await printText(session, threads, options, out, io, details);
  out.flush();
  warnings.printNew();
}

async function printText(
  session: Session,
  threads: readonly number[],
  options: StackStyle,
  out: TextOutput,
  io: Io,
  details: ReadonlyMap<number, ThreadDetails>,
): Promise<void> {
  const { symbols, demangle, lines = true } = options;
  const columns = Math.max(MIN_COLUMNS, io.stdout.columns ?? DEFAULT_COLUMNS);
  const palette = makePalette(wantsColor(options.color, io));
  const style = { symbols, demangle, lines, columns, palette };
  const renderer = new TextRenderer(out, session, style);
  renderer.head(headFacts(session));
  const frames = new FrameBuffer();
  for (const index of threads) {
    const stop = await session.walkThread(index, frames);
    const facts = threadFacts(session.core, index);
    await renderer.thread(facts, frames, stop);
    renderer.below(details.get(facts.tid)?.lines ?? []);
    if (options.registers && facts.crashed) {
      const thread = session.core.threads[index]!;
      renderer.registers(thread.tid, namedRegisters(thread));
    }
  }
  renderer.legend();
}

async function printJson(
  session: Session,
  threads: readonly number[],
  warnings: readonly string[],
  options: StackStyle,
  out: TextOutput,
  details: ReadonlyMap<number, ThreadDetails>,
): Promise<void> {
  // The head tells the table of every module, also of those that no stack touches.
  await session.loadAllTables();
  const { JsonRenderer } = await import("./render_json.ts");
  const renderer = new JsonRenderer(out, session, {
    ...options,
    lines: options.lines ?? true,
  });
  renderer.head(describeHead(session));
  const frames = new FrameBuffer();
  for (const index of threads) {
    const stop = await session.walkThread(index, frames);
    const facts = threadFacts(session.core, index);
    const registers = options.registers && facts.crashed
      ? { registers: registerRecord(session, index) }
      : {};
    const more = { ...registers, ...details.get(facts.tid)?.record };
    await renderer.thread(facts, frames, stop, more);
  }
  renderer.end([...warnings, ...session.warnings]);
}

function registerRecord(
  { core }: Session,
  index: number,
): Record<string, string> {
  const registers: Record<string, string> = {};
  for (const { name, hex } of namedRegisters(core.threads[index]!)) {
    registers[name] = hex;
  }
  return registers;
}

/** Writes a session's warnings as they come up, each once. */
class WarningPrinter {
  private readonly session: Session;
  private readonly io: Io;
  private count = 0;

  constructor(session: Session, io: Io) {
    this.session = session;
    this.io = io;
  }

  printNew(): void {
    const { warnings } = this.session;
    this.print(warnings.slice(this.count));
    this.count = warnings.length;
  }

  print(warnings: readonly string[]): void {
    if (warnings.length === 0) return;
    const lines = warnings.map((text) => `warning: ${printable(text)}\n`);
    this.io.stderr.write(new TextEncoder().encode(lines.join("")));
  }
}
