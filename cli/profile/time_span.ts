/**
 * How long captures took.
 *
 * @module
 */
import type { ProfileSample } from "../../kernel/profile/mod.ts";

/** From each capture's first sample to its last, added up: captures may be of different days. */
export class TimeSpan {
  private capture = -1;
  private first = 0;
  private last = 0;
  private before = 0;

  /** Takes a sample; those of a capture come together. */
  add({ time, capture }: ProfileSample): void {
    if (capture !== this.capture) {
      this.before += this.last - this.first;
      this.capture = capture;
      this.first = time;
      this.last = time;
    } else if (time > this.last) this.last = time;
    else if (time < this.first) this.first = time;
  }

  /** The sum, nanoseconds. */
  get nanoseconds(): number {
    return this.before + this.last - this.first;
  }
}
