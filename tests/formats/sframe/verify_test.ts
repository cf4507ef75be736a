import { assert, assertEquals } from "@std/assert";
import {
  type SFrameVerifyOptions,
  verifySFrame,
} from "../../../formats/sframe/mod.ts";
import {
  ABI,
  buildSFrame as build,
  type BuiltFunction,
  type BuiltRow,
  type BuiltSection,
} from "../../builders/sframe.ts";
import { readGoldens } from "./golden.ts";
import { join } from "./sections.ts";

const ADDRESS = 0x4000;
const KERNEL = { kernel: true };

function section(
  functions: Partial<BuiltFunction>[],
  more: Partial<BuiltSection> = {},
): Uint8Array<ArrayBuffer> {
  return build({
    version: 3,
    address: ADDRESS,
    ...more,
    functions: functions.map((f, i) => ({
      start: 0x1000 + 0x100 * i,
      size: 0x40,
      rows: [{ start: 0, words: [8] }],
      ...f,
    })),
  });
}

function rules(
  bytes: Uint8Array,
  options: SFrameVerifyOptions = {},
): string[] {
  return verifySFrame(bytes, ADDRESS, options).map(({ severity, rule }) =>
    `${severity} ${rule}`
  );
}

function rowRules(
  row: Partial<BuiltRow>,
  more: Partial<BuiltSection> = {},
  f: Partial<BuiltFunction> = {},
  options: SFrameVerifyOptions = {},
): string[] {
  const rows = [{ start: 0, words: [8], ...row }];
  return rules(section([{ rows, ...f }], more), options);
}

Deno.test("verifySFrame() finds nothing in what gas and ld wrote, but gas's numbers of no register", () => {
  for (const { name, bytes, address } of readGoldens()) {
    const found = verifySFrame(bytes, address).map(({ rule }) => rule);
    const expected = /amd64_(flex|odd)/.test(name) ? ["register"] : [];
    assertEquals(found, expected, name);
  }
});

Deno.test("verifySFrame() finds nothing for the kernel in what ld 2.47 wrote", () => {
  const linked = readGoldens().filter(({ name }) =>
    /v3_(amd64|s390x_plt)$/.test(name)
  );
  assertEquals(linked.length, 2);
  for (const { name, bytes, address } of linked) {
    assertEquals(verifySFrame(bytes, address, KERNEL), [], name);
  }
});

Deno.test("verifySFrame() tells what is wrong with a header", () => {
  const good = section([{}]);
  const bad = good.slice();
  bad[0] = 0;
  assertEquals(rules(bad), ["error header"]);
  assertEquals(rules(good.subarray(0, 10)), ["error header"]);
  assertEquals(rules(section([{}], { littleEndian: false })), [
    "error byte-order",
  ]);
  assertEquals(rules(section([{}], { fixedRa: 8 })), ["error fixed-ra"]);
  const fixedRa = { abi: ABI.AARCH64_LE, fixedRa: -8 };
  assertEquals(rules(section([{}], fixedRa)), ["error fixed-ra"]);
  assertEquals(rules(section([{}], { fixedFp: -16 })), ["warning fixed-fp"]);
  assertEquals(rules(section([{}], { flags: 1 })), ["warning flags"]);
  assertEquals(rules(section([{}], { version: 2, flags: 7 })), [
    "warning flags",
  ]);
  assertEquals(rules(section([{}], { address: ADDRESS, auxSize: 8 })), [
    "warning aux-header",
  ]);
  const miscounted = good.slice();
  miscounted[12] = 9;
  assertEquals(rules(miscounted), ["error num-fres"]);
  assertEquals(verifySFrame(good, ADDRESS + 1).map(({ rule }) => rule), [
    "alignment",
  ]);
});

Deno.test("verifySFrame() looks at what stands behind a section", () => {
  const good = section([{}]);
  assertEquals(rules(join(good, [0, 0, 0])), []);
  assertEquals(rules(join(good, [0, 7, 0, 0, 0])), ["error trailing"]);
  const second = build({
    version: 3,
    address: ADDRESS,
    fixedRa: 8,
    functions: [],
  });
  assertEquals(
    rules(join(good, second)),
    ["warning concatenated", "error fixed-ra"],
  );
});

Deno.test("verifySFrame() tells what is wrong with the order of functions and their rows", () => {
  assertEquals(rules(section([{ start: 0x2000 }, { start: 0x1000 }])), [
    "error order",
  ]);
  const unsorted = { flags: 4 };
  assertEquals(
    rules(section([{ start: 0x2000 }, { start: 0x1000 }], unsorted)),
    [],
  );
  const close = [{ start: 0x1000 }, { start: 0x103f }];
  assertEquals(rules(section(close)), ["error overlap"]);
  assertEquals(rules(section([{ start: 0x1000 }, { start: 0x1040 }])), []);
  assertEquals(
    rules(section([{ start: 0x1000, size: 0 }, { start: 0x1000 }])),
    [],
  );
  const text = { text: [0x1000, 0x103f] as const };
  assertEquals(rules(section([{}]), text), ["error text-range"]);
  assertEquals(rules(section([{}]), { text: [0x1000, 0x1040] }), []);
  assertEquals(
    rules(section([{}, { freOffset: 0 }])),
    ["warning shared-rows", "warning unused-bytes"],
  );
  assertEquals(rules(section([{ freOffset: 500 }])), ["error function"]);
});

Deno.test("verifySFrame() tells what is wrong with a descriptor", () => {
  assertEquals(rules(section([{ info: 0x40 }])), ["warning unused-bits"]);
  assertEquals(rules(section([{ info: 0x80 }], { version: 2 })), [
    "warning unused-bits",
  ]);
  assertEquals(rules(section([{ signal: true }])), []);
  assertEquals(rules(section([{ keyB: true }])), ["warning unused-bits"]);
  assertEquals(rules(section([{ keyB: true }], { abi: ABI.AARCH64_LE })), []);
  assertEquals(rules(section([{ mask: true }])), ["error rep-size"]);
  assertEquals(rules(section([{ mask: true }], { version: 1 })), []);
  assertEquals(rules(section([{ mask: true, repSize: 8 }])), []);
  assertEquals(rules(section([{ type: 2 }])), ["error fde-type"]);
  assertEquals(rules(section([{ type: 0x20 }])), ["warning unused-bits"]);
  assertEquals(rules(section([{ info: 3 }])), ["error function"]);
  const flex = [{
    type: 1,
    rows: [{ start: 0, words: [249, 8], base: "fp" as const }],
  }];
  assertEquals(rules(section(flex, { abi: ABI.AARCH64_LE })), [
    "warning fde-type",
  ]);
  assertEquals(rules(section([{ rows: [] }])), []);
  assertEquals(rules(section([{ rows: [], type: 1 }])), ["error no-rows"]);
  assertEquals(rules(section([{ rows: [] }], { version: 2 })), [
    "error no-rows",
  ]);
  const padded = section([{}], { version: 2 });
  padded[28 + 18] = 1;
  assertEquals(rules(padded), ["warning padding"]);
});

Deno.test("verifySFrame() tells what is wrong with the starts of rows", () => {
  const starts = (offsets: number[], f: Partial<BuiltFunction> = {}) =>
    rules(section([{
      rows: offsets.map((start) => ({ start, words: [8] })),
      ...f,
    }]));
  assertEquals(starts([0, 1, 0x40]), []);
  assertEquals(starts([0, 2, 1]), ["error row-order"]);
  assertEquals(starts([0, 1, 1]), ["warning row-order"]);
  assertEquals(starts([1]), ["warning first-row"]);
  assertEquals(starts([0, 0x41]), ["error row-start"]);
  const mask = { mask: true, repSize: 16 };
  assertEquals(starts([0, 16], mask), []);
  assertEquals(starts([0, 17], mask), ["error row-start"]);
});

Deno.test("verifySFrame() tells what is wrong with the words of a row", () => {
  const s390x = { abi: ABI.S390X };
  const arm = { abi: ABI.AARCH64_LE };
  assertEquals(rowRules({ words: [8, -16, 1] }), ["error word-count"]);
  assertEquals(rowRules({ words: [8, -16, 2] }, arm), []);
  assertEquals(rowRules({ words: [8, -16, 2, 2] }, arm), ["error word-count"]);
  assertEquals(rowRules({ words: [1, 2, 3, 4, 5, 6, 7] }), [
    "error word-count",
  ]);
  assertEquals(rowRules({ words: [8, 0] }), ["warning zero-word"]);
  assertEquals(rowRules({ words: [0, 0, -72] }, arm), ["warning zero-word"]);
  assertEquals(rowRules({ words: [0, 0, -72] }, s390x), []);
  assertEquals(rowRules({ words: [0, 33] }, s390x), ["error odd-word"]);
  assertEquals(rowRules({ words: [0, 33] }, { ...s390x, version: 2 }), []);
  assertEquals(rowRules({ words: [0, -1] }, { ...s390x, version: 2 }), [
    "error register",
  ]);
  assertEquals(rowRules({ words: [] }), []);
  assertEquals(rowRules({ words: [] }, { version: 1 }), ["error no-words"]);
  assertEquals(rowRules({ mangled: true }), ["warning unused-bits"]);
  assertEquals(rowRules({ mangled: true }, arm), []);
});

Deno.test("verifySFrame() tells what is wrong with control words", () => {
  const flex = (words: number[], row: Partial<BuiltRow> = {}) =>
    rowRules({ words, base: "fp", ...row }, {}, { type: 1 });
  assertEquals(flex([0x39, 8]), []);
  assertEquals(flex([0x39, 8, 0, 2, -16]), []);
  assertEquals(flex([0x39, 8, 2, -8, 2, -16]), []);
  assertEquals(flex([0x39, 8], { base: "sp" }), ["warning unused-bits"]);
  assertEquals(flex([0x39, 8, 0]), ["error control-word"]);
  assertEquals(flex([0x39, 8, 2]), ["error word-count"]);
  assertEquals(flex([0x39, 8, 0, 0]), ["error control-word"]);
  assertEquals(flex([0x39, 8, 2, -8, 0]), ["error control-word"]);
  assertEquals(flex([0x39, 8, 0, 2, -16, 1]), ["error word-count"]);
  assertEquals(flex([2, 8]), ["error control-word"]);
  assertEquals(flex([0, 8]), ["error control-word"]);
  assertEquals(flex([0x3d, 8]), ["error control-word"]);
  assertEquals(flex([128 * 8 + 1, 8], { wordSize: 2 }), ["error register"]);
  assertEquals(flex([127 * 8 + 1, 8], { wordSize: 2 }), []);
});

Deno.test("verifySFrame() tells what the kernel refuses, if it is asked", () => {
  const refused = (bytes: Uint8Array) => {
    assert(!rules(bytes).some((rule) => rule.startsWith("kernel")));
    return rules(bytes, KERNEL).filter((rule) => rule.startsWith("kernel"));
  };
  const header = (n: number) => Array(n).fill("kernel kernel-header");
  assertEquals(refused(section([{}])), []);
  assertEquals(refused(section([{}], { version: 2, flags: 5 })), header(1));
  assertEquals(refused(section([{}], { flags: 0 })), header(2));
  assertEquals(refused(section([{}], { auxSize: 4 })), header(1));
  assertEquals(refused(section([])), header(2));
  assertEquals(
    refused(section([{ start: 0x1000, size: 0 }, { start: 0x1000 }])),
    ["kernel kernel-rows", "kernel kernel-rows", "kernel kernel-order"],
  );
  assertEquals(
    refused(section([{}, { rows: [], signal: true }])),
    ["kernel kernel-rows"],
  );
  const end = [{ start: 0, words: [8] }, { start: 0x40, words: [8] }];
  assertEquals(refused(section([{ rows: end }])), ["kernel kernel-rows"]);
  const twice = [{ start: 0, words: [8] }, { start: 0, words: [16] }];
  assertEquals(refused(section([{ rows: twice }])), ["kernel kernel-rows"]);
  const flex = (words: number[], wordSize: 1 | 2 = 1) =>
    refused(section([{
      type: 1,
      rows: [{ start: 0, words, wordSize, base: "fp" }],
    }]));
  assertEquals(flex([31 * 8 + 1, 8]), []);
  assertEquals(flex([32 * 8 + 1, 8], 2), ["kernel kernel-words"]);
  assertEquals(flex([0x39, 8, 0x39, 8, 8, 8]), ["kernel kernel-words"]);
});

Deno.test("verifySFrame() says where a finding is", () => {
  const rows = [{ start: 0, words: [8] }, { start: 1, words: [8, 0] }];
  const [found] = verifySFrame(section([{}, { rows }]), ADDRESS);
  assertEquals(found, {
    severity: "warning",
    rule: "zero-word",
    offset: 28 + 16,
    message: "row 1: word 2 is 0, which some readers take for no rule",
    functionIndex: 1,
    address: 0x1100,
    rowIndex: 1,
  });
});
