/**
 * The samples of one track of a profile for the Firefox Profiler.
 *
 * @module
 */
import { type GrowingList, intList, numberList } from "./growing_list.ts";
import type { PieceWriter } from "./text_pieces.ts";

/** The samples of a thread, process or processor and one event. */
export class FirefoxTrack {
  /** Index of the event. */
  readonly event: number;
  /** Times, nanoseconds from the capture's first sample. */
  readonly times: GrowingList<Float64Array> = numberList();
  /** Stacks. */
  readonly stacks: GrowingList<Int32Array> = intList();
  /** Periods. */
  readonly periods: GrowingList<Float64Array> = numberList();

  /** A track without samples. */
  constructor(event: number) {
    this.event = event;
  }

  /** Adds a sample; one that comes too late is taken for simultaneous with the last. */
  add(time: number, stack: number, period: number): void {
    this.times.push(Math.max(time, this.end()));
    this.stacks.push(stack);
    this.periods.push(period);
  }

  /** Time of the last sample; 0 without any. */
  end(): number {
    const { values, count } = this.times;
    return count === 0 ? 0 : values[count - 1]!;
  }

  /** Median of the times between samples, nanoseconds; 0 if there are none. */
  typicalInterval(): number {
    const { values, count } = this.times;
    if (count < 2) return 0;
    const intervals = new Float64Array(count - 1);
    for (let i = 1; i < count; i++) {
      intervals[i - 1] = values[i]! - values[i - 1]!;
    }
    return intervals.sort()[count >> 1] ?? intervals[0]!;
  }
}

/** What a thread has whether there is something to tell or not. */
const THREAD = {
  processType: "default",
  processStartupTime: 0,
  processShutdownTime: null,
  registerTime: 0,
  unregisterTime: null,
  pausedRanges: [],
  markers: {
    data: [],
    name: [],
    startTime: [],
    endTime: [],
    phase: [],
    category: [],
    length: 0,
  },
};

/**
 * Writes a track as a thread. Each sample counts once; where the event is a clock, its period tells for how long the
 * thread ran since its last sample, so that the page does not show it busy while it slept.
 *
 * @param stackIds Ids that the stacks have in the page's table.
 */
export async function writeTrack(
  json: PieceWriter,
  { times, stacks, periods }: FirefoxTrack,
  stackIds: Int32Array,
  { hasBusyTime, ...head }: Record<string, unknown>,
): Promise<void> {
  const { count } = times;
  await json.text(
    `${JSON.stringify({ ...THREAD, ...head }).slice(0, -1)},"samples":{`,
  );
  await json.text(
    `"length":${count},"weightType":"samples","weight":null,"timeDeltas":`,
  );
  await json.list(
    count,
    (i) => (times.values[i]! - (i === 0 ? 0 : times.values[i - 1]!)) / 1e6,
  );
  await json.text(`,"stack":`);
  // The empty stack is not in the page's table.
  await json.list(count, (i) => stackIds[stacks.values[i]!]! - 1);
  if (hasBusyTime === true) {
    await json.text(`,"threadCPUDelta":`);
    await json.list(count, (i) => periods.values[i]!);
  }
  await json.text("}}");
}
