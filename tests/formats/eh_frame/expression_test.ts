import { assertEquals } from "@std/assert";
import {
  ExpressionEvaluator,
  type ExpressionOptions,
} from "../../../formats/eh_frame/mod.ts";
import { fixed, sleb, uleb } from "../../builders/eh_frame.ts";

const MIN = -(2 ** 63);

/** Sixteen words of memory from 0x1000 on, word i being i × 0x0101; nothing else can be read. */
const memory = {
  readWord(address: number): number {
    const index = (address - 0x1000) / 8;
    return index >= 0 && index < 16 ? index * 0x0101 : NaN;
  },
};

function run(
  bytes: number[],
  { initial, registers = [], ...options }:
    & { initial?: number; registers?: number[] }
    & Partial<ExpressionOptions> = {},
): number {
  const evaluator = new ExpressionEvaluator({
    view: new DataView(Uint8Array.from([0xff, ...bytes, 0xff]).buffer),
    littleEndian: true,
    ...options,
  });
  const values = new Float64Array(128).fill(NaN);
  registers.forEach((value, i) => values[i] = value);
  return evaluator.evaluate(1, bytes.length, values, memory, initial);
}

/** Pushes a number as `DW_OP_const8s`. */
const push = (value: number | bigint) => [0x0f, ...fixed(value, 8)];

Deno.test("ExpressionEvaluator pushes constants", () => {
  assertEquals(run([0x08, 0xff]), 255);
  assertEquals(run([0x09, 0xff]), -1);
  assertEquals(run([0x0a, 0xfe, 0xff]), 0xfffe);
  assertEquals(run([0x0b, 0xfe, 0xff]), -2);
  assertEquals(run([0x0c, ...fixed(-3, 4)]), 0xffff_fffd);
  assertEquals(run([0x0d, ...fixed(-3, 4)]), -3);
  assertEquals(run([0x0e, ...fixed(-4, 8)]), -4);
  assertEquals(run([0x0f, ...fixed(2 ** 52 + 1, 8)]), 2 ** 52 + 1);
  assertEquals(run([0x10, ...uleb(2 ** 40 + 5)]), 2 ** 40 + 5);
  assertEquals(run([0x11, ...sleb(-(2 ** 40) - 5)]), -(2 ** 40) - 5);
  assertEquals(run([0x11, ...sleb(-5)]), -5);
  assertEquals(run([0x03, ...fixed(0x1234, 8)], { loadBias: 0x1000 }), 0x2234);
  for (let i = 0; i < 32; i++) assertEquals(run([0x30 + i]), i);
});

Deno.test("ExpressionEvaluator reads LEB128 of 64 bits exactly", () => {
  const all = [...new Array(9).fill(0xff), 0x01];
  assertEquals(run([0x10, ...all]), -1);
  assertEquals(run([0x11, ...new Array(9).fill(0xff), 0x7f]), -1);
  const top = [...new Array(9).fill(0x80), 0x01];
  assertEquals(run([0x10, ...top]), MIN);
  // 2^53 + 1 is not a Number, but the difference to 2^53 is.
  const odd = fixedLeb(2n ** 53n + 1n);
  assertEquals(run([0x10, ...odd, ...push(2n ** 53n), 0x1c]), 1);
});

function fixedLeb(value: bigint): number[] {
  const bytes: number[] = [];
  for (; value >= 128n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
  return [...bytes, Number(value)];
}

Deno.test("ExpressionEvaluator reads registers", () => {
  const registers = Array.from({ length: 40 }, (_, i) => 0x1000 * i);
  assertEquals(run([0x53], { registers }), 0x3000);
  assertEquals(run([0x90, 33], { registers }), 0x21000);
  assertEquals(run([0x77, 0x78], { registers }), 0x6ff8);
  assertEquals(run([0x8f, 0x08], { registers }), 0x1f008);
  assertEquals(run([0x92, 33, 0x7f], { registers }), 0x20fff);
  assertEquals(run([0x77, 0]), NaN);
  assertEquals(run([0x90, ...uleb(500)], { registers }), NaN);
});

Deno.test("ExpressionEvaluator moves words on the stack", () => {
  const three = [0x31, 0x32, 0x33];
  const sum = [0x08, 100, 0x1e, 0x22, 0x08, 100, 0x1e, 0x22]; // a + 100 (b + 100 c)
  const order = (op: number[]) => run([...three, ...op, ...sum]);
  assertEquals(order([]), 30201);
  assertEquals(order([0x16]), 20301);
  assertEquals(order([0x17]), 20103);
  assertEquals(order([0x12, 0x13]), 30201);
  assertEquals(run([...three, 0x12]), 3);
  assertEquals(run([...three, 0x13]), 2);
  assertEquals(run([...three, 0x14]), 2);
  assertEquals(run([...three, 0x15, 2]), 1);
  assertEquals(run([...three, 0x15, 3]), NaN);
});

Deno.test("ExpressionEvaluator calculates with 64 bits", () => {
  const binary = (op: number, second: number | bigint, top: number | bigint) =>
    run([...push(second), ...push(top), op]);
  assertEquals(binary(0x22, 2 ** 40, -1), 2 ** 40 - 1);
  assertEquals(binary(0x22, 2n ** 63n - 1n, 1), MIN);
  assertEquals(binary(0x22, -1, 1), 0);
  assertEquals(binary(0x1c, 5, 7), -2);
  assertEquals(binary(0x1c, 0, MIN), MIN);
  assertEquals(binary(0x1e, 2 ** 32, 2 ** 31), MIN);
  assertEquals(binary(0x1e, -3, 7), -21);
  assertEquals(binary(0x1b, -7, 2), -3);
  assertEquals(binary(0x1b, 7, 0), NaN);
  assertEquals(binary(0x1d, 7, 0), NaN);
  assertEquals(binary(0x1d, -1, 10), 5); // 2^64 − 1 ends in 5
  assertEquals(binary(0x1a, -256, 0x1234), 0x1200);
  assertEquals(binary(0x1a, 0x5_0000_0003, 0x6_0000_0005), 0x4_0000_0001);
  assertEquals(binary(0x21, 0x5_0000_0001, 0x2_0000_0004), 0x7_0000_0005);
  assertEquals(binary(0x27, -1, 0xff), -256);
  assertEquals(binary(0x24, 1, 40), 2 ** 40);
  assertEquals(binary(0x24, 1, 63), MIN);
  assertEquals(binary(0x24, 1, 64), 0);
  assertEquals(binary(0x24, 1, -1), 0);
  assertEquals(binary(0x25, -1, 60), 15);
  assertEquals(binary(0x25, -1, 64), 0);
  assertEquals(binary(0x26, -256, 4), -16);
  assertEquals(binary(0x26, -256, 2 ** 40), -1);
});

Deno.test("ExpressionEvaluator has operations on one word", () => {
  assertEquals(run([...push(-5), 0x19]), 5);
  assertEquals(run([...push(5), 0x19]), 5);
  assertEquals(run([...push(5), 0x1f]), -5);
  assertEquals(run([...push(0), 0x1f]), 0);
  assertEquals(run([...push(2 ** 32), 0x1f]), -(2 ** 32));
  assertEquals(run([...push(MIN), 0x1f]), MIN);
  assertEquals(run([...push(0), 0x20]), -1);
  assertEquals(run([...push(0x1000), 0x23, ...uleb(300)]), 0x112c);
});

Deno.test("ExpressionEvaluator compares signed words", () => {
  const holds = (second: number, top: number) =>
    [0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e]
      .map((op) => run([...push(second), ...push(top), op])).join("");
  assertEquals(holds(1, 1), "110100");
  assertEquals(holds(2, 1), "011001");
  assertEquals(holds(1, 2), "000111");
  assertEquals(holds(-1, 1), "000111");
  assertEquals(holds(0xffff_ffff, 1), "011001");
  assertEquals(holds(2 ** 32, 0xffff_ffff), "011001");
});

Deno.test("ExpressionEvaluator reads memory", () => {
  assertEquals(run([...push(0x1010), 0x06]), 0x0202);
  assertEquals(run([...push(0x1010), 0x94, 8]), 0x0202);
  assertEquals(run([...push(0x1010), 0x94, 1]), 0x02);
  assertEquals(run([...push(0x1010), 0x94, 2]), 0x0202);
  assertEquals(run([...push(0x2000), 0x06]), NaN);
  assertEquals(run([...push(0x2000), 0x94, 1]), NaN);
  assertEquals(run([...push(0x1010), 0x94, 3]), NaN);
  assertEquals(run([...push(2 ** 60), 0x06]), NaN);
});

Deno.test("ExpressionEvaluator reads parts of words, or nothing where words are not exact", () => {
  const bytes = Uint8Array.of(
    0xf1,
    0xf2,
    3,
    4,
    5,
    6,
    0,
    0,
    0,
    0xf9,
    10,
    11,
    12,
    13,
    14,
    15,
  );
  const view = new DataView(bytes.buffer);
  const known: string[] = [];
  for (const littleEndian of [true, false]) {
    const words = {
      readWord: (at: number) =>
        at >= 0 && at + 8 <= bytes.length
          ? Number(view.getBigInt64(at, littleEndian))
          : NaN,
    };
    for (const size of [1, 2, 4]) {
      const evaluator = new ExpressionEvaluator({
        view: new DataView(Uint8Array.of(0x94, size).buffer),
        littleEndian,
      });
      let places = "";
      for (let at = 0; at + size <= bytes.length; at++) {
        const got = evaluator.evaluate(0, 2, new Float64Array(0), words, at);
        places += Number.isNaN(got) ? "-" : "+";
        if (Number.isNaN(got)) continue;
        const want = size === 1
          ? view.getUint8(at)
          : size === 2
          ? view.getUint16(at, littleEndian)
          : view.getUint32(at, littleEndian);
        assertEquals(got, want, `${size} bytes at ${at}`);
      }
      known.push(places);
    }
  }
  assertEquals(known, KNOWN);
});

/** Where 1, 2 and 4 bytes can be had, little-endian and then big-endian. */
const KNOWN: string[] = [
  "++-----++-------",
  "++----++-------",
  "++--++-------",
  "------++-----++-",
  "------++----++-",
  "------++--++-",
];

Deno.test("ExpressionEvaluator branches", () => {
  const choose = (condition: number) =>
    run([0x30 + condition, 0x28, 4, 0, 0x35, 0x2f, 1, 0, 0x36]);
  assertEquals(choose(0), 5);
  assertEquals(choose(1), 6);
  // Counts down from 5: dup the counter, subtract, loop while it is not 0.
  assertEquals(run([0x35, 0x31, 0x1c, 0x12, 0x28, ...fixed(-6, 2)]), 0);
  assertEquals(run([0x31, 0x2f, ...fixed(100, 2)]), NaN);
  assertEquals(run([0x31, 0x2f, ...fixed(-5, 2)]), NaN);
});

Deno.test("ExpressionEvaluator never loops or grows without bound", () => {
  assertEquals(run([0x2f, ...fixed(-3, 2)]), NaN);
  assertEquals(run([0x30, 0x2f, ...fixed(-4, 2)]), NaN);
  assertEquals(run(new Array(64).fill(0x31)), 1);
  assertEquals(run(new Array(65).fill(0x31)), NaN);
  assertEquals(run([...new Array(64).fill(0x31), 0x16]), 1);
  assertEquals(run([...new Array(62).fill(0x31), 0x30, 0x32, 0x17]), 0);
  assertEquals(run([0x31, 0x96, 0x96], { maxSteps: 3 }), 1);
  assertEquals(run([0x31, 0x96, 0x96], { maxSteps: 2 }), NaN);
});

Deno.test("ExpressionEvaluator begins with the CFA where there is one", () => {
  assertEquals(run([0x23, 8], { initial: 0x1000 }), 0x1008);
  assertEquals(run([], { initial: 0x1000 }), 0x1000);
  assertEquals(run([0x9c, 0x22], { initial: 0x1000 }), 0x2000);
  assertEquals(run([0x9c]), NaN);
  assertEquals(run([]), NaN);
  assertEquals(run([0x31], { initial: NaN }), NaN);
  assertEquals(run([0x31, 0x9f, 0x96]), 1);
});

Deno.test("ExpressionEvaluator gives NaN for what it cannot do", () => {
  for (let op = 0; op < 256; op++) {
    const value = run([op]);
    const isPush = op >= 0x30 && op <= 0x4f;
    assertEquals(Number.isNaN(value), !isPush, `operation ${op}`);
  }
  for (const cut of [[0x0c, 1], [0x31, 0x23, 0x80], [0x08], [0x31, 0x28, 1]]) {
    assertEquals(run(cut), NaN);
  }
});

Deno.test("ExpressionEvaluator evaluates the PLT's CFA", () => {
  const bytes = [0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22];
  const registers = new Array(17).fill(NaN);
  registers[7] = 0x7fff_ffff_e000;
  for (let slot = 0; slot < 16; slot++) {
    registers[16] = 0x5555_5555_1020 + slot;
    assertEquals(
      run(bytes, { registers }),
      0x7fff_ffff_e008 + (slot >= 11 ? 8 : 0),
    );
  }
});
