/**
 * What `perf record` wrote about the machine and the events: the features behind the records.
 *
 * @module
 */
import { readInt64, readSafeUint64 } from "../base/address.ts";
import { FormatError, TruncatedError } from "../base/error.ts";
import { readString } from "../base/string_table.ts";
import { decodeAttr, type EventAttr } from "./attr.ts";
import { Feature, FORMAT } from "./constants.ts";
import { type BuildIdRecord, decodeBuildId } from "./records.ts";

/** An event as the description of events has it. */
export interface EventDescription {
  /** What it counts. */
  attr: EventAttr;
  /** Name as it was asked for: `cycles:u`. */
  name: string;
  /** Ids of its counters, as signed Numbers. */
  ids: number[];
}

/** The features that are read; what a file does not have is undefined. */
export interface PerfFeatures {
  /** Host name. */
  hostName?: string;
  /** Release of the kernel. */
  release?: string;
  /** Version of perf. */
  version?: string;
  /** Machine as `uname` calls it. */
  architecture?: string;
  /** Command line of the recorder. */
  commandLine?: string[];
  /** The events. */
  events?: EventDescription[];
  /** Build IDs of the files that were hit. */
  buildIds?: BuildIdRecord[];
  /** `e_machine` of the programs. */
  elfMachine?: number;
  /** How records are compressed: 1 is zstd. */
  compression?: number;
}

/** A reader of one feature's bytes. */
class FeatureReader {
  at = 0;
  private readonly view: DataView;
  private readonly bytes: Uint8Array;
  private readonly littleEndian: boolean;
  private readonly offset: number;

  constructor(bytes: Uint8Array, littleEndian: boolean, offset: number) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.littleEndian = littleEndian;
    this.offset = offset;
  }

  take(size: number, field: string): number {
    const { at } = this;
    const left = this.bytes.length - at;
    if (size > left) {
      throw new TruncatedError(FORMAT, field, this.offset + at, size, left);
    }
    this.at = at + size;
    return at;
  }

  u32(field: string): number {
    return this.view.getUint32(this.take(4, field), this.littleEndian);
  }

  u64(field: string): number {
    return readInt64(this.view, this.take(8, field), this.littleEndian);
  }

  /** A size, and that many bytes with a NUL in them. */
  text(field: string): string {
    const size = this.u32(field);
    return readString(this.bytes, this.take(size, field), size);
  }

  attr(size: number): EventAttr {
    const at = this.take(size, "attr");
    return decodeAttr(this.view, at, size, this.littleEndian);
  }

  /** Checks that `count` things of at least `size` bytes can follow. */
  checkCount(count: number, size: number, field: string): void {
    if (count * size <= this.bytes.length - this.at) return;
    throw new FormatError({
      code: "out-of-bounds",
      format: FORMAT,
      field,
      offset: this.offset + this.at,
      value: count,
      expected: `no more than fit into ${this.bytes.length} bytes`,
    });
  }
}

/**
 * Decodes feature `number` into `features`; a feature that is not read is passed over.
 *
 * @param offset Where the bytes are in the file, for errors.
 * @throws {FormatError} `truncated`, `out-of-bounds`, `bad-value`
 */
export function decodeFeature(
  features: PerfFeatures,
  number: number,
  bytes: Uint8Array,
  littleEndian: boolean,
  offset: number,
): void {
  const reader = new FeatureReader(bytes, littleEndian, offset);
  switch (number) {
    case Feature.HOSTNAME:
      features.hostName = reader.text("hostname");
      break;
    case Feature.OSRELEASE:
      features.release = reader.text("osrelease");
      break;
    case Feature.VERSION:
      features.version = reader.text("version");
      break;
    case Feature.ARCH:
      features.architecture = reader.text("arch");
      break;
    case Feature.CMDLINE: {
      const count = reader.u32("cmdline");
      reader.checkCount(count, 4, "cmdline");
      const words: string[] = [];
      for (let i = 0; i < count; i++) words.push(reader.text("cmdline"));
      features.commandLine = words;
      break;
    }
    case Feature.EVENT_DESC:
      features.events = decodeEvents(reader);
      break;
    case Feature.BUILD_ID:
      features.buildIds = decodeBuildIds(bytes, littleEndian, offset);
      break;
    case Feature.COMPRESSED:
      reader.u32("compressed version");
      features.compression = reader.u32("compressed type");
      break;
    case Feature.E_MACHINE:
      features.elfMachine = reader.u32("e_machine");
      break;
  }
}

function decodeEvents(reader: FeatureReader): EventDescription[] {
  const count = reader.u32("event count");
  const attrSize = reader.u32("attr size");
  reader.checkCount(count, attrSize + 8, "event count");
  const events: EventDescription[] = [];
  for (let i = 0; i < count; i++) {
    const attr = reader.attr(attrSize);
    const idCount = reader.u32("event id count");
    const name = reader.text("event name");
    reader.checkCount(idCount, 8, "event id count");
    const ids: number[] = [];
    for (let j = 0; j < idCount; j++) ids.push(reader.u64("event id"));
    events.push({ attr, name, ids });
  }
  return events;
}

function decodeBuildIds(
  bytes: Uint8Array,
  littleEndian: boolean,
  fileOffset: number,
): BuildIdRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ids: BuildIdRecord[] = [];
  for (let offset = 0; offset + 8 <= bytes.length;) {
    const size = view.getUint16(offset + 6, littleEndian);
    if (size < 8 || offset + size > bytes.length) {
      throw new FormatError({
        code: "out-of-bounds",
        format: FORMAT,
        field: "build id size",
        offset: fileOffset + offset,
        value: size,
        expected: "the size of an entry",
      });
    }
    ids.push(decodeBuildId({ view, offset, size, littleEndian }));
    offset += size;
  }
  return ids;
}

/** Size of a feature section, which must fit into memory and the file. @throws {FormatError} `out-of-bounds` */
export function readFeatureSection(
  view: DataView,
  at: number,
  littleEndian: boolean,
): { offset: number; size: number } {
  return {
    offset: readSafeUint64(view, at, littleEndian, FORMAT, "feature offset"),
    size: readSafeUint64(view, at + 8, littleEndian, FORMAT, "feature size"),
  };
}
