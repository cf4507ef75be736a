/**
 * A backtrace as text for people, made to be read at 80 columns.
 *
 * @module
 */
import { formatAddress, formatHex } from "../formats/base/address.ts";
import {
  type FrameBuffer,
  FrameFlag,
  type StopReason,
} from "../kernel/reader.ts";
import {
  FrameNames,
  type NamedFrame,
  type NameOptions,
  type NameSource,
} from "./frame_names.ts";
import { baseName, type Palette, printable, wrap } from "./plain_text.ts";
import type { TextOutput } from "./text_output.ts";

/** Columns of the labels of the head. */
const LABEL_WIDTH = 11;
/** Columns in front of a frame's name: number, address and what is between them. */
const NAME_COLUMN = 25;
const NUMBER_WIDTH = 5;

/** What the head says. */
export interface HeadFacts {
  /** Command line, or the program's name; empty if unknown. */
  program: string;
  /** Process id. */
  pid: number | undefined;
  /** The signal in words, by lines; empty if there was none. */
  signal: string[];
  /** What the C library said before it gave up. */
  abortMessage: string | undefined;
  /** Name of the machine. */
  machine: string;
  /** Number of threads in the core. */
  threadCount: number;
}

/** What the heading of a thread says. */
export interface ThreadFacts {
  /** Thread id. */
  tid: number;
  /** Its name, where known. */
  name: string | undefined;
  /** Whether it got the signal that ended the process. */
  crashed: boolean;
}

/** How to write. */
export interface TextStyle extends NameOptions {
  /** Width to keep to, in characters. */
  columns: number;
  /** Colours. */
  palette: Palette;
}

const STOP_TEXTS: Record<string, string> = {
  "no-module": "this address is in no code of the process",
  "no-row": "no unwind table covers this address",
  "unreadable-stack": "the stack cannot be read any further",
  "not-advancing": "the stack does not rise any more",
  "misaligned": "the stack pointer is not aligned",
  "frame-limit": "as many frames as --max-frames allows",
  "unsupported-row": "the unwind table's rule here is not supported",
};

/** Writes a backtrace piece by piece. */
export class TextRenderer {
  private readonly out: TextOutput;
  private readonly style: TextStyle;
  private readonly names: FrameNames<Uint8Array>;
  private hasSignalMark = false;
  private hasGuessMark = false;
  private hasInlinedMark = false;

  /** Writes to `out`; names come from `source`. */
  constructor(out: TextOutput, source: NameSource, style: TextStyle) {
    this.out = out;
    this.style = style;
    const encoder = new TextEncoder();
    this.names = new FrameNames(
      source,
      style,
      (frame) => encoder.encode(this.frameText(frame)),
    );
  }

  /** Writes what is true of the whole process. */
  head(facts: HeadFacts): void {
    const { red } = this.style.palette;
    const plain = (text: string): string => text;
    if (facts.program !== "") this.label("program", facts.program, plain);
    if (facts.pid !== undefined) this.label("process", `${facts.pid}`, plain);
    facts.signal.forEach((line, i) => {
      this.label(i === 0 ? "signal" : "", line, i === 0 ? red : plain);
    });
    if (facts.abortMessage !== undefined) {
      this.label("abort", facts.abortMessage.trim(), red);
    }
    this.label("machine", facts.machine, plain);
    this.label("threads", `${facts.threadCount}`, plain);
  }

  /** Writes one thread: heading, frames, why they end. */
  async thread(
    facts: ThreadFacts,
    frames: FrameBuffer,
    stop: StopReason,
  ): Promise<void> {
    await this.names.prepare(frames);
    const { bold, red } = this.style.palette;
    const name = facts.name ? ` "${printable(facts.name)}"` : "";
    const heading = bold(`Thread ${facts.tid}${name}`);
    const signal = facts.crashed ? red(" got the signal") : "";
    this.out.text(`\n${heading}${signal}\n`);
    this.frames(frames);
    if (stop !== "end-of-stack") {
      const why = STOP_TEXTS[stop];
      this.out.text(`     stopped: ${why === undefined ? stop : why}\n`);
    }
  }

  /** Writes lines below a thread's frames. */
  below(lines: readonly string[]): void {
    for (const line of lines) this.out.text(`     ${printable(line)}\n`);
  }

  /** Writes registers, three to a line. */
  registers(
    tid: number,
    registers: readonly { name: string; hex: string }[],
  ): void {
    this.out.text(
      `\n${this.style.palette.bold(`Registers of thread ${tid}`)}\n`,
    );
    const cells = registers.map(({ name, hex }) =>
      `${name.padEnd(8)} ${hex.replace(/^0x/, "").padStart(16, "0")}`
    );
    for (let i = 0; i < cells.length; i += 3) {
      this.out.text(`${cells.slice(i, i + 3).join("  ")}\n`);
    }
  }

  /** Explains the marks that were used. */
  legend(): void {
    const { hasSignalMark, hasGuessMark, hasInlinedMark } = this;
    if (!hasSignalMark && !hasGuessMark && !hasInlinedMark) return;
    this.out.text("\n");
    if (hasInlinedMark) {
      this.out.text("[inlined] a part of the next frame's function\n");
    }
    if (this.hasSignalMark) {
      this.out.text(
        "[signal]  put there by the kernel to run a signal handler\n",
      );
    }
    if (this.hasGuessMark) {
      this.out.text("[?]       a guess: no unwind table led to this frame\n");
    }
  }

  private label(
    name: string,
    text: string,
    color: (text: string) => string,
  ): void {
    const { columns } = this.style;
    const value = wrap(printable(text), columns, LABEL_WIDTH);
    this.out.text(`${name.padEnd(LABEL_WIDTH)}${color(value)}\n`);
  }

  private frames(frames: FrameBuffer): void {
    const { out, names } = this;
    let number = 0;
    for (let i = 0; i < frames.count; i++) {
      for (const line of names.get(frames.pcs[i]!, frames.flags[i]!)) {
        out.frameNumber(number++, NUMBER_WIDTH);
        out.bytes(line);
      }
    }
  }

  /** A frame from its address to the end of the line. */
  private frameText(frame: NamedFrame): string {
    const { palette, columns } = this.style;
    const address = `0x${formatHex(frame.pc, 16)}`;
    const name = this.nameText(frame);
    const where = frame.symbol === undefined || frame.module === undefined
      ? ""
      : printable(baseName(frame.module.path));
    const marks = this.marksText(frame);
    const tail = [sourceText(frame), where, marks]
      .filter((text) => text !== "").join("  ");
    const colored = `${palette.dim(address)}  ${
      frame.symbol === undefined ? name : palette.cyan(name)
    }`;
    if (tail === "") return `${colored}\n`;
    const fits = NAME_COLUMN + name.length + 2 + tail.length <= columns;
    const gap = fits ? "  " : `\n${" ".repeat(NAME_COLUMN)}`;
    return `${colored}${gap}${palette.dim(tail)}\n`;
  }

  private nameText(frame: NamedFrame): string {
    const { pc, flags, module, symbol, offset, inlined } = frame;
    if (inlined) return printable(symbol ?? "??");
    if (symbol !== undefined) {
      return `${printable(symbol)}+0x${offset.toString(16)}`;
    }
    if ((flags & FrameFlag.SIGNAL) !== 0) return "<signal handler called>";
    if (module === undefined) return "??";
    const relative = formatAddress(pc - module.bias);
    return `${printable(baseName(module.path))}+${relative}`;
  }

  private marksText({ flags, inlined }: NamedFrame): string {
    const marks: string[] = [];
    if (inlined) {
      this.hasInlinedMark = true;
      marks.push("[inlined]");
    }
    if ((flags & FrameFlag.SIGNAL) !== 0) {
      this.hasSignalMark = true;
      marks.push("[signal]");
    }
    if ((flags & FrameFlag.UNTRUSTED) !== 0) {
      this.hasGuessMark = true;
      marks.push("[?]");
    }
    return marks.join(" ");
  }
}

/** `at FILE:LINE`, the file as the compiler recorded it; empty if it is not known. */
function sourceText({ source }: NamedFrame): string {
  if (source?.file === undefined) return "";
  const line = source.line === 0 ? "" : `:${source.line}`;
  return `at ${printable(source.file)}${line}`;
}
