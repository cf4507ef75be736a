/**
 * How the payloads of ktrace records are laid out.
 *
 * Source: FreeBSD 15, sys/sys/ktrace.h.
 *
 * @module
 */
import { KTR } from "./constants.ts";
import type { Fields } from "./fields.ts";
import type { KtracePayload } from "./payload_types.ts";

/** How a kind of payload is laid out: fields, and what stands behind them. */
export interface Shape {
  /** The kind. */
  kind: KtracePayload["kind"];
  /** What it begins with. */
  fields: Fields;
  /** What stands behind the fields, up to the end. */
  rest?: "bytes" | "data" | "args" | "named" | "record";
}

/** Shapes by type; where a type has several, their sizes tell them apart. */
export const SHAPES: Readonly<Record<number, readonly Shape[]>> = {
  [KTR.SYSCALL]: [{
    kind: "SYSCALL",
    fields: [["code", "i16"], ["argCount", "i16"], ["padding", "align"]],
    rest: "args",
  }],
  [KTR.SYSRET]: [{
    kind: "SYSRET",
    fields: [
      ["code", "i16"],
      ["eosys", "i16"],
      ["error", "i32"],
      ["retval", "sword"],
    ],
  }],
  [KTR.NAMEI]: [{ kind: "NAMEI", fields: [], rest: "bytes" }],
  [KTR.GENIO]: [{
    kind: "GENIO",
    fields: [["fd", "i32"], ["direction", "i32"]],
    rest: "data",
  }],
  [KTR.PSIG]: [{
    kind: "PSIG",
    fields: [
      ["signal", "i32"],
      ["padding", "align"],
      ["handler", "word"],
      ["code", "i32"],
      ["mask", "u32"],
      ["mask2", "u32"],
      ["mask3", "u32"],
      ["mask4", "u32"],
      ["tail", "align"],
    ],
  }],
  [KTR.CSW]: [
    { kind: "CSW", fields: [["out", "i32"], ["user", "i32"]] },
    {
      kind: "CSW",
      fields: [["out", "i32"], ["user", "i32"], ["waitMessage", 8]],
    },
  ],
  [KTR.USER]: [{ kind: "USER", fields: [], rest: "bytes" }],
  [KTR.STRUCT]: [{ kind: "STRUCT", fields: [], rest: "named" }],
  [KTR.SYSCTL]: [{ kind: "SYSCTL", fields: [], rest: "bytes" }],
  [KTR.PROCCTOR]: [{ kind: "PROCCTOR", fields: [["flags", "u32"]] }],
  [KTR.PROCDTOR]: [{ kind: "PROCDTOR", fields: [], rest: "bytes" }],
  [KTR.CAPFAIL]: [
    {
      kind: "CAPFAIL_OLD",
      fields: [
        ["failure", "i32"],
        ["padding", "u32"],
        ["needed", 16],
        ["held", 16],
      ],
    },
    {
      kind: "CAPFAIL",
      fields: [
        ["failure", "i32"],
        ["code", "i16"],
        ["padding", "u16"],
        ["flags", "u32"],
        ["padding2", "align"],
        ["data", 1024],
      ],
    },
  ],
  [KTR.FAULT]: [{
    kind: "FAULT",
    fields: [["address", "word"], ["access", "i32"], ["padding", "align"]],
  }],
  [KTR.FAULTEND]: [{ kind: "FAULTEND", fields: [["result", "i32"]] }],
  [KTR.STRUCT_ARRAY]: [{
    kind: "STRUCT_ARRAY",
    fields: [["elementSize", "word"]],
    rest: "named",
  }],
  [KTR.ARGS]: [{ kind: "ARGS", fields: [], rest: "bytes" }],
  [KTR.ENVS]: [{ kind: "ENVS", fields: [], rest: "bytes" }],
  [KTR.EXTERR]: [{ kind: "EXTERR", fields: [], rest: "record" }],
};

/** The shape of a type that is not known. */
export const UNKNOWN: readonly Shape[] = [{
  kind: "UNKNOWN",
  fields: [],
  rest: "bytes",
}];
