/**
 * The parts of the modelled kernel, in the order in which they are asked.
 *
 * @module
 */
import { CODECTL } from "./codectl.ts";
import { ENTROPY } from "./entropy.ts";
import { EXTERRCTL } from "./exterrctl.ts";
import { FIXUPS } from "./fixups.ts";
import { MEMBARRIER } from "./membarrier.ts";
import { MEMORY_CALLS } from "./memory_calls.ts";
import { PROCESS_CALLS } from "./process_calls.ts";
import { RSEQ } from "./rseq.ts";
import { SIGNALS } from "./signals.ts";
import type { Subsystem, SystemCall } from "./subsystem.ts";
import { THREAD_AREA } from "./thread_area.ts";
import { UNWIND } from "./walk_deferred.ts";

/** All parts. */
export const SUBSYSTEMS: readonly Subsystem[] = [
  MEMORY_CALLS,
  PROCESS_CALLS,
  SIGNALS,
  EXTERRCTL,
  CODECTL,
  UNWIND,
  THREAD_AREA,
  RSEQ,
  FIXUPS,
  ENTROPY,
  MEMBARRIER,
];

/** All system calls by name. */
export const SYSTEM_CALLS: ReadonlyMap<string, SystemCall> = new Map(
  SUBSYSTEMS.flatMap((part) => Object.entries(part.calls ?? {})),
);
