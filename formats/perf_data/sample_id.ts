/**
 * Who, when and which event a record other than a sample belongs to: fields behind the record's own.
 *
 * @module
 */
import { type EventAttr, hasFlag } from "./attr.ts";
import { AttrFlag, SampleBit } from "./constants.ts";

/** Offsets from the end of a record, in bytes; 0 for what is not there. Negative, since the end is what is known. */
export interface SampleIdLayout {
  /** Bytes of all fields. */
  size: number;
  /** `u32 pid, tid`. */
  tid: number;
  /** `u64 time`. */
  time: number;
  /** `u64 id`. */
  id: number;
  /** `u32 cpu, reserved`. */
  cpu: number;
}

/** Where the fields of the sample id are in records of an event with `attr`. */
export function layOutSampleId(attr: EventAttr): SampleIdLayout {
  const layout: SampleIdLayout = { size: 0, tid: 0, time: 0, id: 0, cpu: 0 };
  if (!hasFlag(attr, AttrFlag.SAMPLE_ID_ALL)) return layout;
  const has = (bit: number): boolean => (attr.sampleType & bit) !== 0;
  // From the last to the first.
  if (has(SampleBit.IDENTIFIER)) layout.id = -(layout.size += 8);
  if (has(SampleBit.CPU)) layout.cpu = -(layout.size += 8);
  if (has(SampleBit.STREAM_ID)) layout.size += 8;
  if (has(SampleBit.ID)) {
    layout.size += 8;
    if (layout.id === 0) layout.id = -layout.size;
  }
  if (has(SampleBit.TIME)) layout.time = -(layout.size += 8);
  if (has(SampleBit.TID)) layout.tid = -(layout.size += 8);
  return layout;
}
