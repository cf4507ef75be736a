import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  Errno,
  Kernel,
  type KernelOptions,
  walkThread,
} from "../../../kernel/model/mod.ts";
import {
  type CodeProcess,
  codeProcess,
  INFO,
  leafFunction,
  SECTION,
  STACK,
  TEXT,
  TEXT_SIZE,
  writeSection,
} from "../../builders/code_process.ts";
import { wordBytes } from "../../builders/rows.ts";
import type { BuiltFunction } from "../../builders/sframe.ts";

/** A process with a section of three functions in memory, not registered. */
function prepare(options: KernelOptions = {}): CodeProcess & { size: number } {
  const process = codeProcess(options);
  const size = writeSection(process, [
    leafFunction(TEXT),
    leafFunction(TEXT + 64),
    leafFunction(TEXT + 0x3000),
  ]);
  process.write(STACK, wordBytes([TEXT + 64 + 20, 77, TEXT + 0x3000, 88, 5]));
  process.stop(TEXT + 2, STACK);
  return { ...process, size };
}

/** What gave the rows of a walk's frames. */
function tablesOf({ kernel, tid }: CodeProcess): (string | null)[] {
  const trace = walkThread(kernel, tid);
  if (trace instanceof Promise) throw new Error("a promise");
  return trace.frames.map(({ table }) => table);
}

const WALKED = ["sframe-v3", "sframe-v3", "sframe-v3", null];

/** Whether the section is in use. */
function isUsed(process: CodeProcess): boolean {
  return tablesOf(process).includes("sframe-v3");
}

/** Registers and tells the result with the number of the failing site. */
function register(
  process: CodeProcess,
  words: readonly number[],
): [result: number, site: number] {
  const result = process.codectl(1, words);
  return [result, process.kernel.globals.failure?.line ?? 0];
}

Deno.test("codectl() refuses unknown options and flags", () => {
  const { kernel, tid, size, write } = prepare();
  write(INFO, wordBytes([SECTION, size, TEXT, TEXT_SIZE]));
  const call = (...args: number[]) => kernel.call(tid, "codectl", ...args);
  assertEquals(call(6, INFO, 32, 0), -Errno.EINVAL);
  assertEquals(call(-1, INFO, 32, 0), -Errno.EINVAL);
  assertEquals(call(1, INFO, 32, 1), -Errno.EINVAL);
  assertEquals(call(1, INFO, 32, 0), 0);
});

Deno.test("codectl() takes structs of other versions as copy_struct_from_user does", () => {
  const process = prepare();
  const words = [SECTION, process.size, TEXT, TEXT_SIZE];
  assertEquals(process.codectl(1, words, 31), -Errno.EINVAL);
  assertEquals(process.codectl(1, words, 0), -Errno.EINVAL);
  assertEquals(process.codectl(1, words, -1), -Errno.EINVAL);
  assertEquals(process.codectl(1, words, 4097), -Errno.E2BIG);
  assertEquals(process.codectl(1, words, 2 ** 40), -Errno.E2BIG);
  assertEquals(process.codectl(1, [...words, 0, 1]), -Errno.E2BIG);
  const call = (at: number, size: number) =>
    process.kernel.call(process.tid, "codectl", 1, at, size, 0);
  assertEquals(call(0x100, 32), -Errno.EFAULT);
  assertEquals(call(INFO + 0x1000 - 16, 32), -Errno.EFAULT);
  // A larger struct with a zero tail is one that knows more and says no more.
  assertEquals(process.codectl(1, [...words, 0, 0, 0]), 0);
  // A smaller one (4.4: without aspects) is filled up with zeros.
  assertEquals(process.codectl(0, [0, 0, TEXT, TEXT_SIZE]), 0);
  assertEquals(process.codectl(1, words), 0);
  assertEquals(process.codectl(0, [0, 0, TEXT, TEXT_SIZE, 0b10]), 0);
});

Deno.test("4.5.1 empty or wrapping ranges are EINVAL", () => {
  const process = prepare();
  const { size } = process;
  for (const bad of [0, -1, -(2 ** 52)]) {
    assertEquals(register(process, [SECTION, bad, TEXT, TEXT_SIZE]), [-22, 10]);
    assertEquals(register(process, [SECTION, size, TEXT, bad]), [-22, 11]);
  }
});

Deno.test("4.5.2 both ranges lie in one mapping each, and the text is executable", () => {
  const process = prepare();
  const { size, kernel, tid } = process;
  const end = SECTION + 0x4000;
  assertEquals(register(process, [0x1000, size, TEXT, TEXT_SIZE]), [-22, 12]);
  assertEquals(register(process, [end - 8, size, TEXT, TEXT_SIZE]), [-22, 12]);
  assertEquals(register(process, [SECTION, 2 ** 52, TEXT, 1]), [-22, 12]);
  assertEquals(register(process, [-4096, 64, TEXT, 1]), [-22, 12]);
  assertEquals(register(process, [SECTION, size, 0x1000, 8]), [-22, 13]);
  assertEquals(register(process, [SECTION, size, STACK, 8]), [-22, 13]);
  assertEquals(
    register(process, [SECTION, size, TEXT, TEXT_SIZE + 1]),
    [-22, 13],
  );
  kernel.call(tid, "mprotect", TEXT + 0x1000, 0x1000, 7);
  assertEquals(register(process, [SECTION, size, TEXT, TEXT_SIZE]), [-22, 13]);
});

Deno.test("4.5.3 there is a limit to the number of ranges, checked before the section is read", () => {
  const process = prepare();
  const space = process.kernel.spaceOf(process.thread);
  const identity = { buildId: "ab", debugLink: "", debugLinkCrc: 0 };
  space.code = Array.from({ length: 65_536 }, (_, i) => ({
    start: 2 ** 40 + i,
    end: 2 ** 40 + i + 1,
    sframe: null,
    file: null,
    sidecar: null,
    identity,
    jit: null,
  }));
  process.write(SECTION, new Uint8Array(28));
  const words = [SECTION, process.size, TEXT, TEXT_SIZE];
  assertEquals(register(process, words), [-Errno.ENOMEM, 14]);
});

Deno.test("4.5.4 a header that cannot be read is EFAULT, one that is not supported EINVAL", () => {
  const process = prepare();
  const { size, kernel, tid } = process;
  const words = [SECTION, size, TEXT, TEXT_SIZE];
  const end = SECTION + 0x4000;
  assertEquals(register(process, [end - 8, 8, TEXT, TEXT_SIZE]), [-14, 15]);
  kernel.call(tid, "mprotect", SECTION, 0x4000, 2);
  assertEquals(register(process, words), [-14, 15]);
  kernel.call(tid, "mprotect", SECTION, 0x4000, 3);
  const patches: [offset: number, value: number][] = [
    [0, 0xde], // magic
    [2, 2], // version
    [2, 4],
    [3, 1], // not relative to the fields
    [3, 4], // not sorted
    [7, 1], // auxiliary header
  ];
  const { memory } = kernel.spaceOf(process.thread);
  for (const [offset, value] of patches) {
    const [old] = memory.copyIn(SECTION + offset, 1)!;
    process.write(SECTION + offset, new Uint8Array([value]));
    assertEquals(register(process, words), [-22, 16], `${offset} ${value}`);
    process.write(SECTION + offset, new Uint8Array([old!]));
  }
  // The ABI is not looked at.
  process.write(SECTION + 4, new Uint8Array([0]));
  assertEquals(register(process, words), [0, 0]);
  assertEquals(tablesOf(process), WALKED);
});

Deno.test("4.5.4 a kernel reads its own byte order", () => {
  const process = prepare({ machine: "s390x" });
  const words = [SECTION, process.size, TEXT, TEXT_SIZE];
  assertEquals(register(process, words), [-22, 16]);
});

Deno.test("4.5.5 a section has functions, rows and room for its header", () => {
  for (const offset of [8, 12]) {
    const process = prepare();
    process.write(SECTION + offset, new Uint8Array(4));
    const words = [SECTION, process.size, TEXT, TEXT_SIZE];
    assertEquals(register(process, words), [-22, 17]);
  }
  const process = prepare();
  assertEquals(register(process, [SECTION, 28, TEXT, TEXT_SIZE]), [-22, 18]);
  assertEquals(register(process, [SECTION, 5, TEXT, TEXT_SIZE]), [-22, 18]);
});

Deno.test("4.5.6 rows lie behind the functions and within the section", () => {
  const process = prepare();
  const { size } = process;
  assertEquals(register(process, [SECTION, size - 1, TEXT, TEXT_SIZE]), [
    -22,
    19,
  ]);
  for (const [offset, value] of [[24, 47], [20, 1], [16, 0x7f], [8, 4]]) {
    const process = prepare();
    process.write(SECTION + offset!, new Uint8Array([value!]));
    const words = [SECTION, process.size, TEXT, TEXT_SIZE];
    assertEquals(register(process, words), [-22, 19], `${offset}`);
  }
});

/** Result and site of registering the functions with strict validation, and whether lenient validation takes them. */
function validate(functions: BuiltFunction[]): [number, number, number] {
  const results = (["strict", "lenient"] as const).map((codeValidation) => {
    const process = codeProcess({ codeValidation });
    const size = writeSection(process, functions);
    return register(process, [SECTION, size, TEXT, TEXT_SIZE]);
  });
  return [...results[0]!, results[1]![0]];
}

Deno.test("4.5.7 strict validation reads every function and row, lenient none", () => {
  const good = leafFunction(TEXT);
  const after = (f: Partial<BuiltFunction>) => [
    good,
    { ...leafFunction(TEXT + 64), ...f },
  ];
  assertEquals(validate(after({})), [0, 0, 0]);
  // functions
  assertEquals(validate(after({ start: TEXT - 64 })), [-14, 21, 0]);
  assertEquals(validate(after({ start: TEXT + TEXT_SIZE - 8 })), [-14, 21, 0]);
  assertEquals(validate(after({ freOffset: 4000 })), [-14, 21, 0]);
  assertEquals(validate(after({ size: 1 })), [-14, 21, 0]); // two rows for a byte
  assertEquals(validate(after({ start: TEXT })), [-14, 22, 0]);
  assertEquals(validate([...after({}), good]), [-14, 22, 0]);
  // rows
  const row = (words: number[], more = {}) => [
    { start: 0, words: [8] },
    { start: 4, words, ...more },
  ];
  assertEquals(validate(after({ rows: row([]) })), [0, 0, 0]);
  assertEquals(validate(after({ rows: row([8, 0]) })), [0, 0, 0]);
  assertEquals(validate(after({ rows: row([8, 8, 8]) })), [-14, 23, 0]);
  assertEquals(validate(after({ rows: row([8], { info: 0x63 }) })), [
    -14,
    23,
    0,
  ]);
  assertEquals(validate(after({ rows: row([8], { start: 64 }) })), [
    -14,
    23,
    0,
  ]);
  assertEquals(validate(after({ rows: row([8], { start: 0 }) })), [-14, 24, 0]);
  assertEquals(validate(after({ rowCount: 3 })), [-14, 23, 0]);
  assertEquals(validate(after({ info: 3 })), [-14, 23, 0]);
  assertEquals(validate(after({ type: 2 })), [-14, 23, 0]);
  assertEquals(validate(after({ mask: true, repSize: 4 })), [-14, 23, 0]);
  assertEquals(validate(after({ mask: true, repSize: 8 })), [0, 0, 0]);
  // flexible rows
  const flex = (words: number[]) =>
    validate(after({ type: 1, rows: row(words, { base: "fp" }).slice(1) }));
  const sp = 7 << 3 | 1;
  assertEquals(flex([sp, 8]), [0, 0, 0]);
  assertEquals(flex([sp, 8, 0, 2, -16]), [0, 0, 0]);
  assertEquals(flex([sp, 8, 2, -8, 2, -16]), [0, 0, 0]);
  assertEquals(flex([sp]), [-14, 23, 0]);
  assertEquals(flex([sp, 8, 0]), [-14, 23, 0]);
  assertEquals(flex([sp, 8, 2, -8, 0]), [-14, 23, 0]);
  assertEquals(flex([sp | 4, 8]), [-14, 23, 0]);
  assertEquals(flex([2, 8]), [-14, 23, 0]); // the CFA based on itself
});

Deno.test("4.5.8 text that overlaps is EEXIST, checked last", () => {
  const process = prepare();
  const { size } = process;
  const half = TEXT_SIZE / 2;
  assertEquals(register(process, [SECTION, size, TEXT + 64, half]), [0, 0]);
  for (
    const [start, length] of [
      [TEXT, TEXT_SIZE],
      [TEXT, 65],
      [TEXT + half + 63, 8],
      [TEXT + 64, half - 1],
      [TEXT + 65, half - 1],
      [TEXT + 128, 4],
    ]
  ) {
    const words = [SECTION, size, start!, length!];
    assertEquals(register(process, words), [-Errno.EEXIST, 25]);
  }
  const same = [SECTION, size, TEXT + 64, half];
  assertEquals(register(process, same), [-Errno.EEXIST, 26]);
  process.write(SECTION, new Uint8Array(1));
  assertEquals(register(process, same), [-22, 16]);
});

Deno.test("neighbours are no overlap: several ranges per object, one section", () => {
  const process = prepare();
  const { size } = process;
  assertEquals(register(process, [SECTION, size, TEXT, 0x1000]), [0, 0]);
  const second = [SECTION, size, TEXT + 0x3000, 0x1000];
  assertEquals(register(process, second), [0, 0]);
  const middle = [SECTION, size, TEXT + 0x1000, 0x2000];
  assertEquals(register(process, middle), [0, 0]);
  // Functions outside the range of a lookup's text do not matter to it.
  assertEquals(tablesOf(process), WALKED);
});

Deno.test("option 0 takes aspects off a range, and the range with the last", () => {
  const process = prepare();
  const { size, codectl, kernel } = process;
  register(process, [SECTION, size, TEXT, TEXT_SIZE]);
  process.write(INFO + 0x100, new Uint8Array([1, 2, 3]));
  const identity = [TEXT, TEXT_SIZE, INFO + 0x100, 0, 3];
  assertEquals(codectl(4, identity), 0);
  assertEquals(codectl(4, identity), -Errno.EEXIST);
  const site = (words: number[]) => {
    const result = codectl(0, words);
    return [result, kernel.globals.failure?.line];
  };
  assertEquals(site([0, 0, TEXT, TEXT_SIZE - 1, 0]), [-22, 73]);
  assertEquals(site([0, 0, TEXT, 0, 0]), [-22, 73]);
  assertEquals(site([0, 0, TEXT, TEXT_SIZE, 1]), [-22, 71]);
  assertEquals(site([0, 0, TEXT, TEXT_SIZE, 0b1000000]), [-22, 71]);
  assertEquals(site([0, 0, TEXT, TEXT_SIZE, -2]), [-22, 71]);
  assertEquals(site([0, 0, TEXT, TEXT_SIZE, 0b100]), [-22, 74]);
  assertEquals(site([0, 1, TEXT, TEXT_SIZE, 0]), [-22, 70]);
  assertEquals(isUsed(process), true);
  assertEquals(codectl(0, [0, 0, TEXT, TEXT_SIZE, 0b10]), 0);
  assertEquals(isUsed(process), false);
  assertEquals(kernel.spaceOf(process.thread).code.length, 1);
  assertEquals(codectl(0, [0, 0, TEXT, TEXT_SIZE, 0b10010]), 0);
  assertEquals(kernel.spaceOf(process.thread).code, []);
});

Deno.test("option 0 takes a section away from all its ranges by its start alone", () => {
  const process = prepare();
  const { size, codectl, kernel } = process;
  register(process, [SECTION, size, TEXT, 0x1000]);
  register(process, [SECTION, size, TEXT + 0x3000, 0x1000]);
  assertEquals(codectl(0, [SECTION, size, 0, 0]), -Errno.EINVAL);
  assertEquals(codectl(0, [SECTION, 0, TEXT, 0]), -Errno.EINVAL);
  assertEquals(codectl(0, [SECTION, 0, 0, 8]), -Errno.EINVAL);
  assertEquals(codectl(0, [SECTION, 0, 0, 0, 2]), -Errno.EINVAL);
  assertEquals(codectl(0, [SECTION + 1, 0, 0, 0]), -Errno.EINVAL);
  assertEquals(codectl(0, [SECTION, 0, 0, 0]), 0);
  assertEquals(kernel.spaceOf(process.thread).code, []);
  assertEquals(codectl(0, [SECTION, 0, 0, 0]), -Errno.EINVAL);
});

Deno.test("a changed byte is seen by the next walk; the header is the one that was registered", () => {
  const process = prepare();
  register(process, [SECTION, process.size, TEXT, TEXT_SIZE]);
  assertEquals(tablesOf(process), WALKED);
  process.write(SECTION, new Uint8Array(28));
  assertEquals(tablesOf(process), WALKED);
  // The first row of the first function: CFA = SP + 16 from now on.
  process.write(SECTION + 28 + 3 * 16 + 5 + 2, new Uint8Array([16]));
  const trace = walkThread(process.kernel, process.tid);
  assertEquals((trace as { frames: unknown[] }).frames.slice(0, 2), [
    { pc: TEXT + 2, cfa: STACK + 16, table: "sframe-v3" },
    { pc: 77, cfa: null, table: null },
  ]);
});

Deno.test("a section that proves bad is marked, reported once and never tried again", () => {
  const process = prepare();
  const { kernel, tid } = process;
  register(process, [SECTION, process.size, TEXT, TEXT_SIZE]);
  const reader = kernel.reports.reader();
  const attributes = SECTION + 28 + 3 * 16;
  process.write(attributes, new Uint8Array([0, 0])); // no rows
  assertEquals(isUsed(process), false);
  const { reports } = reader.poll();
  assertEquals(reports.map(({ detector, title }) => [detector, title]), [
    ["codectl", "bad SFrame section at 0x500000"],
  ]);
  const prefix = `sframe: program (${tid}): (anonymous): `;
  assertStringIncludes(reports[0]!.text, `${prefix}FDE 0 is bad`);
  assertStringIncludes(reports[0]!.text, `${prefix}removing bad section`);
  process.write(attributes, new Uint8Array([2, 0]));
  assertEquals(isUsed(process), false);
  assertEquals(reader.poll().reports, []);
  // It may be registered anew, and is then as good as any.
  assertEquals(register(process, [SECTION, process.size, TEXT, TEXT_SIZE]), [
    0,
    0,
  ]);
  assertEquals(tablesOf(process), WALKED);
});

Deno.test("munmap of any part of the text ends the registration", () => {
  for (const offset of [0, 0x1000, 0x3000]) {
    const process = prepare();
    const { kernel, tid, size } = process;
    register(process, [SECTION, size, TEXT, TEXT_SIZE]);
    assertEquals(isUsed(process), true);
    assertEquals(kernel.call(tid, "munmap", TEXT + offset, 0x1000), 0);
    assertEquals(kernel.spaceOf(process.thread).code, []);
    assertEquals(isUsed(process), false);
  }
});

Deno.test("munmap beside the text leaves it registered", () => {
  const process = prepare();
  const { kernel, tid, size } = process;
  register(process, [SECTION, size, TEXT, TEXT_SIZE - 0x1000]);
  assertEquals(
    kernel.call(tid, "munmap", TEXT + TEXT_SIZE - 0x1000, 0x1000),
    0,
  );
  assertEquals(isUsed(process), true);
});

Deno.test("mmap over the text ends the registration, as munmap does", () => {
  const process = prepare();
  const { kernel, tid, size } = process;
  register(process, [SECTION, size, TEXT, TEXT_SIZE]);
  kernel.call(tid, "mmap", TEXT, TEXT_SIZE, 5, 0x30);
  assertEquals(isUsed(process), false);
  assertEquals(register(process, [SECTION, size, TEXT, TEXT_SIZE]), [0, 0]);
  assertEquals(isUsed(process), true);
});

Deno.test("munmap of the section's memory shows at the next use", () => {
  const process = prepare();
  const { kernel, tid, size } = process;
  register(process, [SECTION, size, TEXT, TEXT_SIZE]);
  const reader = kernel.reports.reader();
  kernel.call(tid, "munmap", SECTION, 0x4000);
  assertEquals(kernel.spaceOf(process.thread).code.length, 1);
  assertEquals(reader.poll().reports, []);
  assertEquals(isUsed(process), false);
  assertStringIncludes(reader.poll().reports[0]!.text, "it cannot be read");
});

Deno.test("mmap over the section's memory: the new bytes count", () => {
  const process = prepare();
  const { kernel, tid, size } = process;
  register(process, [SECTION, size, TEXT, TEXT_SIZE]);
  const { memory } = kernel.spaceOf(process.thread);
  const bytes = memory.copyIn(SECTION, size)!;
  kernel.call(tid, "mmap", SECTION, 0x4000, 3, 0x30);
  process.write(SECTION, bytes);
  assertEquals(isUsed(process), true);
  kernel.call(tid, "mmap", SECTION, 0x4000, 3, 0x30);
  assertEquals(isUsed(process), false);
});

Deno.test("mprotect: the section must be readable when it is used, the text need not be executable", () => {
  const process = prepare();
  const { kernel, tid, size } = process;
  register(process, [SECTION, size, TEXT, TEXT_SIZE]);
  kernel.call(tid, "mprotect", TEXT, TEXT_SIZE, 1);
  assertEquals(isUsed(process), true);
  // A section in two mappings is still one.
  kernel.call(tid, "mprotect", SECTION + 0x1000, 0x1000, 1);
  assertEquals(isUsed(process), true);
  kernel.call(tid, "mprotect", SECTION, 0x4000, 2);
  assertEquals(isUsed(process), false);
});

Deno.test("a section across mappings is read as it is now", () => {
  const process = codeProcess();
  const { kernel, tid } = process;
  const at = SECTION + 0x1000 - 40;
  const size = writeSection(process, [leafFunction(TEXT)], at);
  register(process, [at, size, TEXT, TEXT_SIZE]);
  kernel.call(tid, "mprotect", SECTION + 0x1000, 0x1000, 7);
  process.write(STACK, wordBytes([5, 6, 0]));
  process.stop(TEXT, STACK);
  assertEquals(tablesOf(process), ["sframe-v3", null]);
  process.write(at + 28 + 16 + 5 + 2, new Uint8Array([16]));
  const trace = walkThread(kernel, tid) as { frames: { pc: number }[] };
  assertEquals(trace.frames.map(({ pc }) => pc), [TEXT, 6]);
});

Deno.test("fork copies the registrations; each process then has its own", () => {
  const process = prepare();
  const { kernel, tid, size } = process;
  register(process, [SECTION, size, TEXT, TEXT_SIZE]);
  const child = { ...process, tid: kernel.call(tid, "fork") };
  assertEquals(tablesOf(child), WALKED);
  kernel.call(tid, "munmap", TEXT, TEXT_SIZE);
  assertEquals(isUsed(process), false);
  assertEquals(tablesOf(child), WALKED);
});

Deno.test("threads share the registrations, and a thread's exit changes nothing", () => {
  const process = prepare();
  const { kernel, tid, size } = process;
  const other = kernel.call(tid, "clone", 0x10100, STACK);
  process.write(INFO, wordBytes([SECTION, size, TEXT, TEXT_SIZE]));
  assertEquals(kernel.call(other, "codectl", 1, INFO, 32, 0), 0);
  assertEquals(tablesOf(process), WALKED);
  kernel.call(other, "exit", 0);
  assertEquals(tablesOf(process), WALKED);
  assertEquals(tablesOf({ ...process, tid: other }), []);
});

Deno.test("walks do not depend on the order of registration", () => {
  const orders = [[0, 1, 2], [2, 1, 0], [1, 2, 0]];
  const results = orders.map((order) => {
    const process = prepare();
    const { size } = process;
    const ranges = [
      [SECTION, size, TEXT, 0x1000],
      [SECTION, size, TEXT + 0x3000, 0x1000],
      [SECTION, size, TEXT + 0x1000, 0x1000],
    ];
    for (const i of order) assertEquals(register(process, ranges[i]!), [0, 0]);
    return tablesOf(process);
  });
  assertEquals(results, [WALKED, WALKED, WALKED]);
});

Deno.test("a kernel without threads has nothing to walk", () => {
  const none = { frames: [], stop: "end-of-stack" as const };
  assertEquals(walkThread(new Kernel(), 1), none);
});
