/**
 * Payloads of ktrace records.
 *
 * @module
 */
import { FormatError } from "../base/error.ts";
import { decodeRecord, encodeRecord, RECORD_SIZE } from "../exterr/mod.ts";
import { KTR, KTRACE, typeName } from "./constants.ts";
import {
  type Fields,
  fieldsSize,
  type FieldValues,
  readFields,
  writeFields,
} from "./fields.ts";
import type { KtraceLayout } from "./header.ts";
import { type Shape, SHAPES, UNKNOWN } from "./payload_shapes.ts";
import type { KtracePayload } from "./payload_types.ts";

/**
 * Decodes the payload of a record.
 *
 * | type | payload on 64-bit machines |
 * | --- | --- |
 * | 1 SYSCALL | i16 code, i16 count, 4 padding, count x u64 |
 * | 2 SYSRET | i16 code, i16, i32 errno, i64 value |
 * | 3 NAMEI | path without NUL |
 * | 4 GENIO | i32 fd, i32 0 read 1 written, data |
 * | 5 PSIG | i32 signal, 4 padding, u64 handler, i32 code, 16 bytes mask, 4 padding |
 * | 6 CSW | i32 out, i32 user, and 8 bytes of wait message in newer files |
 * | 7 USER | bytes |
 * | 8 STRUCT | name, NUL, structure |
 * | 9 SYSCTL | name, NUL |
 * | 10 PROCCTOR | u32 flags |
 * | 11 PROCDTOR | nothing |
 * | 12 CAPFAIL | old, 40 bytes: i32 type, 4 padding, 16 needed, 16 held; 1040 bytes: i32 type, i16 code, 2 padding, u32 flags, 4 padding, 1024 by type |
 * | 13 FAULT | u64 address, i32 access, 4 padding |
 * | 14 FAULTEND | i32 result |
 * | 15 STRUCT_ARRAY | u64 element size, name, NUL, elements |
 * | 16 ARGS, 17 ENVS | strings, each with a NUL behind it |
 * | 18 EXTERR | `struct uexterror` |
 *
 * Where a `long` has 4 bytes, so have the 64-bit values, and the padding is missing.
 *
 * Source: FreeBSD 15, sys/sys/ktrace.h.
 *
 * @param offset Where the payload starts in the file, for errors.
 * @throws {FormatError} `truncated`, or `bad-value` for a payload that has another size than its structure
 */
export function decodePayload(
  type: number,
  payload: Uint8Array,
  layout: KtraceLayout,
  offset = 0,
): KtracePayload {
  const shape = pickShape(type, payload.length, layout, offset);
  const name = `${typeName(type)} payload`;
  const values = readFields(name, shape.fields, payload, layout, offset);
  const at = fieldsSize(shape.fields, layout);
  const rest = readRest(shape, values, payload.subarray(at), layout, offset);
  // The table above and the types say the same; the tests hold the two together.
  return { kind: shape.kind, ...values, ...rest } as unknown as KtracePayload;
}

function pickShape(
  type: number,
  size: number,
  layout: KtraceLayout,
  offset: number,
): Shape {
  const shapes = SHAPES[type] ?? UNKNOWN;
  const sizes: string[] = [];
  for (const shape of shapes) {
    const fixed = fieldsSize(shape.fields, layout) +
      (shape.rest === "record" ? RECORD_SIZE : 0);
    const isOpen = shape.rest !== undefined && shape.rest !== "record";
    if (isOpen ? size >= fixed : size === fixed) return shape;
    sizes.push(isOpen ? `at least ${fixed}` : `${fixed}`);
  }
  throw payloadError(
    type,
    "ktr_len",
    offset,
    size,
    `${sizes.join(" or ")} bytes`,
  );
}

function readRest(
  { kind, rest }: Shape,
  values: FieldValues,
  bytes: Uint8Array,
  layout: KtraceLayout,
  offset: number,
): object {
  switch (rest) {
    case "bytes":
      return { bytes };
    case "data":
      return { data: bytes };
    case "record":
      return { record: decodeRecord(bytes, 0, layout.littleEndian, offset) };
    case "args":
      return { args: readArgs(values, bytes, layout, offset) };
    case "named": {
      const end = bytes.indexOf(0);
      if (end < 0) {
        throw payloadError(
          KTR[kind as "STRUCT"],
          "name",
          offset,
          undefined,
          "a name that ends in a NUL",
        );
      }
      const name = latin1(bytes.subarray(0, end));
      return { name, data: bytes.subarray(end + 1) };
    }
    default:
      return {};
  }
}

/** One character a byte, so that a name of any bytes encodes to the same. */
function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function readArgs(
  values: FieldValues,
  bytes: Uint8Array,
  layout: KtraceLayout,
  offset: number,
): bigint[] {
  const count = values.argCount as number;
  if (count < 0 || bytes.length !== count * layout.wordSize) {
    const expected = `as many as fill ${bytes.length} bytes`;
    throw payloadError(KTR.SYSCALL, "ktr_narg", offset, count, expected);
  }
  const args: bigint[] = [];
  for (let at = 0; at < bytes.length; at += layout.wordSize) {
    const word: Fields = [["value", "word"]];
    const { value } = readFields("arg", word, bytes.subarray(at), layout, at);
    args.push(value as bigint);
  }
  delete values.argCount;
  return args;
}

function payloadError(
  type: number,
  field: string,
  offset: number,
  value: number | undefined,
  expected: string,
): FormatError {
  return new FormatError({
    code: "bad-value",
    format: KTRACE,
    field: `${typeName(type)} ${field}`,
    offset,
    value,
    expected,
  });
}

/** Encodes a payload: to the bytes that it was decoded from. */
export function encodePayload(
  payload: KtracePayload,
  layout: KtraceLayout,
): Uint8Array {
  const shape = shapeOf(payload);
  const rest = encodeRest(payload, layout);
  const at = fieldsSize(shape.fields, layout);
  const bytes = new Uint8Array(at + rest.length);
  const values = payload as unknown as FieldValues;
  const argCount = payload.kind === "SYSCALL" ? payload.args.length : 0;
  writeFields(shape.fields, { ...values, argCount }, bytes, layout);
  bytes.set(rest, at);
  return bytes;
}

function shapeOf(payload: KtracePayload): Shape {
  const shapes = [...Object.values(SHAPES).flat(), ...UNKNOWN]
    .filter(({ kind }) => kind === payload.kind);
  return payload.kind === "CSW" && payload.waitMessage !== undefined
    ? shapes[1]!
    : shapes[0]!;
}

function encodeRest(
  payload: KtracePayload,
  layout: KtraceLayout,
): Uint8Array {
  switch (payload.kind) {
    case "SYSCALL":
      return encodeArgs(payload.args, layout);
    case "GENIO":
      return payload.data;
    case "STRUCT":
    case "STRUCT_ARRAY":
      return encodeNamed(payload.name, payload.data);
    case "EXTERR":
      return encodeRecord(payload.record, layout.littleEndian);
    default:
      return "bytes" in payload ? payload.bytes : NO_BYTES;
  }
}

function encodeNamed(name: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(name.length + 1 + data.length);
  for (let i = 0; i < name.length; i++) bytes[i] = name.charCodeAt(i);
  bytes.set(data, name.length + 1);
  return bytes;
}

const NO_BYTES = new Uint8Array(0);

function encodeArgs(args: readonly bigint[], layout: KtraceLayout): Uint8Array {
  const bytes = new Uint8Array(args.length * layout.wordSize);
  args.forEach((value, index) => {
    const at = index * layout.wordSize;
    writeFields([["value", "word"]], { value }, bytes.subarray(at), layout);
  });
  return bytes;
}

/** The strings of `ARGS` and `ENVS`; the last one may lack its NUL. */
export function payloadStrings(bytes: Uint8Array): string[] {
  const strings: string[] = [];
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0, at);
    const to = end < 0 ? bytes.length : end;
    strings.push(decoder.decode(bytes.subarray(at, to)));
    at = to + 1;
  }
  return strings;
}
