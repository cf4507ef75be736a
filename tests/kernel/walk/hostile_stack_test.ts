/**
 * Stacks and rules that would keep a careless walk going for ever, or make it depend on what is loaded.
 */
import { assertEquals, assertLessOrEqual } from "@std/assert";
import { Base, RowFlag } from "../../../formats/base/unwind_row.ts";
import { openEhFrame } from "../../../formats/eh_frame/mod.ts";
import { BytesSource, MACHINES, SourceMemory } from "../../../kernel/mod.ts";
import { CfiBuilder } from "../../builders/eh_frame.ts";
import { wordBytes } from "../../builders/rows.ts";
import { STACK, TEXT, walkScene } from "../../builders/scene.ts";

const LEAF = { start: 0x10, end: 0x20, cfaBase: Base.SP, cfaOffset: 8 };
const START = { start: 0x40, end: 0x50, flags: RowFlag.OUTERMOST };

Deno.test("Walk.run() stops above the stack where the return address lies beside it", () => {
  const beside = { raBase: Base.FP, raOffset: 0, raDeref: true };
  const { stop, frames } = walkScene({
    rows: [{ ...LEAF, ...beside, cfaOffset: 16 }],
    stack: [TEXT + 0x18, 0, 0, 0],
    pc: TEXT + 0x12,
    fp: STACK,
    policy: { maxFrames: 100_000 },
  });
  assertEquals(stop, "unreadable-stack");
  assertLessOrEqual(frames.length, 8192);
});

Deno.test("Walk.run() does not take a link register twice in full mode", () => {
  const builder = new CfiBuilder();
  const initial = [0x0c, 31, 16]; // CFA = sp + 16, x30 where it was
  const cie = builder.cie({ returnColumn: 30, initial });
  // breg31 0; dup; drop: what no simple row tells
  const instructions = [0x0f, 4, 0x8f, 0, 0x12, 0x13];
  builder.fde({ cie, start: 0x10, size: 0x10, instructions });
  builder.fde({ cie, start: 0x20, size: 0x20 });
  builder.terminator();
  const { stop, frames } = walkScene({
    machine: MACHINES["aarch64"],
    tables: [
      openEhFrame(builder.bytes, 0x9000, {
        littleEndian: true,
        machine: "aarch64",
      }),
    ],
    stack: new Array(64).fill(0),
    pc: TEXT + 0x12,
    registers: { 30: TEXT + 0x28 },
    policy: { maxFrames: 100 },
  });
  assertEquals(stop, "not-advancing");
  assertEquals(frames.map(({ pc }) => pc - TEXT), [0x12, 0x28]);
});

Deno.test("Walk.run() stops in frame records that lead back", () => {
  const { stop, frames } = walkScene({
    stack: [
      STACK + 32,
      TEXT + 0x150,
      0,
      0,
      STACK + 48,
      TEXT + 0x160,
      STACK + 32,
      TEXT + 0x170,
    ],
    pc: TEXT + 0x100,
    fp: STACK,
    policy: { maxFrames: 1000 },
  });
  assertEquals(frames.map(({ pc }) => pc - TEXT), [
    0x100,
    0x150,
    0x160,
    0x170,
  ]);
  assertEquals(stop, "no-row");
});

Deno.test("Walk.run() stops in signal frames that interrupt each other", () => {
  const stack = new Array(200).fill(0);
  const place = (at: number, next: number) => {
    stack[at + 160 / 8] = STACK + 8 * next;
    stack[at + 168 / 8] = TEXT + 0x80;
  };
  place(0, 100);
  place(100, 0);
  const { stop, frames } = walkScene({
    rows: [{ start: 0x7f, end: 0x90, flags: RowFlag.SIGNAL }],
    stack,
    pc: TEXT + 0x80,
    policy: { maxFrames: 1000 },
  });
  assertEquals(stop, "not-advancing");
  assertLessOrEqual(frames.length, 8);
});

Deno.test("Walk.run() reads a signal frame whether or not the trampoline's code is loaded", () => {
  const code = new Uint8Array(0x1000);
  code.set([0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05], 0x80);
  const stack = new Array(64).fill(0);
  stack[160 / 8] = STACK + 40 * 8; // rsp
  stack[168 / 8] = TEXT + 0x12; // rip
  stack[10] = TEXT + 0x48; // where the row, which is wrong, has the return address
  stack[40] = TEXT + 0x48;
  const scene = (isLoaded: boolean) => {
    const memory = new SourceMemory(true);
    memory.addRegion(TEXT, TEXT + 0x1000, new BytesSource(code), 0);
    const bytes = wordBytes(stack);
    memory.addRegion(
      STACK,
      STACK + bytes.length,
      new BytesSource(bytes),
      0,
    );
    for (const address of isLoaded ? [TEXT, STACK] : [STACK]) {
      memory.missing = address;
      memory.fill();
    }
    return walkScene({
      rows: [LEAF, START, {
        start: 0x80,
        end: 0x90,
        flags: RowFlag.SIGNAL,
        cfaBase: Base.SP,
        cfaOffset: 88,
      }],
      stack: [],
      memory,
      pc: TEXT + 0x80,
    });
  };
  const { stop, frames } = scene(true);
  assertEquals(stop, "end-of-stack");
  assertEquals(frames.map(({ pc }) => pc - TEXT), [0x80, 0x12, 0x48]);
  assertEquals(scene(false), { stop, frames });
});

Deno.test("Walk.run() tells an unreadable stack from one that ends", () => {
  const walk = (sp: number, words: number[]) =>
    walkScene({ rows: [LEAF], stack: words, pc: TEXT + 0x12, sp }).stop;
  assertEquals(walk(STACK, [0]), "end-of-stack");
  assertEquals(walk(STACK - 8, [0]), "unreadable-stack");
  assertEquals(walk(STACK + 1, [0, 0]), "misaligned");
  assertEquals(walk(NaN, [0]), "unsupported-row");
});
