/**
 * What the modelled kernel knows: threads, processes, address spaces. Plain data (numbers, strings, booleans, byte
 * arrays, and objects and arrays of these), so that a checkpoint is a walk over it; what is derived from it for speed
 * lives outside and is made anew after a restore.
 *
 * @module
 */
import type { CodeRange } from "./code_range.ts";
import type { ExterrState } from "./exterrctl.ts";
import type { FixupList } from "./fixup_list.ts";
import type { RseqState } from "./rseq_state.ts";
import type { PendingSignal, SignalAction, SignalMask } from "./signals.ts";
import type { ThreadAreaState } from "./thread_area_state.ts";
import type { UserMemory } from "./user_memory.ts";
import type { UnwindState } from "./walk_deferred.ts";

/** A thread. */
export interface Thread {
  /** Thread ID, unique for the life of the kernel. */
  readonly tid: number;
  /** The process it belongs to. */
  readonly pid: number;
  /** False once it has exited. */
  alive: boolean;
  /** Registers by DWARF number, pc in the machine's pc column. */
  registers: Float64Array;
  /** Thread pointer: FS base, TPIDR_EL0, a0/a1. */
  threadPointer: number;
  /** The CPU it runs on. */
  cpu: number;
  /** User ID by which it is judged. */
  uid: number;
  /** Signals that wait for its return to user mode, oldest first. */
  pending: PendingSignal[];
  /** Signals that it does not want now. */
  blocked: SignalMask;
  /** Extended errno. */
  exterr: ExterrState;
  /** Restartable sequences. */
  rseq: RseqState;
  /** Deferred unwinding. */
  unwind: UnwindState;
}

/** How a process ended. */
export interface ExitStatus {
  /** Argument of exit, or 0. */
  code: number;
  /** The signal that killed it, or 0. */
  signal: number;
}

/** A process: threads that share what follows. */
export interface Process {
  /** Process ID: the ID of its first thread. */
  readonly pid: number;
  /** Its parent's, 0 if it has none. */
  parentPid: number;
  /** Its address space. */
  spaceId: number;
  /** Its living threads. */
  tids: number[];
  /** Name for reports. */
  name: string;
  /** What it does on signals, by number; default action where there is none. */
  actions: Record<number, SignalAction>;
  /** Paths of open files by descriptor; `null` where it is closed. */
  files: (string | null)[];
  /** How it ended, once it has. */
  exit: ExitStatus | null;
  /** Registration of the thread area. */
  area: ThreadAreaState;
}

/** An address space; processes made by vfork-like clones share one. */
export interface AddressSpace {
  /** Number, unique for the life of the kernel. */
  readonly id: number;
  /** Its mappings and bytes. */
  memory: UserMemory;
  /** Text ranges with what codectl registered, by address. */
  code: CodeRange[];
  /** Fixup lists, by address of their text. */
  fixups: FixupList[];
  /** Where its vDSO begins, 0 if it has none. */
  vdsoStart: number;
  /** Which thread has which concurrency ID; 0 is nobody. */
  concurrencyIds: number[];
  /** Whether its threads may cut each other's restartable sequences short. */
  hasRseqBarriers: boolean;
}
