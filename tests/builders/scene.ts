/**
 * One thread of one module, walked over a literal stack.
 *
 * @module
 */
import {
  BytesMemory,
  CodeMap,
  DEBUGGER_POLICY,
  FrameBuffer,
  type Machine,
  MACHINES,
  type Memory,
  Module,
  RuleCache,
  STOP_REASONS,
  TABLE_NAMES,
  Walk,
  type WalkPolicy,
} from "../../kernel/mod.ts";
import type { UnwindTable } from "../../formats/base/unwind_row.ts";
import { type RowLiteral, RowsTable, wordBytes } from "./rows.ts";

/** Where the module's text is; 0x1000 bytes. */
export const TEXT = 0x400000;
/** Where the stack starts. */
export const STACK = 0x7ffc0000;

/** What is walked; the stack is given as words. */
export interface Scene {
  rows?: readonly RowLiteral[];
  stack: readonly number[];
  pc: number;
  sp?: number;
  fp?: number;
  registers?: Record<number, number>;
  machine?: Machine;
  policy?: Partial<WalkPolicy>;
  littleEndian?: boolean;
  /** In place of `rows`. */
  tables?: UnwindTable[];
  /** In place of `stack`; called for bytes that are missing. */
  memory?: Memory & { fill?(): void | Promise<void> };
}

/** A frame with its CFA from the start of the stack. */
export interface SceneFrame {
  pc: number;
  cfa: number | null;
  table: string | null | undefined;
  flags: number;
}

/** Walks a thread of one module at bias 0x400000, rows in module-relative addresses. */
export function walkScene(
  scene: Scene,
): { stop: string | undefined; frames: SceneFrame[] } {
  const machine = scene.machine ?? MACHINES["x86-64"];
  const codeMap = new CodeMap();
  const module = new Module("/bin/program", TEXT, TEXT + 0x1000);
  module.bias = TEXT;
  module.tables = scene.tables ?? [new RowsTable(scene.rows ?? [])];
  codeMap.addText(TEXT, TEXT + 0x1000, codeMap.addModule(module));
  const littleEndian = scene.littleEndian ?? true;
  const memory = scene.memory ?? new BytesMemory(
    wordBytes(scene.stack, littleEndian),
    STACK,
    littleEndian,
  );
  memory.codeHighMask = machine.codeHighMask;
  const policy = { ...DEBUGGER_POLICY, ...scene.policy };
  const walk = new Walk(codeMap, memory, machine, new RuleCache(), policy);
  const registers = new Float64Array(128).fill(NaN);
  registers[machine.pc] = scene.pc;
  registers[machine.sp] = scene.sp ?? STACK;
  registers[machine.fp] = scene.fp ?? 0;
  for (const [number, value] of Object.entries(scene.registers ?? {})) {
    registers[Number(number)] = value;
  }
  const frames = new FrameBuffer(2);
  walk.begin(registers);
  let stop = STOP_REASONS[walk.run(frames)];
  while (stop === "needs-data" && scene.memory?.fill !== undefined) {
    scene.memory.fill();
    stop = STOP_REASONS[walk.run(frames)];
  }
  const list = Array.from({ length: frames.count }, (_, i) => ({
    pc: frames.pcs[i]!,
    cfa: Number.isNaN(frames.cfas[i]!) ? null : frames.cfas[i]! - STACK,
    table: TABLE_NAMES[frames.tables[i]!],
    flags: frames.flags[i]!,
  }));
  return { stop, frames: list };
}
