/**
 * `--format text`: each sample with its frames, as `perf script` prints them.
 *
 * @module
 */
import { formatHex } from "../../formats/base/address.ts";
import {
  type FrameNames,
  type Profile,
  type ProfileSample,
  SampleStop,
} from "../../kernel/profile/mod.ts";
import { printable } from "../plain_text.ts";
import { ByteWriter, type KeptText } from "./byte_writer.ts";
import type { FormatContext, ProfileFormat, ProfileWriter } from "./format.ts";

/** Prints samples as they come; names are loaded when a sample first needs them. */
class TextWriter implements ProfileWriter {
  private readonly profile: Profile;
  private readonly names: FrameNames;
  private readonly context: FormatContext;
  private readonly output: ByteWriter;
  /** The lines of each frame that was printed, and the address that they show. */
  private readonly lines: KeptText[] = [];
  private readonly shown: number[] = [];

  constructor(context: FormatContext) {
    this.context = context;
    this.profile = context.profile;
    this.names = context.names;
    this.output = new ByteWriter(context.write);
  }

  sample(sample: ProfileSample): void | Promise<void> {
    const { frames, count } = sample;
    for (let i = 0; i < count; i++) {
      if (this.needsLoad(frames[i]!)) return this.loadAndPrint(sample);
    }
    this.print(sample);
  }

  private needsLoad(frame: number): boolean {
    if (this.lines[frame] !== undefined) return false;
    const { names, context } = this;
    return names.needsLoad(frame) || context.lines && names.needsSources(frame);
  }

  end(): void {
    this.output.flush();
  }

  private async loadAndPrint(sample: ProfileSample): Promise<void> {
    for (let i = 0; i < sample.count; i++) {
      const frame = sample.frames[i]!;
      if (this.names.needsLoad(frame)) await this.names.load(frame);
      const needsSources = this.context.lines && this.names.needsSources(frame);
      if (needsSources) await this.names.loadSources(frame);
    }
    this.print(sample);
  }

  private print(sample: ProfileSample): void {
    const { output } = this;
    const { frames, addresses, count } = sample;
    output.text(this.head(sample));
    for (let i = 0; i < count; i++) {
      const frame = frames[i]!;
      if (this.shown[frame] !== addresses[i]) {
        this.keepLines(frame, addresses[i]!);
      }
      output.again(this.lines[frame]!);
    }
    output.text(
      sample.stop === SampleStop.CUT
        ? "\t                 (the copy of the stack ends here)\n\n"
        : "\n",
    );
  }

  /** Keeps the lines of a frame at `address`: one for each function that was inlined there, then its own. */
  private keepLines(frame: number, address: number): void {
    const head = `\t${formatHex(address).padStart(16)}`;
    const text = this.describe(frame).map((line) => head + line).join("");
    this.lines[frame] = this.output.keep(text, this.lines[frame]);
    this.shown[frame] = address;
  }

  /** `comm pid/tid [cpu] time: period event:`. */
  private head(sample: ProfileSample): string {
    const { comms, events } = this.profile;
    const { pid, tid, cpu, time, period, count } = sample;
    const seconds = Math.floor(time / 1e9);
    const micros = Math.floor((time - seconds * 1e9) / 1e3);
    const width = Math.max(...events.map(({ name }) => name.length));
    const event = events[sample.event]!.name.padStart(width);
    return `${printable(comms[sample.comm]!)} ${`${pid}`.padStart(7)}/${
      `${tid}`.padEnd(7)
    } ${cpu < 0 ? "" : `[${`${cpu}`.padStart(3, "0")}] `}${
      `${seconds}`.padStart(5)
    }.${`${micros}`.padStart(6, "0")}: ${`${period}`.padStart(10)} ${event}: ${
      count === 0 ? "" : "\n"
    }`;
  }

  /** What stands behind the address in each line of a frame. */
  private describe(frame: number): string[] {
    const { names, context } = this;
    const { symbol, offset, module } = names.name(frame);
    const own = ` ${named(symbol, offset)} (${printable(module)})\n`;
    const sources = context.lines ? names.sources(frame) : [];
    if (sources.length === 0) return [own];
    return sources.map(({ symbol: name, inlined, file, line }) => {
      const text = inlined ? ` ${named(name, offset)} (inlined)\n` : own;
      return context.showLines && file !== undefined
        ? `${text}  ${printable(file)}:${line}\n`
        : text;
    });
  }
}

function named(symbol: string | undefined, offset: number): string {
  return symbol === undefined
    ? "[unknown]"
    : `${printable(symbol)}+0x${offset.toString(16)}`;
}

/** The format. */
export const format: ProfileFormat = {
  name: "text",
  refusesBy: "which names the thread and processor of each sample anyway",
  refusesInverted: "which prints samples as they come",
  hasLines: true,
  asksAsItGoes: true,
  open: (context) => new TextWriter(context),
};
