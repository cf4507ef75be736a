/**
 * The walk: from a thread's registers to its frames. Synchronous, no input or output, never throws, allocates nothing
 * per frame.
 *
 * @module
 */
import {
  Base,
  Lookup,
  type UnwindTable,
} from "../../formats/base/unwind_row.ts";
import { type CodeMap, NO_MODULE, NO_TEXT } from "./code_map.ts";
import {
  type FrameBuffer,
  FrameFlag,
  Stop,
  TABLE_NAMES,
} from "./frame_buffer.ts";
import { stepOutsideText, stepWithoutRow } from "./guess_steps.ts";
import {
  lookupAsKernel,
  stepByRowAsKernel,
  stepFrameRecordAsKernel,
} from "./kernel_steps.ts";
import type { Machine } from "./machine.ts";
import type { Memory } from "./memory.ts";
import { type RuleCache, Slot, StepKind } from "./rule_cache.ts";
import {
  stepBeyondRow,
  stepByRow,
  stepWithoutSp,
  stepWithRegisters,
} from "./table_steps.ts";
import { RESTART, type WalkPolicy, WalkState } from "./walk_state.ts";

/** Everything allowed, no limit beside the stack itself. */
export const DEBUGGER_POLICY: Readonly<WalkPolicy> = {
  framePointers: true,
  calls: true,
  maxFrames: Infinity,
};

/** As Linux walks the stack of a thread that enters or leaves the kernel; its cache of a trace holds so many frames. */
export const KERNEL_POLICY: Readonly<WalkPolicy> = {
  framePointers: true,
  calls: false,
  maxFrames: 510,
  kernel: true,
};

/**
 * A walker, reused from thread to thread. `begin` sets a thread's registers, `run` fills a buffer with its frames;
 * where it answers `NEEDS_DATA` the owner loads {@linkcode Memory.missing}, the tables of {@linkcode Walk.missingModule}
 * or what {@linkcode Walk.takeMissingTable} gives, and calls `run` again: the same frame goes on.
 */
export class Walk {
  /** Index of a module whose tables are not loaded and needed, or -1. */
  missingModule: number = -1;
  private readonly state: WalkState;
  private readonly isKernel: boolean;
  private isPushed = false;

  /** Binds the parts. The cache may be shared by walks whose modules have the same indexes. */
  constructor(
    codeMap: CodeMap,
    memory: Memory,
    machine: Machine,
    cache: RuleCache,
    policy: Readonly<WalkPolicy>,
  ) {
    this.state = new WalkState(codeMap, memory, machine, cache, policy);
    this.isKernel = policy.kernel === true;
  }

  /** Starts a thread at `registers` (by DWARF number, pc in the machine's pc column, NaN for unknown). */
  begin(registers: Float64Array): void {
    this.state.begin(registers);
    this.isPushed = false;
  }

  /** Walks on; returns a value of {@linkcode Stop}. */
  run(frames: FrameBuffer): number {
    const { state } = this;
    for (;;) {
      if (!this.isPushed) {
        if (frames.count >= state.policy.maxFrames) return Stop.FRAME_LIMIT;
        this.push(frames);
      }
      const stop = this.isKernel
        ? this.stepAsKernel(frames)
        : this.step(frames);
      if (stop === Stop.GO_ON) this.isPushed = false;
      else if (stop !== RESTART) return stop;
      else {
        frames.count = 0;
        state.full = true;
        state.rewind();
        this.isPushed = false;
      }
    }
  }

  /** The table that lacks bytes for the present pc, to be filled; it counts as asked for then. */
  takeMissingTable(): UnwindTable | undefined {
    const table = this.state.missingTable;
    this.state.missingTable = undefined;
    return table;
  }

  /** Adds the present frame, whose CFA and table the step will tell. */
  private push(frames: FrameBuffer): void {
    const { pc, exact, untrusted, codeMap } = this.state;
    const range = codeMap.find(exact || this.isKernel ? pc : pc - 1);
    const flags = (exact ? FrameFlag.EXACT_PC : 0) |
      (untrusted ? FrameFlag.UNTRUSTED : 0);
    frames.push(
      pc,
      range === NO_TEXT ? NO_MODULE : codeMap.owner(range),
      flags,
    );
    this.isPushed = true;
  }

  /** From the present frame to its caller. */
  private step(frames: FrameBuffer): number {
    const { state } = this;
    const { codeMap, cache, memory } = state;
    const lookupPc = state.exact ? state.pc : state.pc - 1;
    const range = codeMap.find(lookupPc);
    if (range === NO_TEXT) return stepOutsideText(state, frames);
    const module = codeMap.owner(range);
    if (module === NO_MODULE) {
      return stepWithoutRow(state, frames, Stop.NO_MODULE);
    }
    const relativePc = lookupPc - codeMap.modules[module]!.bias;
    let slot = cache.find(module, relativePc);
    if (slot < 0) {
      slot = this.lookupRule(module, relativePc);
      if (slot < 0) return Stop.NEEDS_DATA;
    }
    if (!state.spKnown) return stepWithoutSp(state, frames, slot);
    if (state.full) {
      return stepWithRegisters(state, frames, slot, module, relativePc);
    }
    const { words } = cache;
    const bits = words[slot + Slot.BITS]!;
    switch (bits & 15) {
      case StepKind.PLAIN: {
        const cfa =
          (words[slot + Slot.CFA_BASE] === Base.SP ? state.sp : state.fp) +
          words[slot + Slot.CFA_OFFSET]!;
        const pc = memory.readCode(cfa + words[slot + Slot.RA_OFFSET]!);
        const fp = words[slot + Slot.FP_BASE] === Base.SAME
          ? state.fp
          : memory.readWord(cfa + words[slot + Slot.FP_OFFSET]!);
        return state.advance(
          frames,
          cfa,
          cfa + state.machine.callerSpOffset,
          pc,
          fp,
          (bits >> 4) & 15,
        );
      }
      case StepKind.GENERAL:
        return stepByRow(state, frames, slot);
      case StepKind.NONE:
        return stepWithoutRow(state, frames, Stop.NO_ROW);
      default:
        return stepBeyondRow(state, frames, slot);
    }
  }

  /** As {@linkcode Walk.step}, by the policy of the kernel. */
  private stepAsKernel(frames: FrameBuffer): number {
    const { state } = this;
    const { codeMap } = state;
    const range = codeMap.find(state.pc);
    const index = range === NO_TEXT ? NO_MODULE : codeMap.owner(range);
    if (index === NO_MODULE) {
      return stepFrameRecordAsKernel(state, frames, Stop.NO_MODULE);
    }
    const module = codeMap.modules[index]!;
    if (module.tables === undefined) {
      this.missingModule = index;
      return Stop.NEEDS_DATA;
    }
    const status = lookupAsKernel(state, module);
    if (status === Lookup.NEEDS_DATA) return Stop.NEEDS_DATA;
    return status === Lookup.FOUND
      ? stepByRowAsKernel(state, frames)
      : stepFrameRecordAsKernel(state, frames, Stop.NO_ROW);
  }

  /**
   * Asks the module's tables in turn and caches the answer: a table that fails at this pc leaves it to the next.
   * Returns the rule's slot, or -1 if the tables have to be loaded first.
   */
  private lookupRule(module: number, relativePc: number): number {
    const { codeMap, cache, row } = this.state;
    const { tables } = codeMap.modules[module]!;
    if (tables === undefined) {
      this.missingModule = module;
      return -1;
    }
    for (const table of tables) {
      const status = table.lookup(relativePc, row);
      if (status === Lookup.FOUND) {
        return cache.claim(
          module,
          relativePc,
          row,
          TABLE_NAMES.indexOf(table.kind),
        );
      }
      if (status === Lookup.NEEDS_DATA) {
        this.state.missingTable = table;
        return -1;
      }
      if (status === Lookup.BAD) codeMap.modules[module]!.badRowCount++;
    }
    return cache.claim(module, relativePc, undefined, 0);
  }
}
