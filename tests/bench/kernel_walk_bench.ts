/**
 * Walking threads whose stacks are at hand: frames per second of the walk itself. The baseline makes an object for each
 * frame, as `backtrace()` does.
 */
import { Base } from "../../formats/base/unwind_row.ts";
import {
  BytesMemory,
  CodeMap,
  DEBUGGER_POLICY,
  FrameBuffer,
  MACHINES,
  Module,
  RuleCache,
  Walk,
} from "../../kernel/mod.ts";
import { type RowLiteral, RowsTable, wordBytes } from "../builders/rows.ts";

const TEXT = 0x5555_0000_0000;
const STACK = 0x7ffc_0000_0000;
const FUNCTION_COUNT = 500;
const FRAME_COUNT = 100_000;

/** Functions of 64 bytes; each has one row, with frames of 16 to 160 bytes, every fourth with a saved frame pointer. */
function makeRows(): RowLiteral[] {
  const rows: RowLiteral[] = [];
  for (let i = 0; i < FUNCTION_COUNT; i++) {
    const fp = i % 4 === 0
      ? { fpBase: Base.CFA, fpOffset: -16, fpDeref: true }
      : {};
    rows.push({
      start: i * 64,
      end: i * 64 + 64,
      cfaBase: Base.SP,
      cfaOffset: 16 + (i % 10) * 16,
      ...fp,
    });
  }
  return rows;
}

function makeWalk() {
  const codeMap = new CodeMap();
  const module = new Module("/bin/bench", TEXT, TEXT + FUNCTION_COUNT * 64);
  module.bias = TEXT;
  const rows = makeRows();
  module.tables = [new RowsTable(rows)];
  codeMap.addText(module.start, module.end, codeMap.addModule(module));
  const words: number[] = [];
  let seed = 1;
  let current = 7;
  for (let i = 0; i < FRAME_COUNT; i++) {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    const next = seed % FUNCTION_COUNT;
    for (let k = rows[current]!.cfaOffset! / 8; k > 1; k--) words.push(STACK);
    words.push(i === FRAME_COUNT - 1 ? 0 : TEXT + next * 64 + 20);
    current = next;
  }
  const memory = new BytesMemory(wordBytes(words), STACK);
  const machine = MACHINES["x86-64"];
  const walk = new Walk(
    codeMap,
    memory,
    machine,
    new RuleCache(),
    DEBUGGER_POLICY,
  );
  const registers = new Float64Array(128).fill(NaN);
  registers[machine.pc] = TEXT + 7 * 64 + 20;
  registers[machine.sp] = STACK;
  registers[machine.fp] = STACK;
  return { walk, registers };
}

const { walk, registers } = makeWalk();
const frames = new FrameBuffer(FRAME_COUNT);

function walkAll(): number {
  frames.count = 0;
  walk.begin(registers);
  walk.run(frames);
  if (frames.count !== FRAME_COUNT) throw new Error(`${frames.count} frames`);
  return frames.count;
}

Deno.bench({
  name: "walk 100,000 frames, an object each",
  group: "kernel/walk",
  baseline: true,
  fn() {
    walkAll();
    const list: { pc: number; cfa: number }[] = [];
    for (let i = 0; i < frames.count; i++) {
      list.push({ pc: frames.pcs[i]!, cfa: frames.cfas[i]! });
    }
    if (list.length !== FRAME_COUNT) throw new Error("lost frames");
  },
});

Deno.bench({
  name: "walk 100,000 frames into a buffer",
  group: "kernel/walk",
  fn() {
    walkAll();
  },
});
