/**
 * What is found of a process's rseq areas.
 *
 * @module
 */
import type {
  RseqArea,
  RseqConfiguration,
  RseqCs,
  RseqLayout,
  RseqMode,
  RseqProblem,
  RseqResolution,
} from "../../formats/rseq/mod.ts";
import type { RseqRuntime } from "./runtime.ts";

/** What the caller may know better. */
export interface RseqAreaOptions {
  /** From the thread pointer to the area, bytes; default `__rseq_offset`. */
  offset?: number | undefined;
  /** Feature size of the area; default by `__rseq_size`, with `offset` what the kernel announces. */
  size?: number | undefined;
  /** The signature that was registered; default the machine's usual one. */
  signature?: number | undefined;
  /** What the kernel says of each thread by id, where the process is alive: then nothing else is asked. */
  registrations?: ReadonlyMap<number, RseqConfiguration> | undefined;
  /** Whose rules to judge critical sections by; default `lenient`. */
  mode?: RseqMode | undefined;
}

/** An address and what is there. */
export interface RseqPlace {
  /** The address in the process. */
  address: bigint;
  /** Path of the module; `undefined` outside all. */
  module: string | undefined;
  /** Name of the function; `undefined` where there is none. */
  symbol: string | undefined;
  /** Bytes from the function's start. */
  symbolOffset: number;
}

/** The critical section that an area names. */
export interface RseqActiveSection {
  /** Address of the descriptor. */
  address: bigint;
  /** The descriptor; `undefined` if it is not in the core. */
  descriptor: RseqCs | undefined;
  /** First instruction. */
  start: RseqPlace | undefined;
  /** Behind the committing instruction. */
  end: RseqPlace | undefined;
  /** The abort handler. */
  abort: RseqPlace | undefined;
  /** Where the thread stands. */
  pc: RseqPlace;
  /** Whether that is inside. */
  isInside: boolean;
  /** Rules that the descriptor breaks. */
  problems: RseqProblem[];
  /** What the kernel does when the thread goes on; `undefined` without the descriptor. */
  resolution: RseqResolution | undefined;
}

/** A thread and its area. */
export interface RseqThread {
  /** Thread id. */
  tid: number;
  /** Name, where the core has it. */
  name: string | undefined;
  /** Where it stands; NaN where not known. */
  pc: number;
  /** Thread pointer; `undefined` if the core does not have it. */
  threadPointer: number | undefined;
  /** Address of the area. */
  areaAddress: number | undefined;
  /** The area; `undefined` if there is none or the core does not hold it. */
  area: RseqArea | undefined;
  /** Why there is no area; empty if there is one. */
  reason: string;
  /** The critical section that the area names. */
  section: RseqActiveSection | undefined;
}

/** What {@linkcode findRseqAreas} finds. */
export interface RseqProcess {
  /** The C library's part. */
  runtime: RseqRuntime;
  /** The kernel's part: what it announced to the process. */
  kernel: RseqLayout;
  /** Bytes of each area that are decoded. */
  featureSize: number;
  /** The signature that handlers are held to; `undefined` if none is known. */
  signature: number | undefined;
  /** The threads, in the core's order. */
  threads: RseqThread[];
}
