/**
 * What came of an event, as `replay --json` prints it and as scenarios expect it.
 *
 * @module
 */
import { formatAddress } from "../../formats/base/address.ts";
import { formatRecord, makeRecord } from "../../formats/exterr/mod.ts";
import {
  Category,
  errnoName,
  type ExtendedError,
  type Kernel,
  type KernelEvent,
  RESULT_REGISTERS,
} from "../model/mod.ts";
import type { Machine } from "../mod.ts";
import { registerNames } from "./registers.ts";

/** An extended error. */
export interface ErrorOutcome {
  /** The subsystem. */
  category: string;
  /** Number of the failing site within it. */
  site: number;
  /** The message with its parameters. */
  message: string;
}

/** A frame of a walk. */
export interface FrameOutcome {
  /** Program counter. */
  pc: string;
  /** The table whose row led on from here; null if nothing did. */
  table: string | null;
}

/** What came of an event. Only what there is to tell is there. */
export interface Outcome {
  /** What a call or a function returned. */
  result?: number;
  /** Name of the error, if it failed. */
  errno?: string;
  /** What the failing site told. */
  error?: ErrorOutcome;
  /** What happened besides, in words, in order. */
  happened?: string[];
  /** Registers that changed, by thread ID. */
  registers?: Record<string, Record<string, string>>;
  /** Bytes that were read. */
  bytes?: string;
  /** Frames of a walk, innermost first. */
  frames?: FrameOutcome[];
  /** By what a deferred trace will be known. */
  cookie?: string;
  /** Why the walk ended. */
  stop?: string;
  /** Titles of the reports that a reader got. */
  reports?: string[];
  /** Reports that it lost. */
  lost?: number;
}

const CATEGORY_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(Category).map(([name, number]) => [
    number,
    name.toLowerCase().replace("_", " "),
  ]),
);

/** An extended error with its message expanded. */
export function describeError(error: ExtendedError): ErrorOutcome {
  const { errno, category, line, message, p1, p2 } = error;
  return {
    category: CATEGORY_NAMES.get(category) ?? `${category}`,
    site: line,
    message: formatRecord(makeRecord({ error: errno, message, p1, p2 })),
  };
}

/** The result of a call, with what is to tell of a failure. */
export function describeResult(kernel: Kernel, result: number): Outcome {
  if (!(result < 0 && result > -4096)) return { result };
  const outcome: Outcome = { result, errno: errnoName(-result) };
  const { failure } = kernel.globals;
  if (failure !== null) outcome.error = describeError(failure);
  return outcome;
}

/** A cookie as 64 bits. */
export function describeCookie(cookie: bigint): string {
  return `0x${cookie.toString(16)}`;
}

/** An event of the kernel in words. */
export function describeEvent(event: KernelEvent): string {
  switch (event.kind) {
    case "signal": {
      const { number, code, address } = event.signal;
      return `thread ${event.tid}: signal ${number} code ${code} address ${
        formatAddress(address)
      } ${event.fate}`;
    }
    case "exterr":
      return `thread ${event.tid}: extended error traced`;
    case "rseq": {
      const why = event.reason === "" ? "" : `: ${event.reason}`;
      return `thread ${event.tid}: critical section ${event.action} at ${
        formatAddress(event.from)
      }${why}`;
    }
    case "slice":
      return `thread ${event.tid}: time slice ${event.action}`;
    case "fixup":
      return `thread ${event.tid}: fault at ${
        formatAddress(event.from)
      } sent to ${formatAddress(event.to)}`;
    case "exit": {
      const how = event.signal === 0
        ? `code ${event.code}`
        : `signal ${event.signal}`;
      return `process ${event.pid}: ended by ${how}`;
    }
    case "unwind":
      return `thread ${event.tid}: trace ${
        describeCookie(event.cookie)
      } for tracer ${event.tracer}:${
        event.trace.frames.map(({ pc }) => ` ${formatAddress(pc)}`).join("")
      }`;
    case "report":
      return `report: ${event.title}`;
  }
}

/** Tells which registers an event has changed. */
export class RegisterWatch {
  /** What they were, by thread; kept from event to event, as a copy of thousands of threads for each would cost more. */
  private readonly known: Map<number, Float64Array> = new Map();

  /**
   * Registers that are others than at the last call, by thread and name; `undefined` if none are. New threads do not
   * count, nor does the register in which a call has returned what is its `result` anyway.
   */
  take(
    { threads, machine }: Kernel,
    result: number | undefined,
  ): Record<string, Record<string, string>> | undefined {
    const all: Record<string, Record<string, string>> = {};
    for (const [tid, { registers }] of threads) {
      const old = this.known.get(tid);
      if (old === undefined) this.known.set(tid, registers.slice());
      else if (!isSame(old, registers)) {
        const changed = changedRegisters(machine, old, registers, result);
        if (changed !== undefined) all[tid] = changed;
        old.set(registers);
      }
    }
    if (this.known.size > threads.size) {
      for (const tid of this.known.keys()) {
        if (!threads.has(tid)) this.known.delete(tid);
      }
    }
    return Object.keys(all).length === 0 ? undefined : all;
  }
}

function isSame(a: Float64Array, b: Float64Array): boolean {
  for (let i = 0; i < a.length; i++) {
    // Not by Object.is, which is slow over all registers of all threads.
    if (a[i] !== b[i] && (a[i] === a[i] || b[i] === b[i])) return false;
  }
  return true;
}

function changedRegisters(
  machine: Machine,
  old: Float64Array,
  registers: Float64Array,
  result: number | undefined,
): Record<string, string> | undefined {
  const changed: Record<string, string> = {};
  for (const [number, name] of registerNames(machine)) {
    const isResult = number === RESULT_REGISTERS[machine.name] &&
      registers[number] === result;
    if (!isResult && !Object.is(registers[number], old[number])) {
      changed[name] = formatAddress(registers[number]!);
    }
  }
  return Object.keys(changed).length === 0 ? undefined : changed;
}
