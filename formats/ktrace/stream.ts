/**
 * Reading a ktrace file record by record, however large it is.
 *
 * @module
 */
import { viewOf } from "../base/byte_source.ts";
import { FormatError, TruncatedError } from "../base/error.ts";
import { joinChunks } from "../base/join.ts";
import { KTR_DROP, KTR_TYPE_MASK, KTRACE } from "./constants.ts";
import { detectKtrace } from "./detect.ts";
import {
  decodeHeader,
  encodeHeader,
  hasVersion,
  headerSize,
  type KtraceHeader,
  type KtraceLayout,
  PROBE_SIZE,
} from "./header.ts";

const MAX_HEADER_SIZE = 64;
const DEFAULT_MAX_PAYLOAD_SIZE = 1 << 20;
const DETECT_SIZE = 1 << 16;

/** A record: its header, and what follows it. */
export interface KtraceRecord extends KtraceHeader {
  /** Where the header is, bytes from the start of the file. */
  offset: number;
  /**
   * The bytes behind the header, at most {@linkcode KtraceOptions.maxPayloadSize} of them. A view of the chunk where
   * the record lies in one.
   */
  payload: Uint8Array;
}

/** How a trace is read. */
export interface KtraceOptions {
  /** Types that are wanted; all if left out. Others cost next to nothing. */
  types?: readonly number[];
  /** Bytes that are kept of a payload; 1 MiB if left out. What lies behind them is passed over. */
  maxPayloadSize?: number;
}

/** Cuts chunks into records. */
export class KtraceParser {
  /** The machine that wrote the trace. */
  readonly layout: KtraceLayout;
  /** Records so far before which others were lost, unwanted ones among them. */
  lossCount: number = 0;
  private readonly wanted: Uint8Array | undefined;
  private readonly maxPayloadSize: number;
  /** Where the next header begins in the file. */
  private offset = 0;
  /** Where the last header began, and how many bytes its record has. */
  private lastOffset = 0;
  private lastSize = 0;
  private readonly head = new Uint8Array(MAX_HEADER_SIZE);
  private headUsed = 0;
  /** The record whose payload is not complete yet. */
  private record: KtraceRecord | undefined;
  private filled = 0;
  /** Bytes to pass over. */
  private skip = 0;

  /** Reads a trace of the given layout from its start. */
  constructor(layout: KtraceLayout, options: KtraceOptions = {}) {
    this.layout = layout;
    this.maxPayloadSize = options.maxPayloadSize ?? DEFAULT_MAX_PAYLOAD_SIZE;
    if (options.types !== undefined) {
      this.wanted = new Uint8Array(KTR_TYPE_MASK + 1);
      for (const type of options.types) this.wanted[type] = 1;
    }
  }

  /**
   * Takes the next chunk and yields the records that end in it. The chunk must not change while they are in use.
   *
   * @throws {FormatError} `bad-value` for a negative length: no record behind it can be found.
   */
  *push(chunk: Uint8Array): Generator<KtraceRecord> {
    const view = viewOf(chunk);
    let at = 0;
    while (at < chunk.length) {
      if (this.skip > 0) {
        const step = Math.min(this.skip, chunk.length - at);
        this.skip -= step;
        at += step;
      } else if (this.record !== undefined) {
        at += this.fill(this.record, chunk, at);
        const record = this.takeFilled();
        if (record !== undefined) yield record;
      } else if (
        this.headUsed > 0 || chunk.length - at < MAX_HEADER_SIZE
      ) {
        at += this.gatherHead(chunk, at);
        const record = this.takeFilled();
        if (record !== undefined) yield record;
      } else {
        const size = headerSize(hasVersion(view, at, this.layout), this.layout);
        const record = this.begin(chunk, view, at, size);
        at += size;
        if (record === undefined) continue;
        const end = at + record.payloadSize;
        if (end <= chunk.length && record.payloadSize <= this.maxPayloadSize) {
          record.payload = chunk.subarray(at, end);
          at = end;
          yield record;
        } else {
          this.expect(record);
          const whole = this.takeFilled();
          if (whole !== undefined) yield whole;
        }
      }
    }
  }

  /** Ends the trace. @returns Why it ends in the middle of a record, if it does. */
  end(): FormatError | undefined {
    const { record, headUsed, lastOffset, lastSize } = this;
    const missing = record === undefined
      ? this.skip
      : record.payloadSize - this.filled;
    if (missing > 0) {
      const available = lastSize - missing;
      return new TruncatedError(
        KTRACE,
        "ktr_len",
        lastOffset,
        lastSize,
        available,
      );
    }
    if (headUsed === 0) return undefined;
    const size = this.headSize();
    return new TruncatedError(
      KTRACE,
      "ktr_header",
      this.offset,
      size,
      headUsed,
    );
  }

  /** Starts the record whose header is at `at`; `undefined` if nobody wants it. */
  private begin(
    bytes: Uint8Array,
    view: DataView,
    at: number,
    size: number,
  ): KtraceRecord | undefined {
    const { littleEndian } = this.layout;
    const payloadSize = view.getInt32(at, littleEndian);
    const type = view.getUint16(at + 4, littleEndian);
    if ((type & KTR_DROP) !== 0) this.lossCount++;
    const isWanted = this.wanted === undefined ||
      this.wanted[type & KTR_TYPE_MASK] === 1;
    const { offset } = this;
    if (payloadSize >= 0) {
      this.lastOffset = offset;
      this.lastSize = size + payloadSize;
      this.offset += size + payloadSize;
      if (!isWanted) {
        this.skip = payloadSize;
        return undefined;
      }
    }
    const header = decodeHeader(bytes, at, this.layout, offset - at);
    return Object.assign(header, { offset, payload: NO_BYTES });
  }

  /** Waits for the payload of `record`. */
  private expect(record: KtraceRecord): void {
    const size = Math.min(record.payloadSize, this.maxPayloadSize);
    record.payload = new Uint8Array(size);
    this.record = record;
    this.filled = 0;
  }

  /** Adds to the payload of `record`; returns how many bytes it took. */
  private fill(record: KtraceRecord, chunk: Uint8Array, at: number): number {
    const step = Math.min(
      record.payload.length - this.filled,
      chunk.length - at,
    );
    record.payload.set(chunk.subarray(at, at + step), this.filled);
    this.filled += step;
    return step;
  }

  /** The record that was waited for, if it is complete. */
  private takeFilled(): KtraceRecord | undefined {
    const { record } = this;
    if (record === undefined || this.filled < record.payload.length) {
      return undefined;
    }
    this.skip = record.payloadSize - record.payload.length;
    this.record = undefined;
    return record;
  }

  /** Gathers a header that chunks cut apart. */
  private gatherHead(chunk: Uint8Array, at: number): number {
    const step = Math.min(this.headSize() - this.headUsed, chunk.length - at);
    this.head.set(chunk.subarray(at, at + step), this.headUsed);
    this.headUsed += step;
    const size = this.headSize();
    if (this.headUsed < size) return step;
    this.headUsed = 0;
    // The bytes of the name stay with the record, the buffer does not.
    const bytes = this.head.slice(0, size);
    const record = this.begin(bytes, viewOf(bytes), 0, size);
    if (record !== undefined) this.expect(record);
    return step;
  }

  /** Size of the header that is being gathered, as far as that is known. */
  private headSize(): number {
    if (this.headUsed < PROBE_SIZE) return PROBE_SIZE;
    const isVersioned = hasVersion(viewOf(this.head), 0, this.layout);
    return headerSize(isVersioned, this.layout);
  }
}

const NO_BYTES = new Uint8Array(0);

/**
 * Yields the records of a trace that comes in chunks.
 *
 * Holds one chunk and one record at a time. The records before any damage are yielded before the damage is thrown.
 *
 * @param layout The machine that wrote the trace; found out from its first 64 KiB if left out.
 * @throws {FormatError} `bad-magic` if the layout cannot be found out, `truncated` if the trace ends in the middle of a
 * record, `bad-value` for a negative length.
 */
export async function* readKtrace(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: KtraceOptions & { layout?: KtraceLayout } = {},
): AsyncGenerator<KtraceRecord> {
  let parser = options.layout && new KtraceParser(options.layout, options);
  const head: Uint8Array[] = [];
  let headSize = 0;
  for await (const chunk of chunks) {
    if (parser !== undefined) {
      yield* parser.push(chunk);
      continue;
    }
    head.push(chunk);
    headSize += chunk.length;
    if (headSize < DETECT_SIZE) continue;
    const bytes = joinChunks(head, headSize);
    parser = new KtraceParser(detect(bytes, false), options);
    yield* parser.push(bytes);
  }
  if (parser === undefined) {
    if (headSize === 0) return;
    const bytes = joinChunks(head, headSize);
    parser = new KtraceParser(detect(bytes, true), options);
    yield* parser.push(bytes);
  }
  const damage = parser.end();
  if (damage !== undefined) throw damage;
}

function detect(head: Uint8Array, isWhole: boolean): KtraceLayout {
  const layout = detectKtrace(head, isWhole);
  if (layout !== undefined) return layout;
  throw new FormatError({
    code: "bad-magic",
    format: KTRACE,
    field: "ktr_header",
    offset: 0,
    expected: "a header of FreeBSD's ktrace",
  });
}

/** Encodes a record: its header, whose length is that of the payload, and the payload. */
export function encodeKtraceRecord(
  record: KtraceHeader & { payload: Uint8Array },
  layout: KtraceLayout,
): Uint8Array<ArrayBuffer> {
  const { payload } = record;
  const header = encodeHeader(
    { ...record, payloadSize: payload.length },
    layout,
  );
  const bytes = new Uint8Array(header.length + payload.length);
  bytes.set(header);
  bytes.set(payload, header.length);
  return bytes;
}
