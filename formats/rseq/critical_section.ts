/**
 * A critical section's descriptor: `struct rseq_cs`.
 *
 * @module
 */
import { viewOf } from "../base/byte_source.ts";
import { RSEQ_CS_OFFSET, RSEQ_CS_SIZE } from "./constants.ts";
import { requireBytes } from "./require_bytes.ts";

/** A `struct rseq_cs`. Addresses are all 64 bits, unsigned: what a program stores may be anything. */
export interface RseqCs {
  /** `version`: 0. */
  version: number;
  /** `flags`: 0. */
  flags: number;
  /** `start_ip`: address of the first instruction. */
  startIp: bigint;
  /** `post_commit_offset`: bytes from there to behind the committing instruction. */
  postCommitOffset: bigint;
  /** `abort_ip`: address of the abort handler. */
  abortIp: bigint;
}

/**
 * Decodes a `struct rseq_cs`.
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 4 | `version`, 0 |
 * | 4 | 4 | `flags`, 0 |
 * | 8 | 8 | `start_ip` |
 * | 16 | 8 | `post_commit_offset`, bytes |
 * | 24 | 8 | `abort_ip` |
 *
 * Source: Linux 7.2, include/uapi/linux/rseq.h, `struct rseq_cs`.
 *
 * @throws {FormatError} `truncated`
 */
export function decodeRseqCs(
  bytes: Uint8Array,
  offset: number,
  littleEndian: boolean,
): RseqCs {
  requireBytes(bytes, offset, RSEQ_CS_SIZE, "struct rseq_cs");
  const view = viewOf(bytes);
  const u32 = (at: number): number => view.getUint32(offset + at, littleEndian);
  const u64 = (at: number): bigint =>
    view.getBigUint64(offset + at, littleEndian);
  return {
    version: u32(RSEQ_CS_OFFSET.VERSION),
    flags: u32(RSEQ_CS_OFFSET.FLAGS),
    startIp: u64(RSEQ_CS_OFFSET.START_IP),
    postCommitOffset: u64(RSEQ_CS_OFFSET.POST_COMMIT_OFFSET),
    abortIp: u64(RSEQ_CS_OFFSET.ABORT_IP),
  };
}

/** Encodes a `struct rseq_cs`: 32 bytes. */
export function encodeRseqCs(
  section: RseqCs,
  littleEndian: boolean,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(RSEQ_CS_SIZE);
  const view = viewOf(bytes);
  view.setUint32(RSEQ_CS_OFFSET.VERSION, section.version, littleEndian);
  view.setUint32(RSEQ_CS_OFFSET.FLAGS, section.flags, littleEndian);
  view.setBigUint64(RSEQ_CS_OFFSET.START_IP, section.startIp, littleEndian);
  view.setBigUint64(
    RSEQ_CS_OFFSET.POST_COMMIT_OFFSET,
    section.postCommitOffset,
    littleEndian,
  );
  view.setBigUint64(RSEQ_CS_OFFSET.ABORT_IP, section.abortIp, littleEndian);
  return bytes;
}

/** Whether `ip` is in the section: `start_ip` <= ip < `start_ip` + `post_commit_offset`, by the kernel's unsigned test. */
export function isInsideRseqCs(section: RseqCs, ip: bigint): boolean {
  return BigInt.asUintN(64, ip - section.startIp) < section.postCommitOffset;
}
