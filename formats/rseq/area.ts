/**
 * The area that a thread shares with the kernel: `struct rseq`.
 *
 * @module
 */
import { viewOf } from "../base/byte_source.ts";
import { FormatError } from "../base/error.ts";
import {
  RSEQ,
  RSEQ_CPU_ID,
  RSEQ_FEATURE_SIZE,
  RSEQ_FIELD_END,
  RSEQ_OFFSET,
} from "./constants.ts";
import { requireBytes } from "./require_bytes.ts";

/** Control of the time slice extension, `slice_ctrl`. */
export interface RseqSliceControl {
  /** `request`: 1 if the program wants to go on a little longer. */
  request: number;
  /** `granted`: 1 if the kernel let it. */
  granted: number;
  /** `__reserved`. */
  reserved: number;
}

/** A `struct rseq`. Fields behind the feature size are `undefined`. */
export interface RseqArea {
  /** `cpu_id_start`: a possible CPU number; 0 when not registered. */
  cpuIdStart: number;
  /** `cpu_id`, signed: the CPU, or a value of {@linkcode RSEQ_CPU_ID}. */
  cpuId: number;
  /** `rseq_cs`: address of the descriptor in force, 0 for none; all 64 bits, unsigned. */
  rseqCs: bigint;
  /** `flags`: bits of `RSEQ_FLAG`. */
  flags: number;
  /** `node_id`: the NUMA node. */
  nodeId: number | undefined;
  /** `mm_cid`: the concurrency id. */
  mmCid: number | undefined;
  /** `slice_ctrl`. */
  sliceControl: RseqSliceControl | undefined;
  /** The bytes behind the last field that is known here, up to the feature size. */
  tail: Uint8Array;
}

/**
 * Decodes a `struct rseq` of `featureSize` bytes.
 *
 * | offset | size | field | written by |
 * | --- | --- | --- | --- |
 * | 0 | 4 | `cpu_id_start` | kernel |
 * | 4 | 4 | `cpu_id` | kernel |
 * | 8 | 8 | `rseq_cs` | program; cleared by the kernel |
 * | 16 | 4 | `flags` | kernel, from those with `slice_ctrl` on |
 * | 20 | 4 | `node_id` | kernel, from feature size 24 on |
 * | 24 | 4 | `mm_cid` | kernel, from 28 on |
 * | 28 | 1, 1, 2 | `slice_ctrl`: `request`, `granted`, reserved | both, from 32 on |
 * | 32 | 1 | reserved | nobody, from 33 on |
 *
 * A field that ends behind the feature size is not there; whatever is left is {@linkcode RseqArea.tail}, so that
 * {@linkcode encodeRseqArea} gives the same bytes again for every size, also of kernels to come.
 *
 * Source: Linux 7.2, include/uapi/linux/rseq.h, `struct rseq`.
 *
 * @param bytes Hold the area.
 * @param offset Where it starts in them.
 * @param featureSize Bytes of it that are in use, at least 20; see `rseqLayout` and `readGlibcRseqSize`.
 * @throws {FormatError} `bad-value` (a feature size below 20), `truncated`
 */
export function decodeRseqArea(
  bytes: Uint8Array,
  offset: number,
  featureSize: number,
  littleEndian: boolean,
): RseqArea {
  if (!(featureSize >= RSEQ_FEATURE_SIZE.ORIGINAL)) {
    throw new FormatError({
      code: "bad-value",
      format: RSEQ,
      field: "feature size",
      offset,
      value: featureSize,
      expected: `a size of at least ${RSEQ_FEATURE_SIZE.ORIGINAL}`,
    });
  }
  requireBytes(bytes, offset, featureSize, "area");
  const view = viewOf(bytes);
  const u32 = (at: number): number => view.getUint32(offset + at, littleEndian);
  const has = (end: number): boolean => featureSize >= end;
  return {
    cpuIdStart: u32(RSEQ_OFFSET.CPU_ID_START),
    cpuId: view.getInt32(offset + RSEQ_OFFSET.CPU_ID, littleEndian),
    rseqCs: view.getBigUint64(offset + RSEQ_OFFSET.RSEQ_CS, littleEndian),
    flags: u32(RSEQ_OFFSET.FLAGS),
    nodeId: has(RSEQ_FIELD_END.NODE_ID) ? u32(RSEQ_OFFSET.NODE_ID) : undefined,
    mmCid: has(RSEQ_FIELD_END.MM_CID) ? u32(RSEQ_OFFSET.MM_CID) : undefined,
    sliceControl: has(RSEQ_FIELD_END.SLICE_CTRL)
      ? {
        request: view.getUint8(offset + RSEQ_OFFSET.SLICE_REQUEST),
        granted: view.getUint8(offset + RSEQ_OFFSET.SLICE_GRANTED),
        reserved: view.getUint16(
          offset + RSEQ_OFFSET.SLICE_RESERVED,
          littleEndian,
        ),
      }
      : undefined,
    tail: bytes.slice(offset + knownSize(featureSize), offset + featureSize),
  };
}

/**
 * Encodes a `struct rseq`: as many bytes as its last field needs, and its tail.
 *
 * @throws {RangeError} If a field is there and one before it is not.
 */
export function encodeRseqArea(
  area: RseqArea,
  littleEndian: boolean,
): Uint8Array<ArrayBuffer> {
  const { nodeId, mmCid, sliceControl, tail } = area;
  const known = sliceControl !== undefined
    ? RSEQ_FIELD_END.SLICE_CTRL
    : mmCid !== undefined
    ? RSEQ_FIELD_END.MM_CID
    : nodeId !== undefined
    ? RSEQ_FIELD_END.NODE_ID
    : RSEQ_FIELD_END.FLAGS;
  const isWhole = (nodeId !== undefined || known < RSEQ_FIELD_END.NODE_ID) &&
    (mmCid !== undefined || known < RSEQ_FIELD_END.MM_CID);
  if (!isWhole) {
    throw new RangeError("Cannot encode rseq area: a field is missing");
  }
  const bytes = new Uint8Array(known + tail.length);
  const view = viewOf(bytes);
  view.setUint32(RSEQ_OFFSET.CPU_ID_START, area.cpuIdStart, littleEndian);
  view.setInt32(RSEQ_OFFSET.CPU_ID, area.cpuId, littleEndian);
  view.setBigUint64(RSEQ_OFFSET.RSEQ_CS, area.rseqCs, littleEndian);
  view.setUint32(RSEQ_OFFSET.FLAGS, area.flags, littleEndian);
  if (nodeId !== undefined) {
    view.setUint32(RSEQ_OFFSET.NODE_ID, nodeId, littleEndian);
  }
  if (mmCid !== undefined) {
    view.setUint32(RSEQ_OFFSET.MM_CID, mmCid, littleEndian);
  }
  if (sliceControl !== undefined) {
    view.setUint8(RSEQ_OFFSET.SLICE_REQUEST, sliceControl.request);
    view.setUint8(RSEQ_OFFSET.SLICE_GRANTED, sliceControl.granted);
    view.setUint16(
      RSEQ_OFFSET.SLICE_RESERVED,
      sliceControl.reserved,
      littleEndian,
    );
  }
  bytes.set(tail, known);
  return bytes;
}

/** What `cpu_id` says in words: `CPU 3`, or why there is none. */
export function describeCpuId(cpuId: number): string {
  if (cpuId === RSEQ_CPU_ID.UNINITIALIZED) return "not registered";
  if (cpuId === RSEQ_CPU_ID.REGISTRATION_FAILED) return "registration failed";
  return cpuId < 0 ? `unknown state ${cpuId}` : `CPU ${cpuId}`;
}

/** Where the last field ends that a feature size has whole. */
function knownSize(featureSize: number): number {
  let known: number = RSEQ_FIELD_END.FLAGS;
  for (const end of Object.values(RSEQ_FIELD_END)) {
    if (end <= featureSize && end > known) known = end;
  }
  return known;
}
