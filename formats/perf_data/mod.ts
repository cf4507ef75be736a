/**
 * Captures of `perf record`: files and streams, either byte order, compressed or not.
 *
 * {@linkcode openPerfData} reads what a file says about itself and gives its records one after another, in the order of
 * the file, which is not that of time. {@linkcode SampleDecoder} finds the parts of a sample. Putting records in order
 * and walking the stacks is not done here.
 *
 * Source: Linux `tools/perf/Documentation/perf.data-file-format.txt` and `include/uapi/linux/perf_event.h`.
 *
 * @module
 */
export { countBits, decodeAttr, type EventAttr, hasFlag } from "./attr.ts";
export {
  AttrFlag,
  ChainMarker,
  Feature,
  FIRST_USER_TYPE,
  Misc,
  ReadBit,
  RecordType,
  SampleBit,
} from "./constants.ts";
export { type ByteFeed, Chunk, ChunkPool } from "./chunks.ts";
export { EventTable, type PerfEvent } from "./events.ts";
export type { EventDescription, PerfFeatures } from "./features.ts";
export { decodeHeader, type FileSection, type PerfHeader } from "./header.ts";
export {
  openPerfData,
  openPerfStream,
  PerfData,
  type PerfDataOptions,
} from "./perf_data.ts";
export { RecordStream, type StreamDecompressor } from "./record_stream.ts";
export {
  type BuildIdRecord,
  type CommRecord,
  decodeBuildId,
  decodeComm,
  decodeLost,
  decodeMapping,
  decodeTask,
  type MappingRecord,
  type RecordBytes,
  type TaskRecord,
} from "./records.ts";
export { RegistersAbi, SampleDecoder } from "./sample.ts";
export { layOutSampleId, type SampleIdLayout } from "./sample_id.ts";
export { type ByteSource, BytesSource } from "../base/byte_source.ts";
export { FormatError, type FormatErrorCode } from "../base/error.ts";
