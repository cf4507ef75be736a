/**
 * A perf.data capture that is open: its events, what it says of its machine, and its records one after another.
 *
 * @module
 */
import { readInt64 } from "../base/address.ts";
import { type ByteSource, viewOf } from "../base/byte_source.ts";
import { FormatError, TruncatedError } from "../base/error.ts";
import { readString } from "../base/string_table.ts";
import { decodeAttr } from "./attr.ts";
import { type ByteFeed, SourceFeed, StreamFeed } from "./chunks.ts";
import { FORMAT, RecordType } from "./constants.ts";
import { EventTable } from "./events.ts";
import {
  decodeFeature,
  type PerfFeatures,
  readFeatureSection,
} from "./features.ts";
import {
  decodeHeader,
  FILE_HEADER_SIZE,
  type PerfHeader,
  PIPE_HEADER_SIZE,
} from "./header.ts";
import { RecordStream, type StreamDecompressor } from "./record_stream.ts";

const MAX_EVENT_COUNT = 65_536;
const MAX_FEATURE_SIZE = 1 << 26;
/** Type of EVENT_UPDATE records that name an event. */
const UPDATE_NAME = 2;

/** How a capture is opened. */
export interface PerfDataOptions {
  /** Makes the decompressor of a capture with compressed records; without it such a capture cannot be read. */
  decompressor?:
    | (() => StreamDecompressor | Promise<StreamDecompressor>)
    | undefined;
}

/** See the module's description. */
export class PerfData {
  /** The decoded head. */
  readonly header: PerfHeader;
  /** The events; a stream's grow while it is read. */
  readonly events: EventTable;
  /** What the recorder wrote about the machine; a stream's grow while it is read. */
  readonly features: PerfFeatures = {};
  /** The records. */
  readonly records: RecordStream;
  /** What is wrong with the capture, as far as it was read. */
  readonly warnings: FormatError[] = [];
  /** The file, if its records can be read again by position. */
  readonly source: ByteSource | undefined;

  /** Use {@linkcode openPerfData} or {@linkcode openPerfStream}. */
  constructor(
    header: PerfHeader,
    feed: ByteFeed,
    position: number,
    source: ByteSource | undefined,
    options: PerfDataOptions,
  ) {
    this.header = header;
    this.source = source;
    this.events = new EventTable(header.littleEndian);
    this.records = new RecordStream(
      feed,
      header.littleEndian,
      position,
      options.decompressor,
    );
  }

  /**
   * Takes in the present record if it describes the capture (ATTR, FEATURE, EVENT_UPDATE, BUILD_ID); others it leaves.
   * What is wrong with it becomes a warning.
   */
  describe(): void {
    try {
      this.readDescription();
    } catch (error) {
      this.warn(error);
    }
  }

  /** Keeps an error as a warning; anything else is thrown again. */
  warn(error: unknown): void {
    if (!(error instanceof FormatError)) throw error;
    if (this.warnings.length < 64) this.warnings.push(error);
  }

  /** Takes in what the present record describes. @throws {FormatError} If it makes no sense. */
  private readDescription(): void {
    const { littleEndian } = this.header;
    const { type, offset, size, chunk: { view, bytes } } = this.records;
    if (type === RecordType.ATTR) {
      if (size < 16) throw new TruncatedError(FORMAT, "ATTR", offset, 16, size);
      const attrSize = view.getUint32(offset + 12, littleEndian);
      const end = Math.min(8 + attrSize, size);
      const attr = decodeAttr(view, offset + 8, end - 8, littleEndian);
      const ids: number[] = [];
      for (let at = end; at + 8 <= size; at += 8) {
        ids.push(readInt64(view, offset + at, littleEndian));
      }
      this.checkEventCount();
      this.events.add(attr, ids);
    } else if (type === RecordType.FEATURE && size >= 16) {
      const number = readInt64(view, offset + 8, littleEndian);
      const payload = bytes.slice(offset + 16, offset + size);
      decodeFeature(this.features, number, payload, littleEndian, offset + 16);
      this.nameEvents();
    } else if (type === RecordType.EVENT_UPDATE && size >= 32) {
      if (readInt64(view, offset + 8, littleEndian) !== UPDATE_NAME) return;
      const event = this.events.find(
        readInt64(view, offset + 16, littleEndian),
      );
      const name = readString(bytes, offset + 24, size - 24);
      if (event !== undefined && name !== "") event.name = name;
    }
  }

  /** Gives the events the names that the description of events has. */
  nameEvents(): void {
    const described = this.features.events;
    if (described === undefined) return;
    for (const event of this.events.events) {
      const same = described.filter(({ attr }) =>
        attr.type === event.attr.type && attr.config === event.attr.config
      );
      const found = described.find(({ ids }) =>
        ids.some((id) =>
          this.events.find(id) === event
        )
      ) ?? same[0];
      if (found !== undefined && found.name !== "") event.name = found.name;
    }
  }

  /** Makes sure that there may be one event more. @throws {FormatError} `limit` */
  checkEventCount(): void {
    if (this.events.events.length < MAX_EVENT_COUNT) return;
    throw new FormatError({
      code: "limit",
      format: FORMAT,
      field: "event count",
      offset: 0,
      expected: `at most ${MAX_EVENT_COUNT} events`,
    });
  }
}

/**
 * Opens a capture that can be read by range. Reads the head, the events and the features.
 *
 * @throws {FormatError} If it is no capture: `bad-magic`, `truncated`, `bad-value`, `unsupported`, `out-of-bounds`. What is
 * merely damaged becomes a warning.
 *
 * @example Counting samples
 * ```ts
 * import { type ByteSource, openPerfData, RecordType } from "@framewalk/framewalk/formats/perf_data";
 *
 * async function countSamples(file: ByteSource): Promise<number> {
 *   const { records } = await openPerfData(file);
 *   let count = 0;
 *   do {
 *     while (records.next()) if (records.type === RecordType.SAMPLE) count++;
 *   } while (await records.fill());
 *   return count;
 * }
 * ```
 */
export async function openPerfData(
  source: ByteSource,
  options: PerfDataOptions = {},
): Promise<PerfData> {
  const header = decodeHeader(await source.read(0, FILE_HEADER_SIZE));
  if (header.isPipe) {
    const feed = new SourceFeed(source, PIPE_HEADER_SIZE, source.size);
    return new PerfData(header, feed, PIPE_HEADER_SIZE, source, options);
  }
  const { offset, size } = header.data;
  const end = size === 0 ? source.size : offset + size;
  const feed = new SourceFeed(source, offset, end);
  const data = new PerfData(header, feed, offset, source, options);
  await readEvents(data, source);
  if (size === 0 || end > source.size) {
    data.warn(
      new TruncatedError(FORMAT, "data", offset, size, source.size - offset),
    );
    return data;
  }
  for (const [i, feature] of header.features.entries()) {
    try {
      await readFeature(data, source, feature, end + 16 * i);
    } catch (error) {
      data.warn(error);
    }
  }
  data.nameEvents();
  return data;
}

/**
 * Opens a capture that comes in pieces: what `perf record -o -` writes, or a file through a pipe. Of a file, the features
 * behind the records are not read.
 *
 * @throws {FormatError} As {@linkcode openPerfData}.
 */
export async function openPerfStream(
  pieces: AsyncIterable<Uint8Array>,
  options: PerfDataOptions = {},
): Promise<PerfData> {
  const feed = new StreamFeed(pieces);
  let head = await take(feed, PIPE_HEADER_SIZE);
  let header: PerfHeader;
  try {
    header = decodeHeader(head);
  } catch (error) {
    if (!(error instanceof TruncatedError)) throw error;
    head = join(head, await take(feed, FILE_HEADER_SIZE - head.length));
    header = decodeHeader(head);
  }
  if (header.isPipe) {
    return new PerfData(header, feed, NaN, undefined, options);
  }
  const { offset, size } = header.data;
  if (offset > MAX_FEATURE_SIZE) {
    throw new FormatError({
      code: "limit",
      format: FORMAT,
      field: "data offset",
      offset: 40,
      value: offset,
      expected: `at most ${MAX_FEATURE_SIZE} in a stream`,
    });
  }
  head = join(head, await take(feed, offset - head.length));
  const limited = size === 0 ? feed : new LimitedFeed(feed, size);
  const data = new PerfData(header, limited, NaN, undefined, options);
  await readEvents(data, {
    size: head.length,
    read: (at, length) => head.subarray(at, at + length),
  });
  return data;
}

/** The first bytes of a feed. */
class LimitedFeed implements ByteFeed {
  private readonly feed: ByteFeed;
  private left: number;

  constructor(feed: ByteFeed, size: number) {
    this.feed = feed;
    this.left = size;
  }

  async fill(target: Uint8Array): Promise<number> {
    const size = Math.min(this.left, target.length);
    if (size === 0) return 0;
    const filled = await this.feed.fill(target.subarray(0, size));
    this.left -= filled;
    return filled;
  }
}

async function take(feed: ByteFeed, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.max(0, size));
  let filled = 0;
  while (filled < bytes.length) {
    const count = await feed.fill(bytes.subarray(filled));
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** The table of events: each an attr, then offset and size of its ids. */
async function readEvents(data: PerfData, source: ByteSource): Promise<void> {
  const { header: { attrs, attrSize, littleEndian }, events } = data;
  if (attrSize < 16 + 64 || attrs.size < attrSize) {
    throw new FormatError({
      code: "bad-value",
      format: FORMAT,
      field: "attr size",
      offset: 16,
      value: attrSize,
      expected: "a table with an event",
    });
  }
  const count = Math.min(Math.floor(attrs.size / attrSize), MAX_EVENT_COUNT);
  const size = count * attrSize;
  if (attrs.offset + size > source.size) {
    const left = source.size - attrs.offset;
    throw new TruncatedError(FORMAT, "attrs", attrs.offset, size, left);
  }
  const view = viewOf(await source.read(attrs.offset, size));
  for (let i = 0; i < count; i++) {
    const at = i * attrSize;
    const attr = decodeAttr(view, at, attrSize - 16, littleEndian);
    let ids: number[] = [];
    try {
      const section = readFeatureSection(
        view,
        at + attrSize - 16,
        littleEndian,
      );
      ids = await readIds(source, section, littleEndian);
    } catch (error) {
      data.warn(error);
    }
    events.add(attr, ids);
  }
}

async function readIds(
  source: ByteSource,
  { offset, size }: { offset: number; size: number },
  littleEndian: boolean,
): Promise<number[]> {
  if (offset + size > source.size) {
    throw new TruncatedError(FORMAT, "ids", offset, size, source.size - offset);
  }
  const view = viewOf(await source.read(offset, size));
  const ids: number[] = [];
  for (let at = 0; at + 8 <= view.byteLength; at += 8) {
    ids.push(readInt64(view, at, littleEndian));
  }
  return ids;
}

async function readFeature(
  data: PerfData,
  source: ByteSource,
  feature: number,
  at: number,
): Promise<void> {
  const { littleEndian } = data.header;
  const entry = await source.read(at, 16);
  if (entry.length < 16) {
    throw new TruncatedError(FORMAT, "feature", at, 16, entry.length);
  }
  const { offset, size } = readFeatureSection(viewOf(entry), 0, littleEndian);
  if (offset + size > source.size || size > MAX_FEATURE_SIZE) {
    const left = Math.min(source.size - offset, MAX_FEATURE_SIZE);
    throw new TruncatedError(FORMAT, `feature ${feature}`, offset, size, left);
  }
  const bytes = await source.read(offset, size);
  decodeFeature(data.features, feature, bytes, littleEndian, offset);
}
