/**
 * Where a walk is: the present frame's registers, and what every step ends with.
 *
 * @module
 */
import { RegisterRules } from "../../formats/eh_frame/mod.ts";
import { UnwindRow, type UnwindTable } from "../../formats/base/unwind_row.ts";
import type { CodeMap } from "./code_map.ts";
import { type FrameBuffer, FrameFlag, Stop } from "./frame_buffer.ts";
import { Evaluators } from "./full_rules.ts";
import type { Machine } from "./machine.ts";
import type { Memory } from "./memory.ts";
import type { RuleCache } from "./rule_cache.ts";

const REGISTER_COUNT = 128;
/** A walk that falls this often (from stack to stack) is taken for a cycle. */
const MAX_FALL_COUNT = 4096;
/** Frames from one look to the next whether SP still lies in memory. A power of 2. */
const FRAMES_PER_CHECK = 4096;

/** What a step answers when the thread has to start again with all registers. */
export const RESTART = -2;

/** What a walk may do beside following tables. */
export interface WalkPolicy {
  /** Follow frame records where no table covers a pc. */
  framePointers: boolean;
  /** Take a pc outside all text as just called. */
  calls: boolean;
  /** Most frames of a thread. */
  maxFrames: number;
  /**
   * Walk as the Linux kernel does: rows at the exact pc, tables dropped at their first error, the frame pointer where no
   * table covers a pc, no signal frames, no second stack, no guess. `calls` means nothing then.
   */
  kernel?: boolean;
}

/**
 * SP, FP and the link register are carried as plain numbers; all registers are known in the innermost frame and below
 * a signal frame. A row that needs more makes the thread start again in `full` mode, which carries every register.
 *
 * The fields are plain and open: the steps in the files beside this one are functions over them.
 */
export class WalkState {
  /** Text of the process. */
  readonly codeMap: CodeMap;
  /** Its memory. */
  readonly memory: Memory;
  /** Its machine. */
  readonly machine: Machine;
  /** Rules by module and pc. */
  readonly cache: RuleCache;
  /** What is allowed. */
  readonly policy: Readonly<WalkPolicy>;
  /** Evaluators of expressions. */
  readonly evaluators: Evaluators = new Evaluators();
  /** Rules of a full step. */
  readonly rules: RegisterRules = new RegisterRules();
  /** Row of a lookup. */
  readonly row: UnwindRow = new UnwindRow();
  /** Index into TABLE_NAMES of the table that filled `row`; only for a walk as the kernel does it. */
  rowTable = 0;
  /** A table that lacks the bytes for a pc that was looked up. */
  missingTable: UnwindTable | undefined = undefined;
  /** Registers by DWARF number; meaningful if `registersKnown`. */
  registers: Float64Array = new Float64Array(REGISTER_COUNT);
  /** Registers of the frame that a step with all registers makes. */
  nextRegisters: Float64Array = new Float64Array(REGISTER_COUNT);
  /** Whether `registers` belong to the present frame. */
  registersKnown = true;
  /** Whether every register is carried from frame to frame. */
  full = false;
  /** Program counter of the present frame. */
  pc = 0;
  /** Its stack pointer. */
  sp = 0;
  /** Its frame pointer; NaN if not known. */
  fp = 0;
  /** Its return address while that is still in the link register, else NaN. */
  link: number = NaN;
  /** Whether the thread is at `pc`, and not behind a call there. */
  exact = true;
  /** Whether nothing was called from the present frame: its SP may equal its caller's. */
  leaf = true;
  /** Whether `pc` was guessed. */
  untrusted = false;
  /** False below a frame record that does not tell where the caller's frame begins: `sp` is then a lower bound. */
  spKnown = true;

  private readonly firstRegisters: Float64Array = new Float64Array(
    REGISTER_COUNT,
  );
  private readonly fallPcs: number[] = [];
  private readonly fallSps: number[] = [];

  /** Binds the parts. */
  constructor(
    codeMap: CodeMap,
    memory: Memory,
    machine: Machine,
    cache: RuleCache,
    policy: Readonly<WalkPolicy>,
  ) {
    this.codeMap = codeMap;
    this.memory = memory;
    this.machine = machine;
    this.cache = cache;
    this.policy = policy;
  }

  /** Starts at `registers`, by DWARF number. */
  begin(registers: Float64Array): void {
    this.firstRegisters.fill(NaN);
    this.firstRegisters.set(registers.subarray(0, REGISTER_COUNT));
    this.full = false;
    this.memory.missing = NaN;
    this.rewind();
  }

  /** Goes back to the innermost frame. */
  rewind(): void {
    const { registers, machine } = this;
    registers.set(this.firstRegisters);
    this.pc = registers[machine.pc]!;
    this.sp = registers[machine.sp]!;
    this.fp = registers[machine.fp]!;
    this.link = machine.link < 0 ? NaN : registers[machine.link]!;
    this.registersKnown = true;
    this.exact = true;
    this.leaf = true;
    this.untrusted = false;
    this.spKnown = true;
    this.fallPcs.length = 0;
    this.fallSps.length = 0;
  }

  /** Whether a read met bytes that have to be loaded first. */
  needsData(): boolean {
    return !Number.isNaN(this.memory.missing);
  }

  /**
   * Ends a step: checks the new frame and makes it the present one. Returns a value of {@linkcode Stop}.
   *
   * @param cfa CFA of the frame that was stepped from.
   * @param sp Stack pointer of the caller.
   * @param pc Return address.
   * @param fp Frame pointer of the caller; NaN if not known.
   * @param table Index into TABLE_NAMES of what gave the rules.
   * @param signal Whether this was a signal frame, below which the stack pointer may be anywhere.
   */
  advance(
    frames: FrameBuffer,
    cfa: number,
    sp: number,
    pc: number,
    fp: number,
    table: number,
    signal = false,
  ): number {
    if (cfa !== cfa) {
      return this.needsData() ? Stop.NEEDS_DATA : Stop.UNSUPPORTED_ROW;
    }
    if (pc !== pc) {
      return this.needsData() ? Stop.NEEDS_DATA : Stop.UNREADABLE_STACK;
    }
    if (fp !== fp && this.needsData()) return Stop.NEEDS_DATA;
    // Bit operations are right here: they see the lowest bits.
    if ((cfa & 7) !== 0) return Stop.MISALIGNED;
    const rises = sp > this.sp || (sp === this.sp && this.leaf);
    if (!rises && this.isStuck(pc, sp, signal)) return Stop.NOT_ADVANCING;
    const index = frames.count - 1;
    frames.cfas[index] = cfa;
    // Rules that find the return address beside the stack could go on for ever.
    const isDue = frames.count % FRAMES_PER_CHECK === 0;
    if (isDue && !this.memory.isMapped(sp)) return Stop.UNREADABLE_STACK;
    if (pc === 0) return Stop.END_OF_STACK;
    frames.tables[index] = table;
    this.pc = pc;
    this.sp = sp;
    this.fp = fp;
    this.link = NaN;
    this.exact = false;
    this.leaf = false;
    this.untrusted = false;
    this.spKnown = true;
    this.registersKnown = false;
    return Stop.GO_ON;
  }

  /** Makes `nextRegisters` those of the present frame, after an `advance` that went on. */
  adoptRegisters(): void {
    const registers = this.nextRegisters;
    this.nextRegisters = this.registers;
    this.registers = registers;
    this.registersKnown = true;
  }

  /** The present frame was interrupted: nothing was called from it, and its registers are all as they were. */
  resumeInterrupted(frames: FrameBuffer): void {
    frames.flags[frames.count - 1]! |= FrameFlag.SIGNAL | FrameFlag.EXACT_PC;
    this.exact = true;
    this.leaf = true;
    if (this.registersKnown && this.machine.link >= 0) {
      this.link = this.registers[this.machine.link]!;
    }
  }

  /** In full mode, after a step that restores SP and FP only. */
  forgetRegisters(): void {
    this.registers.fill(NaN);
    if (this.spKnown) this.registers[this.machine.sp] = this.sp;
    this.registers[this.machine.fp] = this.fp;
    this.registersKnown = true;
  }

  /** A stack pointer that falls is right only where another stack begins, and not the same twice. */
  isStuck(pc: number, sp: number, signal: boolean): boolean {
    if (!signal && this.memory.sameMapping(this.sp, sp)) return true;
    for (let i = 0; i < this.fallPcs.length; i++) {
      if (this.fallPcs[i] === pc && this.fallSps[i] === sp) return true;
    }
    this.fallPcs.push(pc);
    this.fallSps.push(sp);
    return this.fallPcs.length > MAX_FALL_COUNT;
  }
}
