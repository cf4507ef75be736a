import { assertEquals } from "@std/assert";
import { Base, RowFlag } from "../../../formats/base/unwind_row.ts";
import {
  BytesMemory,
  CodeMap,
  FrameBuffer,
  KERNEL_POLICY,
  MACHINES,
  Module,
  RuleCache,
  Stop,
  STOP_REASONS,
  Walk,
} from "../../../kernel/mod.ts";
import { Lookup, type UnwindTable } from "../../../formats/base/unwind_row.ts";
import { type RowLiteral, wordBytes } from "../../builders/rows.ts";
import {
  type Scene,
  type SceneFrame,
  STACK,
  TEXT,
  walkScene,
} from "../../builders/scene.ts";

/** Walks a scene as the kernel does. */
function walk(scene: Omit<Scene, "policy">) {
  return walkScene({ ...scene, policy: KERNEL_POLICY });
}

/** Program counters, CFAs and the stop reason of a walk whose first frame has the given row. */
function step(
  row: Partial<RowLiteral>,
  scene: Partial<Scene> = {},
): { stop: string | undefined; frames: [number, number | null][] } {
  const rows = [
    { start: 0, end: 0x10, ...row } as RowLiteral,
    { start: 0x100, end: 0x200, flags: RowFlag.OUTERMOST },
  ];
  const { stop, frames } = walk({
    rows,
    stack: [TEXT + 0x110, TEXT + 0x120, TEXT + 0x130, 0, 0, 0],
    pc: TEXT + 4,
    ...scene,
  });
  return {
    stop,
    frames: frames.map(({ pc, cfa }) => [pc - TEXT, cfa]),
  };
}

/** A row with CFA = SP + 8. */
const SP_8 = { cfaBase: Base.SP, cfaOffset: 8 };

Deno.test("kernel walk looks rows up at the return address itself", () => {
  // The call is the last instruction of its function: the row behind it is another's.
  const scene = {
    rows: [
      { start: 0, end: 0x10, ...SP_8 },
      { start: 0x100, end: 0x110, ...SP_8 },
      { start: 0x110, end: 0x120, flags: RowFlag.OUTERMOST },
    ],
    stack: [TEXT + 0x110, TEXT + 0x118],
    pc: TEXT + 4,
  };
  assertEquals(walk(scene).frames.length, 2);
  assertEquals(walk(scene).stop, "end-of-stack");
  assertEquals(walkScene(scene).frames.length, 3);
});

Deno.test("5.2.1 an outermost frame ends the walk without a further frame", () => {
  assertEquals(step({ flags: RowFlag.OUTERMOST }), {
    stop: "end-of-stack",
    frames: [[4, null]],
  });
});

Deno.test("5.2.2 a CFA based on FP fails where FP is below SP", () => {
  const row = { cfaBase: Base.FP, cfaOffset: 8 };
  assertEquals(step(row, { fp: STACK + 8 }).frames, [[4, 16], [0x120, null]]);
  assertEquals(step(row, { fp: STACK }).frames, [[4, 8], [0x110, null]]);
  assertEquals(step(row, { fp: STACK - 8 }), {
    stop: "not-advancing",
    frames: [[4, null]],
  });
});

Deno.test("5.2.2 a CFA based on another register is for the topmost frame", () => {
  const row = { cfaBase: 3, cfaOffset: 8 };
  assertEquals(
    step(row, { registers: { 3: STACK + 8 } }).frames,
    [[4, 16], [0x120, null]],
  );
  const { stop, frames } = walk({
    rows: [{ start: 0, end: 0x10, ...SP_8 }, {
      start: 0x100,
      end: 0x200,
      ...row,
    }],
    stack: [TEXT + 0x110, TEXT + 0x120, 0],
    pc: TEXT + 4,
    registers: { 3: STACK + 8 },
  });
  assertEquals(stop, "unsupported-row");
  assertEquals(frames.length, 2);
});

Deno.test("5.2.3 a CFA may be loaded, and a load that fails ends the walk", () => {
  const row = { cfaBase: Base.SP, cfaOffset: 24, cfaDeref: true };
  const stack = [0, TEXT + 0x110, 0, STACK + 16, 0];
  assertEquals(step(row, { stack }).frames, [[4, 16], [0x110, null]]);
  assertEquals(step({ ...row, cfaOffset: 4096 }).stop, "unreadable-stack");
});

Deno.test("5.2.4 the CFA is above SP, in the topmost frame not below it", () => {
  const saved = { raBase: Base.CFA, raOffset: 0, raDeref: true };
  const stay = { cfaBase: Base.SP, cfaOffset: 0, ...saved };
  assertEquals(step(stay).frames, [[4, 0], [0x110, null]]);
  assertEquals(step({ ...stay, cfaOffset: -8 }).stop, "not-advancing");
  const { stop, frames } = walk({
    rows: [{ start: 0, end: 0x10, ...SP_8 }, {
      start: 0x100,
      end: 0x200,
      ...stay,
    }],
    stack: [TEXT + 0x110, TEXT + 0x120, 0],
    pc: TEXT + 4,
  });
  assertEquals([stop, frames.length], ["not-advancing", 2]);
});

Deno.test("5.2.4 a CFA on another stack is no exception", () => {
  const row = { cfaBase: 3, cfaOffset: 8 };
  const registers = { 3: STACK - 0x1000 };
  assertEquals(step(row, { registers }).stop, "not-advancing");
});

Deno.test("5.2.5 the CFA is a multiple of the word size", () => {
  assertEquals(step({ cfaBase: Base.SP, cfaOffset: 12 }).stop, "misaligned");
});

Deno.test("5.2.6 RA in the link register is for the topmost frame", () => {
  const row = {
    cfaBase: Base.SP,
    cfaOffset: 16,
    raBase: Base.SAME,
    raDeref: false,
  };
  const machine = MACHINES.aarch64;
  const registers = { 30: TEXT + 0x110 };
  assertEquals(
    step(row, { machine, registers }).frames,
    [[4, 16], [0x110, null]],
  );
  assertEquals(step(row).stop, "unsupported-row"); // x86-64 has none
  const { stop } = walk({
    rows: [{ start: 0, end: 0x10, ...SP_8 }, {
      start: 0x100,
      end: 0x200,
      ...row,
    }],
    stack: [TEXT + 0x110, 0, 0],
    pc: TEXT + 4,
    machine,
    registers,
  });
  assertEquals(stop, "unsupported-row");
});

Deno.test("5.2.6 RA is never the CFA plus an offset, and a register's only in the topmost frame", () => {
  const plain = { ...SP_8, raBase: Base.CFA, raOffset: 0, raDeref: false };
  assertEquals(step(plain).stop, "unsupported-row");
  const register = { ...SP_8, raBase: 2, raOffset: 1, raDeref: false };
  assertEquals(
    step(register, { registers: { 2: TEXT + 0x110 } }).frames,
    [[4, 8], [0x111, null]],
  );
  const loaded = { ...SP_8, raBase: 2, raOffset: 8, raDeref: true };
  assertEquals(
    step(loaded, { registers: { 2: STACK } }).frames,
    [[4, 8], [0x120, null]],
  );
  // FP counts as a register there, though it is carried from frame to frame
  const byFp = { ...SP_8, raBase: Base.FP, raOffset: 8, raDeref: true };
  assertEquals(step(byFp, { fp: STACK }).frames, [[4, 8], [0x120, null]]);
  for (const row of [register, loaded, byFp]) {
    const { stop, frames } = walk({
      rows: [{ start: 0, end: 0x10, ...SP_8 }, {
        start: 0x100,
        end: 0x200,
        ...row,
      }],
      stack: [TEXT + 0x110, TEXT + 0x120, 0],
      pc: TEXT + 4,
      fp: STACK + 8,
      registers: { 2: STACK },
    });
    assertEquals([stop, frames.length], ["unsupported-row", 2]);
  }
});

Deno.test("5.2.7 FP is kept, loaded, or a register's in the topmost frame; never the CFA plus an offset", () => {
  const then = { start: 0x100, end: 0x200, cfaBase: Base.FP, cfaOffset: 16 };
  const run = (row: Partial<RowLiteral>): SceneFrame[] =>
    walk({
      rows: [{ start: 0, end: 0x10, ...SP_8, ...row }, then],
      stack: [TEXT + 0x110, STACK + 24, TEXT + 8, 0, TEXT + 0x300],
      pc: TEXT + 4,
      fp: STACK + 16,
      registers: { 3: STACK + 8 },
    }).frames;
  assertEquals(run({})[1]!.cfa, 32);
  assertEquals(
    run({ fpBase: Base.CFA, fpOffset: 0, fpDeref: true })[1]!.cfa,
    40,
  );
  assertEquals(run({ fpBase: 3, fpOffset: 8 })[1]!.cfa, 32);
  assertEquals(run({ fpBase: Base.CFA, fpOffset: 16 }).length, 1);
  const unreadable = { fpBase: Base.CFA, fpOffset: -4096, fpDeref: true };
  assertEquals(run(unreadable).length, 1);
});

Deno.test("a return address is followed wherever it leads, and ends the walk one step later", () => {
  for (const pc of [0, 5, -0x1000, 2 ** 60]) {
    const { stop, frames } = walk({
      rows: [{ start: 0, end: 0x10, ...SP_8 }],
      stack: [pc, 0, 0],
      pc: TEXT + 4,
    });
    assertEquals(stop, "no-module");
    assertEquals(frames.map(({ pc }) => pc), [TEXT + 4, pc]);
  }
});

Deno.test("where no table covers the pc the frame pointer is followed, on machines with frame records", () => {
  const scene = {
    rows: [],
    stack: [0, 0, STACK + 32, TEXT + 0x300, STACK + 64, TEXT + 0x400, 0, 0],
    pc: TEXT + 4,
    fp: STACK + 16,
  };
  const { stop, frames } = walk(scene);
  assertEquals(stop, "no-row");
  assertEquals(
    frames.map(({ pc, cfa, table }) => [pc - TEXT, cfa, table]),
    [[4, 32, "fp"], [0x300, 48, "fp"], [0x400, null, null]],
  );
  const machine = MACHINES.s390x;
  assertEquals(
    walk({ ...scene, machine, littleEndian: false }).frames.length,
    1,
  );
});

Deno.test("a frame record whose FP is below SP, or that cannot be read, ends the walk", () => {
  const scene = { rows: [], stack: [0, 0, 0, 0], pc: TEXT + 4 };
  for (const fp of [0, STACK - 16, STACK + 4096, STACK + 4]) {
    assertEquals(walk({ ...scene, fp }).stop, "no-row");
    assertEquals(walk({ ...scene, fp, pc: 0 }).stop, "no-module");
  }
});

Deno.test("a step that fails after its row was found is not tried by frame pointer", () => {
  const row = { cfaBase: Base.SP, cfaOffset: 4096 };
  const stack = [0, 0, STACK + 40, TEXT + 0x110, 0, 0];
  assertEquals(step(row, { stack, fp: STACK + 16 }), {
    stop: "unreadable-stack",
    frames: [[4, null]],
  });
});

Deno.test("510 frames are the most, the interrupted one included", () => {
  const stack = Array.from({ length: 600 }, () => TEXT + 8);
  const { stop, frames } = walk({
    rows: [{ start: 0, end: 0x10, ...SP_8 }],
    stack,
    pc: TEXT + 4,
  });
  assertEquals([stop, frames.length], ["frame-limit", 510]);
  assertEquals(frames[0]!.pc, TEXT + 4);
});

Deno.test("a table that makes no sense is dropped at once and asked no more", () => {
  let lookups = 0;
  const table: UnwindTable = {
    kind: "sframe-v3",
    lookup(pc, row) {
      lookups++;
      if (pc >= 0x100) return Lookup.BAD;
      row.reset();
      Object.assign(row, SP_8, {
        raBase: Base.CFA,
        raOffset: -8,
        raDeref: true,
      });
      return Lookup.FOUND;
    },
  };
  const module = new Module("program", TEXT, TEXT + 0x1000);
  module.bias = TEXT;
  module.tables = [table];
  const codeMap = new CodeMap();
  codeMap.addText(TEXT, TEXT + 0x1000, codeMap.addModule(module));
  const machine = MACHINES["x86-64"];
  const stack = wordBytes([TEXT + 8, TEXT + 0x100, 0, 0]);
  const memory = new BytesMemory(stack, STACK);
  const cache = new RuleCache();
  const walker = new Walk(codeMap, memory, machine, cache, KERNEL_POLICY);
  const registers = new Float64Array(128);
  registers[machine.pc] = TEXT + 4;
  registers[machine.sp] = STACK;
  const frames = new FrameBuffer();
  walker.begin(registers);
  assertEquals(STOP_REASONS[walker.run(frames)], "no-row");
  assertEquals([frames.count, lookups, module.tables.length], [3, 3, 0]);
  frames.count = 0;
  walker.begin(registers);
  assertEquals(walker.run(frames), Stop.NO_ROW);
  assertEquals([frames.count, lookups, module.badRowCount], [1, 3, 1]);
});
