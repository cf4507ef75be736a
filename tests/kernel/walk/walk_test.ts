import { assertEquals } from "@std/assert";
import { Base, RowFlag } from "../../../formats/base/unwind_row.ts";
import {
  BytesMemory,
  CodeMap,
  DEBUGGER_POLICY,
  FrameBuffer,
  FrameFlag,
  MACHINES,
  Module,
  RuleCache,
  Walk,
} from "../../../kernel/mod.ts";
import { RowsTable, wordBytes } from "../../builders/rows.ts";
import { STACK, TEXT, walkScene } from "../../builders/scene.ts";

const LEAF = { start: 0x10, end: 0x20, cfaBase: Base.SP, cfaOffset: 8 };
const FRAME = { start: 0x20, end: 0x40, cfaBase: Base.SP, cfaOffset: 24 };
const START = { start: 0x40, end: 0x50, flags: RowFlag.OUTERMOST };

Deno.test("Walk.run() follows rows to the outermost frame", () => {
  const { stop, frames } = walkScene({
    rows: [LEAF, FRAME, START],
    stack: [TEXT + 0x28, 0, 0, TEXT + 0x48, 0, 0],
    pc: TEXT + 0x12,
  });
  assertEquals(stop, "end-of-stack");
  assertEquals(frames, [
    {
      pc: TEXT + 0x12,
      cfa: 8,
      table: "sframe-v3",
      flags: FrameFlag.EXACT_PC,
    },
    { pc: TEXT + 0x28, cfa: 32, table: "sframe-v3", flags: 0 },
    { pc: TEXT + 0x48, cfa: null, table: null, flags: 0 },
  ]);
});

Deno.test("Walk.run() looks a return address up one byte before", () => {
  // The call was FRAME's last instruction, so its return address lies in START.
  const { stop, frames } = walkScene({
    rows: [LEAF, FRAME, START],
    stack: [TEXT + 0x40, 0, 0, 0],
    pc: TEXT + 0x12,
  });
  assertEquals(stop, "end-of-stack");
  assertEquals(frames.map((frame) => frame.pc), [TEXT + 0x12, TEXT + 0x40]);
  assertEquals(frames[1]!.cfa, 32);
});

Deno.test("Walk.run() stops where the stack cannot be read", () => {
  const { stop, frames } = walkScene({
    rows: [LEAF, FRAME],
    stack: [TEXT + 0x28, 0],
    pc: TEXT + 0x12,
  });
  assertEquals(stop, "unreadable-stack");
  assertEquals(frames.length, 2);
});

Deno.test("Walk.run() stops at a CFA that does not rise", () => {
  const back = {
    start: 0x20,
    end: 0x40,
    cfaBase: Base.FP,
    cfaOffset: 16,
  };
  const { stop } = walkScene({
    rows: [LEAF, back],
    stack: [TEXT + 0x28, 0, 0, 0],
    pc: TEXT + 0x12,
    fp: STACK - 8,
  });
  assertEquals(stop, "not-advancing");
});

Deno.test("Walk.run() stops at a CFA that is not a multiple of 8", () => {
  const odd = { start: 0x10, end: 0x20, cfaBase: Base.SP, cfaOffset: 12 };
  const { stop } = walkScene({
    rows: [{ ...odd, raOffset: -12 }],
    stack: [TEXT + 0x28, 0, 0],
    pc: TEXT + 0x12,
  });
  assertEquals(stop, "misaligned");
});

Deno.test("Walk.run() stops at the frame limit", () => {
  const { stop, frames } = walkScene({
    rows: [LEAF],
    stack: new Array(64).fill(TEXT + 0x18),
    pc: TEXT + 0x12,
    policy: { maxFrames: 5 },
  });
  assertEquals(stop, "frame-limit");
  assertEquals(frames.length, 5);
});

Deno.test("Walk.run() takes a call through null as just called", () => {
  const scene = {
    rows: [FRAME, START],
    stack: [TEXT + 0x28, 0, 0, TEXT + 0x48],
    pc: 0,
  };
  const { stop, frames } = walkScene(scene);
  assertEquals(stop, "end-of-stack");
  assertEquals(frames.map((frame) => frame.table), [
    "call",
    "sframe-v3",
    null,
  ]);
  assertEquals(
    frames.map((frame) => frame.flags & FrameFlag.UNTRUSTED),
    [0, FrameFlag.UNTRUSTED, 0],
  );
  const off = walkScene({ ...scene, policy: { calls: false } });
  assertEquals(off.stop, "no-module");
  assertEquals(off.frames.length, 1);
});

Deno.test("Walk.run() takes x30 as the caller of a wild jump on aarch64", () => {
  const machine = MACHINES["aarch64"];
  const { stop, frames } = walkScene({
    machine,
    rows: [{ ...FRAME, cfaOffset: 16 }, START],
    stack: [0, TEXT + 0x48, 0],
    pc: 0x1234,
    registers: { 30: TEXT + 0x28 },
  });
  assertEquals(stop, "end-of-stack");
  assertEquals(frames.map((frame) => frame.pc), [
    0x1234,
    TEXT + 0x28,
    TEXT + 0x48,
  ]);
});

Deno.test("Walk.run() follows frame records where no table covers the pc", () => {
  const scene = {
    rows: [START],
    stack: [0, 0, STACK + 32, TEXT + 0x150, 0, TEXT + 0x48],
    pc: TEXT + 0x100,
    fp: STACK + 16,
  };
  const { stop, frames } = walkScene(scene);
  assertEquals(stop, "end-of-stack");
  assertEquals(frames.map(({ table }) => table), ["fp", "fp", null]);
  assertEquals(
    frames.map((frame) => frame.flags & FrameFlag.UNTRUSTED),
    [0, FrameFlag.UNTRUSTED, FrameFlag.UNTRUSTED],
  );
  const off = walkScene({ ...scene, policy: { framePointers: false } });
  assertEquals(off.stop, "no-row");
});

Deno.test("Walk.run() tells no CFA of a frame record that lies at the bottom of its frame", () => {
  const scene = {
    // The row of the caller says where FP is saved, and so where its frame is.
    rows: [{
      ...FRAME,
      cfaOffset: 48,
      raOffset: -24,
      fpBase: Base.CFA,
      fpOffset: -32,
      fpDeref: true,
    }, START],
    stack: [STACK + 48, TEXT + 0x28, 0, 0, 0, 0, 0, TEXT + 0x48, 0, 0],
    pc: TEXT + 0x100,
    fp: STACK,
  };
  const aarch64 = walkScene({ ...scene, machine: MACHINES["aarch64"] });
  assertEquals(aarch64.stop, "end-of-stack");
  assertEquals(aarch64.frames.map(({ cfa }) => cfa), [null, 80, null]);
  const x86 = walkScene(scene);
  assertEquals(x86.frames[0]!.cfa, 16);
});

Deno.test("Walk.run() strips authentication codes from return addresses", () => {
  const { frames } = walkScene({
    machine: MACHINES["aarch64"],
    rows: [{ ...LEAF, cfaOffset: 16, flags: RowFlag.RA_SIGNED }, START],
    // 0x002a…: a code in bits 48 to 54
    stack: [0, TEXT + 0x48 + 0x2a_0000_0000_0000],
    pc: TEXT + 0x12,
  });
  assertEquals(frames[1]!.pc, TEXT + 0x48);
});

Deno.test("Walk.run() restores SP below the CFA on s390x", () => {
  const { stop, frames } = walkScene({
    machine: MACHINES["s390x"],
    littleEndian: false,
    rows: [
      { ...LEAF, cfaOffset: 176, raOffset: -160 },
      { ...FRAME, cfaOffset: 168, raOffset: -160 },
      START,
    ],
    stack: [0, 0, TEXT + 0x28, TEXT + 0x48, 0],
    pc: TEXT + 0x12,
  });
  assertEquals(stop, "end-of-stack");
  assertEquals(frames.map(({ pc }) => pc), [
    TEXT + 0x12,
    TEXT + 0x28,
    TEXT + 0x48,
  ]);
});

Deno.test("Walk.run() reads the interrupted registers from a signal frame", () => {
  const stack = new Array(40).fill(0);
  stack[0] = TEXT + 0x80; // the handler returns to the trampoline
  stack[1 + 160 / 8] = STACK + 35 * 8; // rsp
  stack[1 + 168 / 8] = TEXT + 0x20; // rip: the function's first instruction
  stack[35 + 2] = TEXT + 0x48;
  const { stop, frames } = walkScene({
    rows: [LEAF, FRAME, START, {
      start: 0x7f,
      end: 0x90,
      flags: RowFlag.SIGNAL,
    }],
    stack,
    pc: TEXT + 0x12,
  });
  assertEquals(stop, "end-of-stack");
  assertEquals(frames.map(({ pc }) => pc - TEXT), [0x12, 0x80, 0x20, 0x48]);
  assertEquals(frames.map(({ flags }) => flags), [
    FrameFlag.EXACT_PC,
    FrameFlag.SIGNAL | FrameFlag.EXACT_PC,
    FrameFlag.EXACT_PC,
    0,
  ]);
});

Deno.test("Walk.run() evaluates a register base in the innermost frame only", () => {
  const realigned = {
    start: 0x10,
    end: 0x20,
    cfaBase: 10,
    cfaOffset: 0,
  };
  const scene = {
    rows: [realigned, START],
    stack: [0, 0, TEXT + 0x48, 0],
    registers: { 10: STACK + 24 },
  };
  const inner = walkScene({ ...scene, pc: TEXT + 0x12 });
  assertEquals(inner.stop, "end-of-stack");
  assertEquals(inner.frames[0]!.cfa, 24);
  const outer = walkScene({
    ...scene,
    rows: [realigned, { ...LEAF, start: 0x60, end: 0x70 }, START],
    stack: [TEXT + 0x18, 0, 0, 0],
    pc: TEXT + 0x62,
  });
  assertEquals(outer.stop, "unsupported-row");
});

Deno.test("Walk.run() asks a table once for a pc that comes again", () => {
  const codeMap = new CodeMap();
  const module = new Module("/bin/program", TEXT, TEXT + 0x1000);
  module.bias = TEXT;
  const table = new RowsTable([LEAF, START]);
  module.tables = [table];
  codeMap.addText(TEXT, TEXT + 0x1000, codeMap.addModule(module));
  const words = new Array(100).fill(TEXT + 0x18).concat(TEXT + 0x48);
  const memory = new BytesMemory(wordBytes(words), STACK);
  const cache = new RuleCache();
  const machine = MACHINES["x86-64"];
  const walk = new Walk(codeMap, memory, machine, cache, DEBUGGER_POLICY);
  const registers = new Float64Array(128).fill(NaN);
  registers[machine.pc] = TEXT + 0x18;
  registers[machine.sp] = STACK;
  const frames = new FrameBuffer();
  walk.begin(registers);
  walk.run(frames);
  assertEquals(frames.count, 102);
  assertEquals(table.lookupCount, 3); // the exact pc, the return address, the outermost frame
});

Deno.test("Walk.run() finds the rules of another thread's frames in the cache", () => {
  const codeMap = new CodeMap();
  const module = new Module("/bin/program", TEXT, TEXT + 0x1000);
  module.bias = TEXT;
  const table = new RowsTable([LEAF, FRAME, START]);
  module.tables = [table];
  codeMap.addText(TEXT, TEXT + 0x1000, codeMap.addModule(module));
  const machine = MACHINES["x86-64"];
  const words = [
    TEXT + 0x28,
    0,
    0,
    TEXT + 0x48,
    TEXT + 0x28,
    0,
    0,
    TEXT + 0x48,
  ];
  const memory = new BytesMemory(wordBytes(words), STACK);
  const cache = new RuleCache();
  const walk = new Walk(codeMap, memory, machine, cache, DEBUGGER_POLICY);
  const frames = new FrameBuffer();
  const registers = new Float64Array(128).fill(NaN);
  registers[machine.pc] = TEXT + 0x12;
  for (const sp of [STACK, STACK + 32]) {
    registers[machine.sp] = sp;
    frames.count = 0;
    walk.begin(registers);
    walk.run(frames);
    assertEquals(Array.from(frames.pcs.subarray(0, frames.count)), [
      TEXT + 0x12,
      TEXT + 0x28,
      TEXT + 0x48,
    ]);
    assertEquals(frames.cfas[0], sp + 8);
  }
  assertEquals(table.lookupCount, 3);
});
