/**
 * The events of a capture: which event a record belongs to, and how its fields lie.
 *
 * @module
 */
import { FormatError } from "../base/error.ts";
import { type EventAttr, hasFlag } from "./attr.ts";
import { AttrFlag, FORMAT, SampleBit } from "./constants.ts";
import { SampleDecoder } from "./sample.ts";
import { layOutSampleId, type SampleIdLayout } from "./sample_id.ts";

/** An event of a capture. */
export interface PerfEvent {
  /** Its place among the events. */
  index: number;
  /** Name: as it was asked for where the capture says so, else by kind and number. */
  name: string;
  /** What it counts and samples. */
  attr: EventAttr;
  /** Decodes its samples. */
  decoder: SampleDecoder;
  /** Where its other records say whose they are. */
  sampleId: SampleIdLayout;
}

const HARDWARE = [
  "cycles",
  "instructions",
  "cache-references",
  "cache-misses",
  "branches",
  "branch-misses",
  "bus-cycles",
  "stalled-cycles-frontend",
  "stalled-cycles-backend",
  "ref-cycles",
];
const SOFTWARE = [
  "cpu-clock",
  "task-clock",
  "page-faults",
  "context-switches",
  "cpu-migrations",
  "minor-faults",
  "major-faults",
  "alignment-faults",
  "emulation-faults",
  "dummy",
  "bpf-output",
  "cgroup-switches",
];

/** See the module's description. */
export class EventTable {
  /** The events, by index. */
  readonly events: PerfEvent[] = [];
  /** By id of a counter. Ids are small numbers, so that a Number holds them. */
  private readonly byId: Map<number, PerfEvent> = new Map();
  private readonly littleEndian: boolean;
  private hasIdentifier = true;

  /** Starts without events. */
  constructor(littleEndian: boolean) {
    this.littleEndian = littleEndian;
  }

  /**
   * Adds an event with the ids of its counters.
   *
   * @throws {FormatError} `unsupported` if its samples lie otherwise than those of the others and do not say whose they are
   */
  add(attr: EventAttr, ids: readonly number[]): PerfEvent {
    const event: PerfEvent = {
      index: this.events.length,
      name: nameEvent(attr),
      attr,
      decoder: new SampleDecoder(attr, this.littleEndian),
      sampleId: layOutSampleId(attr),
    };
    this.hasIdentifier &&= (attr.sampleType & SampleBit.IDENTIFIER) !== 0;
    const first = this.events[0];
    if (
      first !== undefined && !this.hasIdentifier &&
      first.attr.sampleType !== attr.sampleType
    ) {
      throw new FormatError({
        code: "unsupported",
        format: FORMAT,
        field: "sample_type",
        offset: 0,
        value: attr.sampleType,
        expected: "events that sample the same, or samples with identifiers",
      });
    }
    this.events.push(event);
    for (const id of ids) this.byId.set(id, event);
    return event;
  }

  /** The event that has a counter with `id`. */
  find(id: number): PerfEvent | undefined {
    return this.byId.get(id);
  }

  /** The event of the sample at `offset`; of a sample with an unknown id the first. Undefined if there are no events. */
  ofSample(
    view: DataView,
    offset: number,
    size: number,
  ): PerfEvent | undefined {
    const { events } = this;
    if (events.length < 2) return events[0];
    if (this.hasIdentifier) {
      return size < 16 ? events[0] : this.at(view, offset + 8);
    }
    const { decoder, attr } = events[0]!;
    if ((attr.sampleType & SampleBit.ID) === 0) return events[0];
    if (!decoder.decode(view, offset, size)) return events[0];
    return this.byId.get(decoder.idHigh * 0x1_0000_0000 + decoder.idLow) ??
      events[0];
  }

  /** The event of another record of the kernel, by its sample id. */
  ofRecord(
    view: DataView,
    offset: number,
    size: number,
  ): PerfEvent | undefined {
    const { events } = this;
    const [first] = events;
    if (first === undefined || events.length < 2) return first;
    const { id } = first.sampleId;
    return id === 0 || size + id < 8
      ? first
      : this.at(view, offset + size + id);
  }

  /** Whether chains may end in a cookie: {@linkcode ChainMarker.USER_DEFERRED}. */
  get hasDeferredChains(): boolean {
    return this.events.some(({ attr }) =>
      hasFlag(attr, AttrFlag.DEFER_CALLCHAIN)
    );
  }

  /** The event whose id is at `offset`. */
  private at(view: DataView, offset: number): PerfEvent | undefined {
    const { littleEndian } = this;
    const low = view.getUint32(
      littleEndian ? offset : offset + 4,
      littleEndian,
    );
    const high = view.getUint32(
      littleEndian ? offset + 4 : offset,
      littleEndian,
    );
    return this.byId.get(high * 0x1_0000_0000 + low) ?? this.events[0];
  }
}

function nameEvent({ type, config }: EventAttr): string {
  const names = type === 0 ? HARDWARE : type === 1 ? SOFTWARE : [];
  const name = config < BigInt(names.length)
    ? names[Number(config)]
    : undefined;
  if (name !== undefined) return name;
  return type === 4
    ? `raw 0x${config.toString(16)}`
    : `event ${type}:0x${config.toString(16)}`;
}
