/**
 * Signal frames of each machine whose trampoline has no rows and no code in the core: known by their look.
 */
import { assertEquals } from "@std/assert";
import { Base, RowFlag } from "../../../formats/base/unwind_row.ts";
import { FrameFlag, type Machine, MACHINES } from "../../../kernel/mod.ts";
import { STACK, TEXT, walkScene } from "../../builders/scene.ts";

const TRAMPOLINE = TEXT + 0x80;
const TWO_32 = 0x1_0000_0000;
const START = { start: 0x40, end: 0x50, flags: RowFlag.OUTERMOST };

/** What a signal frame says, apart from the machine's layout. */
interface Interrupted {
  pc: number;
  sp: number;
  link: number;
}

interface Layout {
  machine: Machine;
  littleEndian: boolean;
  /** Words of the frame by index. */
  words(interrupted: Interrupted): Record<number, number>;
}

/** From `struct rt_sigframe` of the kernel: 128 bytes of siginfo, then the ucontext. */
function aarch64(littleEndian: boolean): Layout {
  const magic = 0x4650_8001; // FPSIMD_MAGIC, then the record's size
  const size = 0x210;
  return {
    machine: MACHINES["aarch64"],
    littleEndian,
    words: ({ pc, sp, link }) => ({
      [(312 + 8 * 30) / 8]: link,
      [(312 + 8 * 31) / 8]: sp,
      [(312 + 8 * 32) / 8]: pc,
      [592 / 8]: littleEndian ? size * TWO_32 + magic : magic * TWO_32 + size,
    }),
  };
}

const LAYOUTS: Record<string, Layout> = {
  "aarch64": aarch64(true),
  "big-endian aarch64": aarch64(false),
  "s390x": {
    machine: MACHINES["s390x"],
    littleEndian: false,
    words: ({ pc, sp, link }) => ({
      [168 / 8]: 11 * TWO_32, // si_signo
      [336 / 8]: 0x0705_0000 * TWO_32 + 0x8000_0000, // PSW mask of a user program
      [344 / 8]: pc,
      [(352 + 8 * 14) / 8]: link,
      [(352 + 8 * 15) / 8]: sp,
    }),
  },
};

for (
  const [name, { machine, littleEndian, words }] of Object.entries(LAYOUTS)
) {
  const leaf = {
    start: 0x10,
    end: 0x20,
    cfaBase: Base.SP,
    cfaOffset: machine.entryCfaOffset,
    raBase: Base.SAME,
    raDeref: false,
  };
  const walk = (at: number, frame: Record<number, number>) => {
    const stack = new Array(400).fill(0);
    for (const [index, word] of Object.entries(frame)) {
      stack[at + Number(index)] = word;
    }
    return walkScene({
      machine,
      littleEndian,
      rows: [leaf, START],
      stack,
      pc: TRAMPOLINE,
      sp: STACK + 8 * at,
    });
  };

  Deno.test(`Walk.run() finds the interrupted function by the signal frame's look on ${name}`, () => {
    const interrupted = {
      pc: TEXT + 0x12,
      sp: STACK + 8 * 300,
      link: TEXT + 0x48,
    };
    const { stop, frames } = walk(0, words(interrupted));
    assertEquals(stop, "end-of-stack");
    assertEquals(frames.map(({ pc }) => pc), [
      TRAMPOLINE,
      TEXT + 0x12,
      TEXT + 0x48,
    ]);
    assertEquals(frames[0]!.flags, FrameFlag.SIGNAL | FrameFlag.EXACT_PC);
    assertEquals(frames[1]!.cfa, 8 * 300 + machine.entryCfaOffset);
  });

  Deno.test(`Walk.run() leaves an alternate stack for one below it on ${name}`, () => {
    const interrupted = { pc: TEXT + 0x12, sp: STACK + 8, link: TEXT + 0x48 };
    const { stop, frames } = walk(200, words(interrupted));
    assertEquals(stop, "end-of-stack");
    assertEquals(frames.map(({ pc }) => pc), [
      TRAMPOLINE,
      TEXT + 0x12,
      TEXT + 0x48,
    ]);
  });

  Deno.test(`Walk.run() takes no other stack for a signal frame on ${name}`, () => {
    const { stop, frames } = walk(0, { 1: TEXT + 0x12 });
    assertEquals(frames.length, 1);
    assertEquals(stop, "no-row");
  });
}

Deno.test("Walk.run() strips the interrupted function's link register on aarch64", () => {
  for (const name of ["aarch64", "big-endian aarch64"]) {
    const { machine, littleEndian, words } = LAYOUTS[name]!;
    const frame = words({
      pc: TEXT + 0x12,
      sp: STACK + 800,
      link: TEXT + 0x48 + 0x2a_0000_0000_0000,
    });
    const stack = new Array(120).fill(0);
    for (const [index, word] of Object.entries(frame)) {
      stack[Number(index)] = word;
    }
    const same = { cfaBase: Base.SP, raBase: Base.SAME, raDeref: false };
    const flags = RowFlag.RA_SIGNED;
    const { frames } = walkScene({
      machine,
      littleEndian,
      rows: [{ start: 0x10, end: 0x20, ...same, flags }, START],
      stack,
      pc: TRAMPOLINE,
    });
    assertEquals(frames.at(-1)!.pc, TEXT + 0x48, name);
  }
});
