/**
 * Records as text, in the line shapes of FreeBSD's kdump.
 *
 * @module
 */
import { FormatError } from "../base/error.ts";
import { readString } from "../base/string_table.ts";
import { describeErrno, formatRecord } from "../exterr/mod.ts";
import { KTR, typeName } from "./constants.ts";
import { dataLines } from "./data_text.ts";
import { type KtraceLayout, nanosecondsOf, threadOf } from "./header.ts";
import { decodePayload, payloadStrings } from "./payload.ts";
import type {
  CswPayload,
  KtracePayload,
  PsigPayload,
  SysretPayload,
} from "./payload_types.ts";
import { signalName } from "./signals.ts";
import type { KtraceRecord } from "./stream.ts";
import { syscallName } from "./syscalls.ts";

/** Columns that kdump shows only when asked to. */
export interface KdumpOptions {
  /** The thread's ID. */
  thread?: boolean;
  /** Seconds since 1970. */
  time?: boolean;
  /** The processor. */
  cpu?: boolean;
  /** Whether the process runs a program of another system: its calls have numbers in place of names. */
  isForeign?: boolean;
}

const TAGS: Readonly<Record<number, string>> = {
  [KTR.SYSCALL]: "CALL",
  [KTR.SYSRET]: "RET ",
  [KTR.NAMEI]: "NAMI",
  [KTR.GENIO]: "GIO ",
  [KTR.PSIG]: "PSIG",
  [KTR.CSW]: "CSW ",
  [KTR.USER]: "USER",
  [KTR.STRUCT]: "STRU",
  [KTR.SYSCTL]: "SCTL",
  [KTR.PROCCTOR]: "CTOR",
  [KTR.PROCDTOR]: "DTOR",
  [KTR.CAPFAIL]: "CAP ",
  [KTR.FAULT]: "PFLT",
  [KTR.FAULTEND]: "PRET",
  [KTR.STRUCT_ARRAY]: "STRU",
  [KTR.ARGS]: "ARGS",
  [KTR.ENVS]: "ENVS",
  [KTR.EXTERR]: "EERR",
};

const CAPABILITY_FAILURES =
  "NOTCAPABLE INCREASE SYSCALL SIGNAL PROTO SOCKADDR NAMEI CPUSET".split(" ");
const OLD_CAPABILITY_FAILURES = "NOTCAPABLE INCREASE SYSCALL LOOKUP".split(" ");
const ACCESS_BITS: readonly [bit: number, name: string][] = [
  [1, "VM_PROT_READ"],
  [2, "VM_PROT_WRITE"],
  [4, "VM_PROT_EXECUTE"],
];

/**
 * Lines for a record, each ending in a newline: process, thread if asked for, command, time and processor if asked for,
 * tag, two spaces, body. Before a record behind lost ones stands `Events dropped.`; a payload that makes no sense is
 * shown as bytes. The widths are kdump's as far as they are known; start and end of a process, which kdump leaves out,
 * have the tags CTOR and DTOR.
 *
 * The text holds what the traced program chose: it may hold control characters.
 */
export function kdumpText(
  record: KtraceRecord,
  layout: KtraceLayout,
  options: KdumpOptions = {},
): string {
  const lost = record.isAfterLoss ? "Events dropped.\n" : "";
  const tag = TAGS[record.type] ?? typeName(record.type);
  const name = options.isForeign ? numberOnly : syscallName;
  const [body, ...more] = bodyLines(record, layout, name);
  const lines = [`${prefix(record, options)}${tag}  ${body ?? ""}`, ...more];
  return lost + lines.map((line) => `${line}\n`).join("");
}

function prefix(record: KtraceRecord, options: KdumpOptions): string {
  const comm = readString(record.comm, 0);
  const parts = [`${record.pid}`.padStart(6)];
  if (options.thread) parts.push(`${threadOf(record)}`.padStart(6));
  parts.push(comm.padEnd(8));
  if (options.time) {
    const digits = record.isVersioned ? 9 : 6;
    const fraction = `${nanosecondsOf(record)}`.padStart(9, "0");
    parts.push(`${record.seconds}.${fraction.slice(0, digits)}`);
  }
  if (options.cpu) parts.push(`${record.cpu}`.padStart(3));
  return `${parts.join(" ")} `;
}

/** Names a system call. */
type NameCall = (code: number) => string;

function numberOnly(code: number): string {
  return `[${code}]`;
}

function bodyLines(
  record: KtraceRecord,
  layout: KtraceLayout,
  nameCall: NameCall,
): string[] {
  const { type, payload, offset } = record;
  try {
    const decoded = decodePayload(type, payload, layout, offset);
    return describePayload(decoded, record.payloadSize, nameCall);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return [`${payload.length} bytes`, ...dataLines(payload)];
  }
}

/** The body of a record, and lines below it. A switch over all kinds: long, but each case is one line or two. */
function describePayload(
  payload: KtracePayload,
  payloadSize: number,
  nameCall: NameCall,
): string[] {
  switch (payload.kind) {
    case "SYSCALL": {
      const { code, args } = payload;
      const list = args.length === 0 ? "" : `(${args.map(hex).join(",")})`;
      return [`${nameCall(code)}${list}`];
    }
    case "SYSRET":
      return [describeReturn(payload, nameCall)];
    case "NAMEI":
      return [quote(payload.bytes)];
    case "SYSCTL":
      return [quote(withoutNul(payload.bytes))];
    case "GENIO": {
      // What was left out of a large payload was read or written all the same.
      const size = payloadSize - 8;
      const verb = payload.direction === 0 ? "read" : "wrote";
      const bytes = size === 1 ? "byte" : "bytes";
      const head = `fd ${payload.fd} ${verb} ${size} ${bytes}`;
      return [head, ...dataLines(payload.data)];
    }
    case "PSIG":
      return [describeSignalRecord(payload)];
    case "CSW":
      return [describeSwitch(payload)];
    case "USER":
      return [`${payload.bytes.length} ${hexBytes(payload.bytes)}`.trimEnd()];
    case "STRUCT":
      return [`struct ${payload.name}`, ...dataLines(payload.data)];
    case "STRUCT_ARRAY": {
      const { name, elementSize, data } = payload;
      return [`struct ${name}[] of ${elementSize} bytes`, ...dataLines(data)];
    }
    case "PROCCTOR":
      return [`flags=0x${payload.flags.toString(16)}`];
    case "PROCDTOR":
      return [""];
    case "CAPFAIL_OLD": {
      const name = OLD_CAPABILITY_FAILURES[payload.failure];
      const needed = hexBytes(payload.needed);
      const held = hexBytes(payload.held);
      return [`${name ?? payload.failure} needed ${needed} held ${held}`];
    }
    case "CAPFAIL": {
      const name = CAPABILITY_FAILURES[payload.failure] ?? payload.failure;
      const isPath = name === "NAMEI";
      const detail = isPath ? ` ${quote(withoutNul(payload.data))}` : "";
      return [`${nameCall(payload.code)}: ${name}${detail}`];
    }
    case "FAULT":
      return [`${hex(payload.address)} ${accessName(payload.access)}`];
    case "FAULTEND":
      return [
        payload.result === 0 ? "KERN_SUCCESS" : `result ${payload.result}`,
      ];
    case "ARGS":
    case "ENVS": {
      const strings = payloadStrings(payload.bytes);
      return [`[ ${strings.map((text) => `"${text}"`).join(", ")} ]`];
    }
    case "EXTERR": {
      const { error, category, sourceLine, p1, p2, message } = payload.record;
      const text = message[0] === 0
        ? ""
        : ` ${formatRecord(payload.record, { stale: true })}`;
      return [
        `{ errno ${error | 0} category ${category} (src line ${sourceLine}) ` +
        `p1 ${hex(p1)} p2 ${hex(p2)}${text} }`,
      ];
    }
    case "UNKNOWN":
      return [`${payload.bytes.length} bytes`, ...dataLines(payload.bytes)];
  }
}

function describeReturn(
  { code, error, retval }: SysretPayload,
  nameCall: NameCall,
): string {
  const name = nameCall(code);
  if (error === 0) {
    const isSmall = retval >= 0n && retval <= 9n;
    return `${name} ${retval}${isSmall ? "" : `/${hex(retval)}`}`;
  }
  if (error === -1) return `${name} RESTART`;
  if (error === -2) return `${name} JUSTRETURN`;
  return `${name} -1 errno ${error} ${describeErrno(error).text}`;
}

function describeSignalRecord(payload: PsigPayload): string {
  const { signal, handler, mask, code } = payload;
  const action = handler === 0n
    ? "SIG_DFL"
    : handler === 1n
    ? "SIG_IGN"
    : `caught handler=${hex(handler)} mask=0x${mask.toString(16)}`;
  return `${signalName(signal)} ${action} code=${code}`;
}

function describeSwitch({ out, user, waitMessage }: CswPayload): string {
  const what = out !== 0 ? "stop" : "resume";
  const where = user !== 0 ? "user" : "kernel";
  return waitMessage === undefined
    ? `${what} ${where}`
    : `${what} ${where} ${quote(withoutNul(waitMessage))}`;
}

/** As printf's `%#jx`: zero is a bare 0. */
function hex(value: bigint): string {
  const bits = BigInt.asUintN(64, value);
  return bits === 0n ? "0" : `0x${bits.toString(16)}`;
}

function accessName(access: number): string {
  const names = ACCESS_BITS.filter(([bit]) => (access & bit) !== 0);
  return names.map(([, name]) => name).join("|") || `${access}`;
}

function withoutNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

function quote(bytes: Uint8Array): string {
  return `"${new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)}"`;
}

function hexBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
    .join(" ");
}
