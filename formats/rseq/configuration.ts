/**
 * What ptrace(2) tells of a thread's registration.
 *
 * @module
 */
import { viewOf } from "../base/byte_source.ts";
import { requireBytes } from "./require_bytes.ts";

/** Bytes of {@linkcode RseqConfiguration}; the request returns this number whatever it copied. */
export const RSEQ_CONFIGURATION_SIZE = 24;

/** `struct ptrace_rseq_configuration`. */
export interface RseqConfiguration {
  /** `rseq_abi_pointer`: address of the area, 0 if the thread has none; all 64 bits, unsigned. */
  abiPointer: bigint;
  /** `rseq_abi_size`: the length that was registered. */
  abiSize: number;
  /** `signature`: what has to stand in front of abort handlers. */
  signature: number;
  /** `flags`: 0. */
  flags: number;
  /** `pad`: 0. */
  pad: number;
}

/**
 * Decodes what `PTRACE_GET_RSEQ_CONFIGURATION` (0x420f, from Linux 5.13 on) copies.
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 8 | `rseq_abi_pointer` |
 * | 8 | 4 | `rseq_abi_size` |
 * | 12 | 4 | `signature` |
 * | 16 | 4 | `flags` |
 * | 20 | 4 | padding |
 *
 * Source: Linux 7.2, include/uapi/linux/ptrace.h.
 *
 * @throws {FormatError} `truncated`
 */
export function decodeRseqConfiguration(
  bytes: Uint8Array,
  offset: number,
  littleEndian: boolean,
): RseqConfiguration {
  requireBytes(
    bytes,
    offset,
    RSEQ_CONFIGURATION_SIZE,
    "ptrace_rseq_configuration",
  );
  const view = viewOf(bytes);
  return {
    abiPointer: view.getBigUint64(offset, littleEndian),
    abiSize: view.getUint32(offset + 8, littleEndian),
    signature: view.getUint32(offset + 12, littleEndian),
    flags: view.getUint32(offset + 16, littleEndian),
    pad: view.getUint32(offset + 20, littleEndian),
  };
}

/** Encodes a configuration: 24 bytes. */
export function encodeRseqConfiguration(
  configuration: RseqConfiguration,
  littleEndian: boolean,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(RSEQ_CONFIGURATION_SIZE);
  const view = viewOf(bytes);
  view.setBigUint64(0, configuration.abiPointer, littleEndian);
  view.setUint32(8, configuration.abiSize, littleEndian);
  view.setUint32(12, configuration.signature, littleEndian);
  view.setUint32(16, configuration.flags, littleEndian);
  view.setUint32(20, configuration.pad, littleEndian);
  return bytes;
}
