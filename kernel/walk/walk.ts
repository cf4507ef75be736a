/**
 * The walk: from a thread's registers to its frames. Synchronous, no input or output, never throws, allocates nothing
 * per frame.
 *
 * @module
 */
import {
  Base,
  Lookup,
  RowFlag,
  UnwindRow,
} from "../../formats/base/unwind_row.ts";
import { RegisterRules } from "../../formats/eh_frame/mod.ts";
import { type CodeMap, NO_MODULE, NO_TEXT } from "./code_map.ts";
import {
  type FrameBuffer,
  FrameFlag,
  Stop,
  TABLE_NAMES,
} from "./frame_buffer.ts";
import { Evaluators, findFullTable, stepByFullRules } from "./full_rules.ts";
import type { Machine } from "./machine.ts";
import type { Memory } from "./memory.ts";
import { Deref, type RuleCache, Slot, StepKind } from "./rule_cache.ts";

const REGISTER_COUNT = 128;
const FP_TABLE = TABLE_NAMES.indexOf("fp");
const CALL_TABLE = TABLE_NAMES.indexOf("call");
/** A walk that falls this often (from stack to stack) is taken for a cycle. */
const MAX_FALL_COUNT = 4096;
/** What a step answers when the thread has to start again with all registers. */
const RESTART = -2;

/** What a walk may do beside following tables. */
export interface WalkPolicy {
  /** Follow frame records where no table covers a pc. */
  framePointers: boolean;
  /** Take a pc outside all text as just called. */
  calls: boolean;
  /** Most frames of a thread. */
  maxFrames: number;
}

/** Everything allowed, no limit beside the stack itself. */
export const DEBUGGER_POLICY: Readonly<WalkPolicy> = {
  framePointers: true,
  calls: true,
  maxFrames: Infinity,
};

/**
 * State of one walk, reused from thread to thread. `begin` sets a thread's registers, `run` fills a buffer with its
 * frames; where it answers `NEEDS_DATA` the owner loads {@linkcode Memory.missing} or the tables of
 * {@linkcode Walk.missingModule} and calls `run` again.
 *
 * SP, FP and the link register are carried as plain numbers; all registers are known in the innermost frame and below
 * a signal frame. A row that needs more makes the thread start again with full rules, which carry every register.
 */
export class Walk {
  /** Text of the process. */
  readonly codeMap: CodeMap;
  /** Its memory. */
  readonly memory: Memory;
  /** Its machine. */
  readonly machine: Machine;
  /** Registers by DWARF number; meaningful if `registersKnown`. */
  registers: Float64Array = new Float64Array(REGISTER_COUNT);
  /** Registers of the frame that a full step makes. */
  nextRegisters: Float64Array = new Float64Array(REGISTER_COUNT);
  /** Whether `registers` belong to the present frame. */
  registersKnown = false;
  /** Whether nothing was called from the present frame: its SP may equal its caller's. */
  leaf = true;
  /** Stack pointer of the present frame. */
  sp = 0;
  /** Index of a module whose tables are not loaded and needed, or −1. */
  missingModule = -1;
  /** Rules of a full step. */
  readonly rules: RegisterRules = new RegisterRules();

  /** Evaluators of expressions. */
  readonly evaluators: Evaluators = new Evaluators();

  private readonly cache: RuleCache;
  private readonly policy: WalkPolicy;
  private readonly row: UnwindRow = new UnwindRow();
  private readonly firstRegisters: Float64Array = new Float64Array(
    REGISTER_COUNT,
  );
  private readonly fallPcs: number[] = [];
  private readonly fallSps: number[] = [];
  private pc = 0;
  private fp = 0;
  private link = NaN;
  private exact = true;
  private untrusted = false;
  /** False below a frame record that does not tell where the caller's frame begins: `sp` is then a lower bound. */
  private spKnown = true;
  private full = false;
  private pushed = false;

  /** Binds the parts. The cache may be shared by walks whose modules have the same indexes. */
  constructor(
    codeMap: CodeMap,
    memory: Memory,
    machine: Machine,
    cache: RuleCache,
    policy: WalkPolicy,
  ) {
    this.codeMap = codeMap;
    this.memory = memory;
    this.machine = machine;
    this.cache = cache;
    this.policy = policy;
  }

  /** Starts a thread at `registers` (by DWARF number, pc in the machine's pc column, NaN for unknown). */
  begin(registers: Float64Array): void {
    this.firstRegisters.fill(NaN);
    this.firstRegisters.set(registers.subarray(0, REGISTER_COUNT));
    this.full = false;
    this.rewind();
  }

  /** Walks on; returns a value of {@linkcode Stop}. */
  run(frames: FrameBuffer): number {
    for (;;) {
      if (!this.pushed) {
        if (frames.count >= this.policy.maxFrames) return Stop.FRAME_LIMIT;
        this.pushFrame(frames);
      }
      const stop = this.step(frames);
      if (stop === Stop.GO_ON) this.pushed = false;
      else if (stop !== RESTART) return stop;
      else {
        frames.count = 0;
        this.full = true;
        this.rewind();
      }
    }
  }

  /** Stop reason of a read that gave NaN. */
  unreadable(): number {
    return Number.isNaN(this.memory.missing)
      ? Stop.UNREADABLE_STACK
      : Stop.NEEDS_DATA;
  }

  /**
   * Ends the step: checks the new frame and makes it the present one.
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
      return Number.isNaN(this.memory.missing)
        ? Stop.UNSUPPORTED_ROW
        : Stop.NEEDS_DATA;
    }
    if (pc !== pc || fp !== fp) {
      const stop = this.unreadable();
      if (pc !== pc || stop === Stop.NEEDS_DATA) return stop;
    }
    if ((cfa & 7) !== 0) return Stop.MISALIGNED;
    if (
      !(sp > this.sp || (sp === this.sp && this.leaf)) &&
      this.isStuck(pc, sp, signal)
    ) return Stop.NOT_ADVANCING;
    const index = frames.count - 1;
    frames.cfas[index] = cfa;
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
  adoptRegisters(afterSignal: boolean): void {
    const registers = this.nextRegisters;
    this.nextRegisters = this.registers;
    this.registers = registers;
    this.registersKnown = true;
    if (!afterSignal) return;
    this.exact = true;
    this.leaf = true;
    if (this.machine.link >= 0) this.link = registers[this.machine.link]!;
  }

  private rewind(): void {
    this.registers.set(this.firstRegisters);
    this.pc = this.registers[this.machine.pc]!;
    this.sp = this.registers[this.machine.sp]!;
    this.fp = this.registers[this.machine.fp]!;
    this.link = this.machine.link < 0
      ? NaN
      : this.registers[this.machine.link]!;
    this.registersKnown = true;
    this.exact = true;
    this.leaf = true;
    this.untrusted = false;
    this.spKnown = true;
    this.pushed = false;
    this.fallPcs.length = 0;
    this.fallSps.length = 0;
  }

  private pushFrame(frames: FrameBuffer): void {
    const range = this.codeMap.find(this.exact ? this.pc : this.pc - 1);
    const flags = (this.exact ? FrameFlag.EXACT_PC : 0) |
      (this.untrusted ? FrameFlag.UNTRUSTED : 0);
    frames.push(
      this.pc,
      range === NO_TEXT ? NO_MODULE : this.codeMap.owner(range),
      flags,
    );
    this.pushed = true;
  }

  private step(frames: FrameBuffer): number {
    const lookupPc = this.exact ? this.pc : this.pc - 1;
    const range = this.codeMap.find(lookupPc);
    if (range === NO_TEXT) return this.stepOutsideText(frames);
    const module = this.codeMap.owner(range);
    if (module === NO_MODULE) {
      return this.stepWithoutRow(frames, Stop.NO_MODULE);
    }
    const relativePc = lookupPc - this.codeMap.modules[module]!.bias;
    let slot = this.cache.find(module, relativePc);
    if (slot < 0) slot = this.lookupRule(module, relativePc);
    if (slot < 0) return Stop.NEEDS_DATA;
    const words = this.cache.words;
    const bits = words[slot + Slot.BITS]!;
    const kind = bits & 15;
    if (!this.spKnown) return this.stepWithoutSp(frames, slot);
    if (this.full) return this.stepFull(frames, slot, module, relativePc);
    if (kind === StepKind.PLAIN) {
      const cfa =
        (words[slot + Slot.CFA_BASE] === Base.SP ? this.sp : this.fp) +
        words[slot + Slot.CFA_OFFSET]!;
      const pc = this.memory.readCode(cfa + words[slot + Slot.RA_OFFSET]!);
      const fp = words[slot + Slot.FP_BASE] === Base.SAME
        ? this.fp
        : this.memory.readWord(cfa + words[slot + Slot.FP_OFFSET]!);
      return this.advance(
        frames,
        cfa,
        cfa + this.machine.callerSpOffset,
        pc,
        fp,
        (bits >> 4) & 15,
      );
    }
    if (kind === StepKind.GENERAL) return this.stepGeneral(frames, slot);
    if (kind === StepKind.NONE) return this.stepWithoutRow(frames, Stop.NO_ROW);
    return this.isTrampoline()
      ? this.stepSignal(frames, (bits >> 4) & 15)
      : this.restartOrGiveUp();
  }

  /**
   * Below a frame record whose CFA is not known. A row that says where FP is saved tells the CFA all the same: that
   * place is the record to which FP points.
   */
  private stepWithoutSp(frames: FrameBuffer, slot: number): number {
    const words = this.cache.words;
    const bits = words[slot + Slot.BITS]!;
    const kind = bits & 15;
    const fpSaved = words[slot + Slot.FP_BASE] === Base.CFA;
    if (kind === StepKind.NONE) return this.stepWithoutRow(frames, Stop.NO_ROW);
    const byFp = words[slot + Slot.CFA_BASE] === Base.FP;
    if (kind !== StepKind.PLAIN || !(byFp || fpSaved)) {
      const outermost = kind === StepKind.GENERAL &&
        ((bits >> 8) & RowFlag.OUTERMOST) !== 0;
      return outermost
        ? Stop.END_OF_STACK
        : this.stepFrameRecord(frames, Stop.UNSUPPORTED_ROW);
    }
    const cfa = byFp
      ? this.fp + words[slot + Slot.CFA_OFFSET]!
      : this.fp - words[slot + Slot.FP_OFFSET]!;
    const pc = this.memory.readCode(cfa + words[slot + Slot.RA_OFFSET]!);
    const fp = fpSaved
      ? this.memory.readWord(cfa + words[slot + Slot.FP_OFFSET]!)
      : this.fp;
    const stop = this.advance(
      frames,
      cfa,
      cfa + this.machine.callerSpOffset,
      pc,
      fp,
      (bits >> 4) & 15,
    );
    if (stop === Stop.GO_ON && this.full) this.forgetRegisters();
    return stop;
  }

  /** Asks the module's tables in turn and caches the answer. A table that fails at this pc leaves it to the next. */
  private lookupRule(module: number, relativePc: number): number {
    const { modules } = this.codeMap;
    if (modules[module]!.tables === undefined) {
      this.missingModule = module;
      return -1;
    }
    for (const table of modules[module]!.tables!) {
      const status = table.lookup(relativePc, this.row);
      if (status === Lookup.FOUND) {
        return this.cache.claim(
          module,
          relativePc,
          this.row,
          TABLE_NAMES.indexOf(table.kind),
        );
      }
      if (status === Lookup.BAD) modules[module]!.badRowCount++;
    }
    return this.cache.claim(module, relativePc, undefined, 0);
  }

  private restartOrGiveUp(): number {
    if (!Number.isNaN(this.memory.missing)) return Stop.NEEDS_DATA;
    return this.full ? Stop.UNSUPPORTED_ROW : RESTART;
  }

  private stepGeneral(frames: FrameBuffer, slot: number): number {
    const words = this.cache.words;
    const bits = words[slot + Slot.BITS]!;
    const table = (bits >> 4) & 15;
    const flags = (bits >> 8) & 0xff;
    if (
      (flags & RowFlag.SIGNAL) !== 0 &&
      (words[slot + Slot.CFA_BASE] === Base.UNDEFINED || this.isTrampoline())
    ) {
      return this.stepSignal(frames, table);
    }
    const cfaBase = words[slot + Slot.CFA_BASE]!;
    const raBase = words[slot + Slot.RA_BASE]!;
    const fpBase = words[slot + Slot.FP_BASE]!;
    if (!this.registersKnown && (cfaBase >= 0 || raBase >= 0 || fpBase >= 0)) {
      return this.restartOrGiveUp();
    }
    const cfa = this.evaluate(
      cfaBase,
      words[slot + Slot.CFA_OFFSET]!,
      (bits & Deref.CFA) !== 0,
      NaN,
    );
    if ((flags & RowFlag.OUTERMOST) !== 0) {
      frames.cfas[frames.count - 1] = cfa;
      return Stop.END_OF_STACK;
    }
    const fpOffset = words[slot + Slot.FP_OFFSET]!;
    const fp = fpBase === Base.SAME
      ? this.fp
      : this.evaluate(fpBase, fpOffset, (bits & Deref.FP) !== 0, cfa);
    const raOffset = words[slot + Slot.RA_OFFSET]!;
    let pc = this.link;
    if (raBase === Base.CFA && (bits & Deref.RA) !== 0) {
      pc = this.memory.readCode(cfa + raOffset);
    } else if (raBase !== Base.SAME) {
      pc = this.evaluate(raBase, raOffset, (bits & Deref.RA) !== 0, cfa);
    } else if (!this.leaf) return Stop.NOT_ADVANCING; // a caller cannot still have its own return address there
    const stop = this.advance(
      frames,
      cfa,
      cfa + this.machine.callerSpOffset,
      pc,
      fp,
      table,
    );
    if (stop === Stop.GO_ON && (flags & RowFlag.SIGNAL) !== 0) {
      frames.flags[frames.count - 1]! |= FrameFlag.SIGNAL | FrameFlag.EXACT_PC;
      this.exact = true;
    }
    return stop;
  }

  private evaluate(
    base: number,
    offset: number,
    deref: boolean,
    cfa: number,
  ): number {
    let value = NaN;
    if (base === Base.SP) value = this.sp;
    else if (base === Base.FP) value = this.fp;
    else if (base === Base.CFA) value = cfa;
    else if (base >= 0) value = this.registers[base]!;
    return deref ? this.memory.readWord(value + offset) : value + offset;
  }

  /** With all registers: the full rules if a table has them, else the row. */
  private stepFull(
    frames: FrameBuffer,
    slot: number,
    module: number,
    relativePc: number,
  ): number {
    const { tables, bias } = this.codeMap.modules[module]!;
    const table = findFullTable(tables!, relativePc, this.rules);
    if (table !== undefined) return stepByFullRules(this, frames, table, bias);
    const bits = this.cache.words[slot + Slot.BITS]!;
    const kind = bits & 15;
    if (kind === StepKind.FULL) return Stop.UNSUPPORTED_ROW;
    if (kind === StepKind.NONE) return this.stepWithoutRow(frames, Stop.NO_ROW);
    const stop = this.stepGeneral(frames, slot);
    if (stop === Stop.GO_ON && !this.registersKnown) this.forgetRegisters();
    return stop;
  }

  /** After a step that restores SP and FP only. */
  private forgetRegisters(): void {
    this.registers.fill(NaN);
    this.registers[this.machine.sp] = this.sp;
    this.registers[this.machine.fp] = this.fp;
    this.registersKnown = true;
  }

  private isTrampoline(): boolean {
    return this.machine.isTrampoline(this.memory, this.pc) === true;
  }

  /** The signal frame at SP, known by its code or, where the code cannot be read, by its look. */
  private trySignal(frames: FrameBuffer): number {
    const known = this.machine.isTrampoline(this.memory, this.pc);
    if (!Number.isNaN(this.memory.missing)) return Stop.NEEDS_DATA;
    if (known === false) return RESTART;
    if (
      known === undefined &&
      !this.machine.looksLikeSignalFrame(this.memory, this.sp)
    ) {
      return Number.isNaN(this.memory.missing) ? RESTART : Stop.NEEDS_DATA;
    }
    return this.stepSignal(frames, 0);
  }

  /** Reads the interrupted registers from the signal frame at SP. */
  private stepSignal(frames: FrameBuffer, table: number): number {
    const { machine, memory, nextRegisters } = this;
    machine.readSignalFrame(memory, this.sp, nextRegisters);
    if (!Number.isNaN(memory.missing)) return Stop.NEEDS_DATA;
    const sp = nextRegisters[machine.sp]!;
    const pc = nextRegisters[machine.pc]!;
    if (pc !== pc || sp !== sp) return Stop.UNREADABLE_STACK;
    const index = frames.count - 1;
    frames.flags[index]! |= FrameFlag.SIGNAL | FrameFlag.EXACT_PC;
    if (!(sp > this.sp) && this.isStuck(pc, sp, true)) {
      return Stop.NOT_ADVANCING;
    }
    frames.cfas[index] = sp - machine.callerSpOffset;
    frames.tables[index] = table;
    this.pc = pc;
    this.sp = sp;
    this.fp = nextRegisters[machine.fp]!;
    this.untrusted = false;
    this.spKnown = true;
    this.adoptRegisters(true);
    return Stop.GO_ON;
  }

  /** A pc outside all text, as after a call through a null pointer: the caller is where the call left it. */
  private stepOutsideText(frames: FrameBuffer): number {
    const signal = this.trySignal(frames);
    if (signal !== RESTART) return signal;
    if (!this.exact) {
      return this.dropIfOutermost(frames) ? Stop.END_OF_STACK : Stop.NO_MODULE;
    }
    if (!this.policy.calls) return Stop.NO_MODULE;
    const pushed = this.machine.link < 0;
    const pc = pushed ? this.memory.readCode(this.sp) : this.link;
    if (pc !== pc && !Number.isNaN(this.memory.missing)) return Stop.NEEDS_DATA;
    if (this.codeMap.find(pc - 1) === NO_TEXT) {
      return this.stepFrameRecord(frames, Stop.NO_MODULE);
    }
    const cfa = this.sp + this.machine.entryCfaOffset;
    const known = this.registersKnown;
    const stop = this.advance(
      frames,
      cfa,
      cfa + this.machine.callerSpOffset,
      pc,
      this.fp,
      CALL_TABLE,
    );
    if (stop !== Stop.GO_ON) return stop;
    this.untrusted = true;
    this.registersKnown = known; // nothing has run since the call
    this.registers[this.machine.sp] = this.sp;
    this.registers[this.machine.pc] = pc;
    return stop;
  }

  /**
   * A return address outside all text: gas up to 2.44 writes ordinary SFrame rows where the source says that the
   * return address is undefined (sframe.md 3.2), so another table is asked whether the last frame was the outermost.
   */
  private dropIfOutermost(frames: FrameBuffer): boolean {
    const index = frames.count - 2;
    const module = index < 0 ? NO_MODULE : frames.modules[index]!;
    if (module === NO_MODULE) return false;
    const { tables, bias } = this.codeMap.modules[module]!;
    const back = (frames.flags[index]! & FrameFlag.EXACT_PC) !== 0 ? 0 : 1;
    for (const table of tables ?? []) {
      const found = table.lookup(frames.pcs[index]! - back - bias, this.row) ===
        Lookup.FOUND;
      if (!found || (this.row.flags & RowFlag.OUTERMOST) === 0) continue;
      frames.tables[index] = 0;
      frames.count = index + 1;
      return true;
    }
    return false;
  }

  private stepWithoutRow(frames: FrameBuffer, otherwise: number): number {
    const signal = this.trySignal(frames);
    return signal === RESTART
      ? this.stepFrameRecord(frames, otherwise)
      : signal;
  }

  /** FP points to `[caller's FP, RA]`. */
  private stepFrameRecord(frames: FrameBuffer, otherwise: number): number {
    const { frameRecord } = this.machine;
    if (frameRecord === "none" || !this.policy.framePointers) return otherwise;
    if (this.fp === 0) {
      return otherwise === Stop.NO_ROW ? Stop.END_OF_STACK : otherwise;
    }
    if (!(this.fp >= this.sp)) return otherwise;
    const fp = this.memory.readWord(this.fp);
    const pc = this.memory.readCode(this.fp + 8);
    if (!Number.isNaN(this.memory.missing)) return Stop.NEEDS_DATA;
    if (pc !== 0 && this.codeMap.find(pc - 1) === NO_TEXT) return otherwise;
    const cfa = this.fp + 16;
    const stop = this.advance(frames, cfa, cfa, pc, fp, FP_TABLE);
    if (stop !== Stop.GO_ON) return stop;
    this.untrusted = true;
    this.spKnown = frameRecord === "top";
    if (this.full) this.forgetRegisters();
    return stop;
  }

  /** A stack pointer that falls is right only where another stack begins. */
  private isStuck(pc: number, sp: number, signal: boolean): boolean {
    return (!signal && this.memory.sameMapping(this.sp, sp)) ||
      this.isRepeated(pc, sp);
  }

  private isRepeated(pc: number, sp: number): boolean {
    for (let i = 0; i < this.fallPcs.length; i++) {
      if (this.fallPcs[i] === pc && this.fallSps[i] === sp) return true;
    }
    this.fallPcs.push(pc);
    this.fallSps.push(sp);
    return this.fallPcs.length > MAX_FALL_COUNT;
  }
}
