/**
 * Extended-errno records written field by field, independent of the encoder.
 *
 * @module
 */

/** Fields of a record by offset; what is left out is zero. */
export interface RecordParts {
  ver?: number;
  error?: number;
  cat?: number;
  line?: number;
  flags?: number;
  rsrv0?: number;
  p1?: bigint;
  p2?: bigint;
  rsrv1?: bigint[];
  msg?: string | Uint8Array;
}

/** The record whose bytes the design documents show. */
export const SAMPLE: RecordParts = {
  ver: 0x10010002,
  error: 45,
  cat: 1,
  line: 310,
  p1: 3n,
  p2: 1n,
  msg: "prot is not subset of max_prot",
};

/** Writes `struct uexterror`. */
export function buildRecord(
  parts: RecordParts,
  littleEndian = true,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(200);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, parts.ver ?? 0x10010002, littleEndian);
  view.setUint32(4, parts.error ?? 0, littleEndian);
  view.setUint32(8, parts.cat ?? 0, littleEndian);
  view.setUint32(12, parts.line ?? 0, littleEndian);
  view.setUint32(16, parts.flags ?? 0, littleEndian);
  view.setUint32(20, parts.rsrv0 ?? 0, littleEndian);
  view.setBigUint64(24, parts.p1 ?? 0n, littleEndian);
  view.setBigUint64(32, parts.p2 ?? 0n, littleEndian);
  (parts.rsrv1 ?? []).forEach((word, i) =>
    view.setBigUint64(40 + 8 * i, word, littleEndian)
  );
  const { msg = "" } = parts;
  bytes.set(typeof msg === "string" ? new TextEncoder().encode(msg) : msg, 72);
  return bytes;
}

/** Bytes out of hexadecimal digits; blanks do not count. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replace(/\s+/g, "");
  return Uint8Array.from(
    { length: digits.length / 2 },
    (_, i) => parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}
