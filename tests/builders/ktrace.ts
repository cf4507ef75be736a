/**
 * ktrace files written byte by byte, independent of the encoder.
 *
 * @module
 */
import { buildRecord, type RecordParts } from "./exterr.ts";

/** The machine and header version that a trace is built for. */
export interface TraceMachine {
  littleEndian: boolean;
  wordSize: 4 | 8;
  versioned: boolean;
}

/** A 64-bit little-endian machine with today's headers. */
export const AMD64: TraceMachine = {
  littleEndian: true,
  wordSize: 8,
  versioned: true,
};

/** All machines and header versions. */
export const MACHINES: TraceMachine[] = [8, 4].flatMap((wordSize) =>
  [true, false].flatMap((littleEndian) =>
    [true, false].map((versioned) => ({
      littleEndian,
      wordSize: wordSize as 4 | 8,
      versioned,
    }))
  )
);

/** What is said of a record beside its payload. */
export interface HeaderParts {
  pid?: number;
  tid?: number;
  comm?: string;
  seconds?: number;
  fraction?: number;
  cpu?: number;
  drop?: boolean;
  /** Stated in place of the payload's length. */
  length?: number;
}

/** Values that follow each other: i16, i32, i64 by `h`, `i`, `q`; `l` is a long, `p` its padding; bytes as they are. */
export function pack(
  format: string,
  values: (number | bigint | Uint8Array | string)[],
  { littleEndian, wordSize }: TraceMachine,
): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  const put = (value: number | bigint, size: number) => {
    const part: number[] = [];
    let rest = BigInt.asUintN(8 * size, BigInt(value));
    for (let i = 0; i < size; i++, rest >>= 8n) part.push(Number(rest & 255n));
    bytes.push(...(littleEndian ? part : part.reverse()));
  };
  let next = 0;
  for (const letter of format) {
    if (letter === "p") {
      if (wordSize === 8) bytes.push(0, 0, 0, 0);
      continue;
    }
    const value = values[next++]!;
    if (typeof value === "string") {
      bytes.push(...new TextEncoder().encode(value));
    } else if (typeof value === "object") bytes.push(...value);
    else put(value, { h: 2, i: 4, q: 8, l: wordSize }[letter]!);
  }
  return new Uint8Array(bytes);
}

/** A record: header and payload. */
export function traceRecord(
  type: number,
  payload: Uint8Array,
  parts: HeaderParts = {},
  machine: TraceMachine = AMD64,
): Uint8Array<ArrayBuffer> {
  const comm = new Uint8Array(20);
  comm.set(new TextEncoder().encode(parts.comm ?? "demo"));
  const flags = (parts.drop ? 0x8000 : 0) | (machine.versioned ? 0x4000 : 0);
  return pack(
    machine.versioned ? "ihhislllips" : "ihhisllls",
    [
      parts.length ?? payload.length,
      type | flags,
      machine.versioned ? 1 : 0,
      parts.pid ?? 812,
      comm,
      parts.seconds ?? 1748000000,
      parts.fraction ?? 123456,
      parts.tid ?? 100321,
      ...(machine.versioned ? [parts.cpu ?? 2] : []),
      payload,
    ],
    machine,
  );
}

/** Payloads of every type, by name. */
export function samplePayloads(
  machine: TraceMachine = AMD64,
  record: RecordParts = {},
): [type: number, payload: Uint8Array][] {
  const make = (
    format: string,
    ...values: (number | bigint | Uint8Array | string)[]
  ) => pack(format, values, machine);
  return [
    [1, make("hhplll", 477, 3, 0, 0x2000, -1)],
    [2, make("hhil", 477, 0, 45, -1)],
    [3, make("s", "/etc/passwd")],
    [4, make("iis", 3, 0, "data\n")],
    [5, make("iplisp", 11, 0x401000, 2, new Uint8Array(16).fill(0x11))],
    [6, make("ii", 1, 0)],
    [6, make("iis", 0, 1, new TextEncoder().encode("nanslp\0\0"))],
    [7, make("s", "RTLD....")],
    [8, make("ss", "stat\0", new Uint8Array(16).fill(7))],
    [9, make("s", "kern.osrelease\0")],
    [10, make("i", 0x1000)],
    [11, new Uint8Array(0)],
    [
      12,
      make(
        "iiss",
        0,
        0,
        new Uint8Array(16).fill(1),
        new Uint8Array(16).fill(2),
      ),
    ],
    [12, make("ihhips", 6, 5, 0, 9, new Uint8Array(1024).fill(3))],
    [13, make("lip", 0x7000, 2)],
    [14, make("i", 0)],
    [15, make("lss", 8, "kevent\0", new Uint8Array(16).fill(4))],
    [16, make("s", "ls\0-l\0")],
    [17, make("s", "HOME=/root\0TERM=xterm\0")],
    [
      18,
      buildRecord({
        ver: 0,
        error: 45,
        cat: 1,
        line: 310,
        p1: 3n,
        p2: 1n,
        msg: "prot %#jx is not subset",
        ...record,
      }, machine.littleEndian),
    ],
    [40, make("s", "of another system")],
  ];
}

/** A trace with a record of every type. */
export function sampleTrace(
  machine: TraceMachine = AMD64,
): Uint8Array<ArrayBuffer> {
  return concat(
    samplePayloads(machine).map(([type, payload]) =>
      traceRecord(type, payload, {}, machine)
    ),
  );
}

/** Bytes after each other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
