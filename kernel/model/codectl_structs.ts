/**
 * Arguments of codectl, read as Linux reads structs that grow: the size that the caller states is the version it knows.
 *
 * @module
 */
import { Struct } from "../../formats/base/struct.ts";
import { type Refusal, refuse, SITES } from "./codectl_sites.ts";
import { PAGE_SIZE, type UserMemory } from "./user_memory.ts";

/** Options of codectl. */
export const CodeOption = {
  UNREGISTER: 0,
  SFRAME: 1,
  SFRAME_FILE: 2,
  SIDECAR: 3,
  IDENTITY: 4,
  JIT: 5,
} as const;

const FORMAT = "codectl";

const UNREGISTER_FIELDS = [
  ["sframeStart", "i64"],
  ["sframeSize", "i64"],
  ["textStart", "i64"],
  ["textSize", "i64"],
  ["aspects", "i64"],
] as const;

/** `struct code_unregister`: by section (`sframeStart` alone), or by text range and bits `1 << option`, 0 for all. */
export const UNREGISTER: Struct<typeof UNREGISTER_FIELDS> = new Struct(
  FORMAT,
  "code_unregister",
  UNREGISTER_FIELDS,
);

const SFRAME_FIELDS = [
  ["sframeStart", "i64"],
  ["sframeSize", "i64"],
  ["textStart", "i64"],
  ["textSize", "i64"],
] as const;

/** `struct code_sframe`. */
export const SFRAME: Struct<typeof SFRAME_FIELDS> = new Struct(
  FORMAT,
  "code_sframe",
  SFRAME_FIELDS,
);

const SFRAME_FILE_FIELDS = [
  ["textStart", "i64"],
  ["textSize", "i64"],
  ["sectionAddress", "i64"],
  ["fileOffset", "i64"],
  ["size", "i64"],
  ["path", "i64"],
  ["descriptor", "u32"],
  ["reserved", "u32"],
  ["hint", "i64"],
] as const;

/** `struct code_sframe_file`; `hint` is where the caller would like it mapped, which this kernel never does. */
export const SFRAME_FILE: Struct<typeof SFRAME_FILE_FIELDS> = new Struct(
  FORMAT,
  "code_sframe_file",
  SFRAME_FILE_FIELDS,
);

const SIDECAR_FIELDS = [
  ["textStart", "i64"],
  ["textSize", "i64"],
  ["loadBias", "i64"],
  ["path", "i64"],
  ["descriptor", "u32"],
  ["reserved", "u32"],
] as const;

/** `struct code_sidecar`. */
export const SIDECAR: Struct<typeof SIDECAR_FIELDS> = new Struct(
  FORMAT,
  "code_sidecar",
  SIDECAR_FIELDS,
);

const IDENTITY_FIELDS = [
  ["textStart", "i64"],
  ["textSize", "i64"],
  ["buildId", "i64"],
  ["debugLink", "i64"],
  ["buildIdSize", "u32"],
  ["debugLinkCrc", "u32"],
] as const;

/** `struct code_identity`. */
export const IDENTITY: Struct<typeof IDENTITY_FIELDS> = new Struct(
  FORMAT,
  "code_identity",
  IDENTITY_FIELDS,
);

const JIT_FIELDS = [
  ["textStart", "i64"],
  ["textSize", "i64"],
  ["head", "i64"],
] as const;

/** `struct code_jit`. */
export const JIT: Struct<typeof JIT_FIELDS> = new Struct(
  FORMAT,
  "code_jit",
  JIT_FIELDS,
);

/** Sizes of an option's struct. */
export interface InfoSizes {
  /** Bytes of the first version. */
  first: number;
  /** Bytes that this kernel knows. */
  known: number;
}

/** The structs' sizes, by option: those of the first version, and those that are known. */
export const INFO_SIZES: Readonly<Record<number, InfoSizes>> = {
  [CodeOption.UNREGISTER]: { first: 32, known: UNREGISTER.size },
  [CodeOption.SFRAME]: { first: 32, known: SFRAME.size },
  [CodeOption.SFRAME_FILE]: { first: 56, known: SFRAME_FILE.size },
  [CodeOption.SIDECAR]: { first: 40, known: SIDECAR.size },
  [CodeOption.IDENTITY]: { first: 40, known: IDENTITY.size },
  [CodeOption.JIT]: { first: 24, known: JIT.size },
};

/**
 * Copies an extensible struct in: what the caller leaves out is zero, what it knows beyond this kernel must be.
 *
 * @returns As many bytes as this kernel knows.
 */
export function copyInfo(
  memory: UserMemory,
  address: number,
  size: number,
  { first, known }: InfoSizes,
): Uint8Array | Refusal {
  if (!(size >= first)) return refuse(SITES.small, size, first);
  if (size > PAGE_SIZE) return refuse(SITES.large, size);
  const bytes = memory.copyIn(address, size);
  if (bytes === undefined) return refuse(SITES.info, size, address);
  const extra = bytes.findIndex((byte, i) => i >= known && byte !== 0);
  if (extra >= 0) return refuse(SITES.tail, extra);
  const info = new Uint8Array(known);
  info.set(bytes.subarray(0, known));
  return info;
}
