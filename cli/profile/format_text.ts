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
import type { ProfileFormat, ProfileWriter } from "./format.ts";

const ENCODER = new TextEncoder();
const FLUSH_AT = 1 << 16;

/** Prints samples as they come; names are loaded when a sample first needs them. */
class TextWriter implements ProfileWriter {
  private readonly write: (bytes: Uint8Array) => void;
  private readonly profile: Profile;
  private readonly names: FrameNames;
  /** What stands behind the address of each frame. */
  private readonly tails: string[] = [];
  private text = "";

  constructor(
    write: (bytes: Uint8Array) => void,
    profile: Profile,
    names: FrameNames,
  ) {
    this.write = write;
    this.profile = profile;
    this.names = names;
  }

  sample(sample: ProfileSample): void | Promise<void> {
    const { frames, count } = sample;
    for (let i = 0; i < count; i++) {
      if (this.names.needsLoad(frames[i]!)) return this.loadAndPrint(sample);
    }
    this.print(sample);
  }

  end(): void {
    this.flush();
  }

  private async loadAndPrint(sample: ProfileSample): Promise<void> {
    for (let i = 0; i < sample.count; i++) {
      const frame = sample.frames[i]!;
      if (this.names.needsLoad(frame)) await this.names.load(frame);
    }
    this.print(sample);
  }

  private print(sample: ProfileSample): void {
    const { frames, addresses, count } = sample;
    let text = this.head(sample);
    for (let i = 0; i < count; i++) {
      const frame = frames[i]!;
      const tail = this.tails[frame] ??= this.tail(frame);
      text += `\t${formatHex(addresses[i]!).padStart(16)}${tail}`;
    }
    if (sample.stop === SampleStop.CUT) {
      text += "\t                 (the copy of the stack ends here)\n";
    }
    this.text += text + "\n";
    if (this.text.length >= FLUSH_AT) this.flush();
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

  private tail(frame: number): string {
    const { symbol, offset, module } = this.names.name(frame);
    const name = symbol === undefined
      ? "[unknown]"
      : `${printable(symbol)}+0x${offset.toString(16)}`;
    return ` ${name} (${printable(module)})\n`;
  }

  private flush(): void {
    this.write(ENCODER.encode(this.text));
    this.text = "";
  }
}

/** The format. */
export const format: ProfileFormat = {
  name: "text",
  refusesBy: "which names the thread and processor of each sample anyway",
  refusesInverted: "which prints samples as they come",
  open: ({ write, profile, names }) => new TextWriter(write, profile, names),
};
