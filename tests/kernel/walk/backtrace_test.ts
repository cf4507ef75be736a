/**
 * Whole backtraces of literal cores: what damage does to them, and that it is all the same where the bytes come from.
 */
import {
  assert,
  assertEquals,
  assertGreater,
  assertLessOrEqual,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  type Backtrace,
  backtrace,
  type BacktraceOptions,
  BlobSource,
  type ByteSource,
  BytesSource,
  FormatError,
  SubSource,
} from "../../../kernel/mod.ts";
import { buildCore, buildWords } from "../../builders/core.ts";
import { CfiBuilder } from "../../builders/eh_frame.ts";
import {
  buildProgram,
  FRAMES,
  IMAGE,
  NAMES,
  processCore,
  processSpec,
  STACK,
} from "../../builders/process.ts";
import { wordBytes } from "../../builders/rows.ts";

const PROGRAM = buildProgram();

function walk(
  core: ByteSource | Uint8Array,
  options: BacktraceOptions = {},
): Promise<Backtrace> {
  return backtrace(core, { executable: new BytesSource(PROGRAM), ...options });
}

function pcs({ threads }: Backtrace, thread = 0): string[] {
  return threads[thread]!.frames.map(({ pc }) => pc);
}

/** The core with other words on the stack, and other registers. */
function coreWith(
  words: readonly number[],
  registers: Record<string, bigint> = {},
): Uint8Array {
  const spec = processSpec();
  const [text] = spec.segments!;
  const [thread] = spec.threads;
  return buildCore({
    ...spec,
    segments: [text!, {
      address: BigInt(STACK),
      data: wordBytes(words),
      flags: 6,
    }],
    threads: [{
      ...thread!,
      registers: { ...thread!.registers, ...registers },
    }],
  });
}

Deno.test("backtrace() walks and names a thread of a literal core", async () => {
  const result = await walk(processCore());
  const [thread] = result.threads;
  assertEquals(pcs(result), FRAMES);
  assertEquals(thread!.frames.map(({ symbol }) => symbol), [...NAMES]);
  assertEquals(thread!.frames.map(({ offset }) => offset), [4, 8, 8]);
  assertEquals(thread!.stop, "end-of-stack");
  assertEquals(thread!.crashed, true);
  assertEquals(result.signal?.name, "SIGSEGV");
  assertEquals(result.signal?.address, "0x18");
});

/** Answers with promises, in pieces of a file that is read by blocks. */
function promising(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: (offset, length) =>
      Promise.resolve(bytes.slice(offset, offset + length)),
  };
}

/** Fills buffers, as files do. */
function filling(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: (offset, length) => bytes.slice(offset, offset + length),
    readInto(offset, target) {
      const part = bytes.subarray(offset, offset + target.length);
      target.set(part);
      return part.length;
    },
  };
}

function shifted(bytes: Uint8Array): ByteSource {
  const outer = new Uint8Array(bytes.length + 20).fill(0xaa);
  outer.set(bytes, 7);
  return new SubSource(new BytesSource(outer), 7, bytes.length);
}

const SOURCES: [string, (bytes: Uint8Array) => ByteSource][] = [
  ["that answers with promises", promising],
  ["that fills buffers", filling],
  ["inside another", shifted],
  ["over a Blob", (bytes) => new BlobSource(new Blob([bytes.slice()]))],
];

for (const [name, makeSource] of SOURCES) {
  Deno.test(`backtrace() gives the same from a source ${name}`, async () => {
    // Deep enough for several blocks of stack, the last one cut short.
    const deep = [IMAGE + 0x818, 0, 0];
    for (let i = 0; i < 3000; i++) deep.push(IMAGE + 0x820, i, i);
    deep.push(IMAGE + 0x848, 0);
    const core = coreWith(deep);
    const expected = await walk(core);
    assertEquals(pcs(expected).length, 3003);
    assertEquals(pcs(expected).at(-1), "0x400848");
    const executable = makeSource(PROGRAM);
    assertEquals(await walk(makeSource(core), { executable }), expected);
  });
}

async function refusal(
  core: Uint8Array,
): Promise<FormatError> {
  return await assertRejects(() => walk(core), FormatError);
}

Deno.test("backtrace() says what a file is that is no core", async () => {
  const empty = await refusal(new Uint8Array(0));
  assertEquals(empty.code, "truncated");
  const text = await refusal(new TextEncoder().encode("hello\n".repeat(100)));
  assertEquals(text.code, "bad-magic");
  const executable = await refusal(PROGRAM);
  assertEquals(executable.code, "unsupported");
  assertStringIncludes(executable.message, "executable");
});

Deno.test("backtrace() of a core that is cut anywhere refuses it by name or gives frames that are right", async () => {
  const core = processCore();
  const counts = new Set<number>();
  for (let size = 0; size < core.length; size += 61) {
    try {
      const result = await walk(core.subarray(0, size));
      const { threads, warnings } = result;
      assertGreater(warnings.length, 0);
      if (threads.length === 0) continue;
      assertEquals(pcs(result), FRAMES.slice(0, pcs(result).length));
      counts.add(pcs(result).length);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
  // Without the stack there is the first frame; with it, all.
  assertEquals([...counts].sort(), [1, 3]);
});

Deno.test("backtrace() finds the program where NT_FILE lies", async () => {
  const spec = processSpec();
  const { files: _, ...without } = spec;
  const lies = [
    buildWords([2n ** 40n, 4096n], true),
    buildWords([2n ** 63n, 4096n], true),
    buildWords([1n, 0n, 1n, 2n, 0n], true),
    buildWords([1n], true),
    new Uint8Array(0),
  ];
  for (const desc of lies) {
    const core = buildCore({
      ...without,
      notes: [{ name: "CORE", type: 0x46494c45, desc }],
    });
    const result = await walk(core);
    assertEquals(pcs(result), FRAMES);
    assertEquals(result.threads[0]!.frames[0]!.symbol, "leaf");
  }
});

Deno.test("backtrace() goes on where other notes lie", async () => {
  const note = (type: number, size: number) => ({
    name: "CORE",
    type,
    desc: new Uint8Array(size).fill(0xff),
  });
  const core = processCore({
    notes: [note(1, 3), note(3, 7), note(6, 15), note(0x53494749, 2)],
  });
  const result = await walk(core);
  const last = result.threads.at(-1)!;
  assertEquals(last.frames.map(({ pc }) => pc), FRAMES);
  assertGreater(result.warnings.length, 2);
});

Deno.test("backtrace() reads the segment that starts first where segments overlap", async () => {
  const spec = processSpec();
  const wrong = wordBytes(new Array(64).fill(IMAGE + 0x848));
  const core = buildCore({
    ...spec,
    segments: [
      ...spec.segments!,
      { address: BigInt(STACK + 8), data: wrong },
      { address: BigInt(IMAGE + 16), data: wrong },
    ],
  });
  const result = await walk(core);
  assertEquals(pcs(result), FRAMES);
  assert(result.warnings.some((text) => text.includes("overlap")));
});

Deno.test("backtrace() tells why each walk stopped", async () => {
  const stop = async (
    words: number[],
    registers: Record<string, bigint> = {},
    options: BacktraceOptions = {},
  ) => (await walk(coreWith(words, registers), options)).threads[0]!.stop;
  assertEquals(await stop([IMAGE + 0x848]), "end-of-stack");
  assertEquals(await stop([IMAGE + 0x818]), "unreadable-stack");
  assertEquals(await stop([0x1234]), "no-module");
  assertEquals(await stop([IMAGE + 0x900]), "end-of-stack"); // no row, FP is 0
  assertEquals(await stop([0], { rip: BigInt(IMAGE + 0x904) }), "no-row");
  const record = { rbp: 0x1234_5678n * 16n };
  assertEquals(await stop([IMAGE + 0x900], record), "no-row");
  assertEquals(await stop([0, 0], { rsp: BigInt(STACK + 1) }), "misaligned");
  const full = [IMAGE + 0x804, IMAGE + 0x804, IMAGE + 0x848];
  assertEquals(await stop(full, {}, { maxFrames: 2 }), "frame-limit");
  assertEquals(await stop(full, {}, { maxFrames: 4 }), "end-of-stack");
});

Deno.test("backtrace() of a core without NT_FILE finds modules by the dynamic loader's list", async () => {
  const bias = 0x1000_0000;
  const { files: _, ...spec } = processSpec();
  const at = (index: number) => STACK + 8 * index;
  const words = [
    ...[IMAGE + 0x818, 0, 0, IMAGE + 0x848, 0, 0],
    ...[21, at(8), 0, 0], // the program's dynamic section, the loader's r_debug
    ...[0, 0, 0, at(14)],
    ...[bias, at(18), 0, 0],
    ...[0x6f73_2e78_2f2f, 0], // "//x.so"
  ];
  words[9] = at(10); // r_map: the program, and behind it the library
  const core = buildCore({
    ...spec,
    segments: [
      spec.segments![0]!,
      { address: BigInt(STACK), data: wordBytes(words), flags: 6 },
      { address: BigInt(IMAGE + bias), memorySize: 0x1000, flags: 5 },
    ],
    threads: [{
      tid: 77,
      signal: 11,
      registers: { rip: BigInt(IMAGE + bias + 0x804), rsp: BigInt(STACK) },
    }],
  });
  const dynamic = { type: 2, offset: 0, fileSize: 0, memorySize: 32 };
  const program = buildProgram({ segments: [{ ...dynamic, address: at(6) }] });
  const library = buildProgram({
    symbols: [{ name: "of library", value: IMAGE + 0x800, size: 0x10 }],
  });
  const result = await walk(core, {
    executable: new BytesSource(program),
    candidates: ({ path, purpose }) =>
      path === "//x.so" && purpose === "binary"
        ? [{ path, open: () => new BytesSource(library) }]
        : [],
  });
  assertEquals(pcs(result), ["0x10400804", ...FRAMES.slice(1)]);
  assertEquals(
    result.threads[0]!.frames.map(({ symbol }) => symbol),
    ["of library", "middle", "start"],
  );
  assertEquals(result.modules.map(({ path, bias }) => [path, bias]), [
    ["the given executable", "0x0"],
    ["//x.so", "0x10000000"],
  ]);
});

Deno.test("backtrace() says so if nothing tells which program a core is of", async () => {
  const { threads, segments } = processSpec();
  const core = buildCore({ machine: "x86-64", threads, segments: segments! });
  const result = await backtrace(core);
  assertEquals(result.warnings, ["the core does not name its program"]);
  assertEquals(pcs(result), FRAMES.slice(0, 1));
});

Deno.test("backtrace() takes 200,000 mappings of one file", async () => {
  const spec = processSpec();
  const files = [...spec.files!];
  for (let i = 1; i <= 200_000; i++) {
    const start = BigInt(IMAGE + i * 0x1000);
    files.push({
      start,
      end: start + 0x1000n,
      pageOffset: BigInt(i),
      path: "/bin/program",
    });
  }
  assertEquals(pcs(await walk(buildCore({ ...spec, files }))), FRAMES);
});

Deno.test("backtrace() walks 40,000 threads of which none got a signal", async () => {
  const { siginfo: _, ...spec } = processSpec();
  const threads = Array.from(
    { length: 40_000 },
    (_, i) => ({ ...spec.threads[0]!, tid: i + 1, signal: 0 }),
  );
  const core = buildCore({ ...spec, threads });
  const start = performance.now();
  const result = await walk(core);
  assertEquals(result.threads.length, 40_000);
  assertEquals(result.threads.every(({ crashed }) => !crashed), true);
  assertEquals(pcs(result, 39_999), FRAMES);
  assertLessOrEqual(performance.now() - start, 4000);
});

Deno.test("backtrace() keeps to the frame limit in each thread", async () => {
  const spec = processSpec();
  const second = { ...spec.threads[0]!, tid: 78 };
  const core = buildCore({ ...spec, threads: [spec.threads[0]!, second] });
  const result = await walk(core, { maxFrames: 2 });
  assertEquals(pcs(result, 0), FRAMES.slice(0, 2));
  assertEquals(pcs(result, 1), FRAMES.slice(0, 2));
  assertEquals(result.threads.map(({ crashed }) => crashed), [true, false]);
});

Deno.test("backtrace() uses only the tables that are named", async () => {
  const tables = async (options: BacktraceOptions) => {
    const { threads } = await walk(processCore(), options);
    const [{ frames, stop }] = threads as [typeof threads[0]];
    return { tables: frames.map(({ table }) => table), stop };
  };
  const all = { tables: ["eh_frame", "eh_frame", null], stop: "end-of-stack" };
  assertEquals(await tables({}), all);
  assertEquals(await tables({ tables: ["fp", "eh_frame", "sframe"] }), all);
  assertEquals(await tables({ tables: ["sframe", "call"] }), {
    tables: [null],
    stop: "no-row",
  });
  assertEquals(await tables({ tables: [] }), {
    tables: [null],
    stop: "no-row",
  });
});

Deno.test("backtrace() asks tables in the order in which they are named", async () => {
  const builtIn = { name: ".debug_frame", type: 1, bytes: debugFrame() };
  const program = buildProgram({ sections: [builtIn] });
  const table = async (tables: BacktraceOptions["tables"]) => {
    const executable = new BytesSource(program);
    const { threads } = await walk(processCore(), { executable, tables });
    return threads[0]!.frames[0]!.table;
  };
  assertEquals(await table(["eh_frame", "debug_frame"]), "eh_frame");
  assertEquals(await table(["debug_frame", "eh_frame"]), "debug_frame");
  assertEquals(await table(undefined), "eh_frame");
});

Deno.test("backtrace() takes a call to nowhere back to the caller only where calls may be guessed", async () => {
  const core = coreWith([IMAGE + 0x818, 0, 0, IMAGE + 0x848], { rip: 0n });
  const guessed = await walk(core);
  assertEquals(pcs(guessed), ["0x0", ...FRAMES.slice(1)]);
  assertEquals(guessed.threads[0]!.frames.map(({ trusted }) => trusted), [
    true,
    false,
    true,
  ]);
  const strict = await walk(core, { tables: ["eh_frame"] });
  assertEquals(pcs(strict), ["0x0"]);
  assertEquals(strict.threads[0]!.stop, "no-module");
});

/** A core of 20 GB whose memory is zeros but for the stack at its end; counts what is read. */
class SparseCore implements ByteSource {
  readonly size: number;
  readCount = 0;
  private readonly head: Uint8Array;
  private readonly stackOffset: number;
  private readonly stack: Uint8Array;

  constructor(head: Uint8Array, stackOffset: number, stack: Uint8Array) {
    this.head = head;
    this.stackOffset = stackOffset;
    this.stack = stack;
    this.size = stackOffset + stack.length;
  }

  read(offset: number, length: number): Uint8Array {
    const size = Math.max(0, Math.min(length, this.size - offset));
    this.readCount += size;
    const bytes = new Uint8Array(size);
    bytes.set(this.head.subarray(offset, offset + size));
    for (let i = 0; i < size; i++) {
      const at = offset + i - this.stackOffset;
      if (at >= 0) bytes[i] = this.stack[at]!;
    }
    return bytes;
  }
}

Deno.test("backtrace() reads little of a sparse core of 20 GB", async () => {
  const heapSize = 20e9 - 20e9 % 4096;
  const spec = processSpec();
  const [text, stack] = spec.segments!;
  const heap = { address: 0x10_0000_0000n, flags: 6 };
  const bytes = buildCore({
    ...spec,
    segments: [text!, { ...heap, memorySize: heapSize }, stack!],
  });
  // The heap's bytes come before the stack's: both headers are written again.
  const view = new DataView(bytes.buffer);
  const stackOffset = 4096 + heapSize;
  for (let at = 64; at < 64 + 4 * 56; at += 56) {
    const address = view.getBigUint64(at + 16, true);
    if (address === heap.address) {
      view.setBigUint64(at + 8, 4096n, true);
      view.setBigUint64(at + 32, BigInt(heapSize), true);
    } else if (address === BigInt(STACK)) {
      view.setBigUint64(at + 8, BigInt(stackOffset), true);
    }
  }
  const head = bytes.subarray(0, 4096);
  const source = new SparseCore(head, stackOffset, stack!.data!);
  assertGreater(source.size, 19.9e9);
  const result = await walk(source);
  assertEquals(pcs(result), FRAMES);
  assertEquals(result.warnings.length, 1); // no build ID in the core
  assertLessOrEqual(source.readCount, 64 * 1024);
});

Deno.test("backtrace() opens a core of 65,000 executable segments at once", async () => {
  const spec = processSpec();
  const segments = [...spec.segments!];
  const files = [...spec.files!];
  for (let i = 0; i < 65_000; i++) {
    const address = 0x10_0000_0000n + BigInt(i) * 0x2000n;
    segments.push({ address, memorySize: 0x1000, flags: 5 });
    files.push({
      start: address,
      end: address + 0x1000n,
      pageOffset: BigInt(i),
      path: i % 2 === 0 ? "/lib/even.so" : "/lib/odd.so",
    });
  }
  const core = buildCore({ ...spec, segments, files, extendedCount: true });
  const start = performance.now();
  const result = await walk(core);
  assertEquals(pcs(result), FRAMES);
  assertEquals(result.modules.length, 3);
  // Far below a second, where work for each pair of segments takes ten.
  assertLessOrEqual(performance.now() - start, 3000);
});

/** A `.debug_frame` of the same rows. */
function debugFrame(): Uint8Array {
  const builder = new CfiBuilder({ isEhFrame: false });
  const cie = builder.cie();
  for (
    const [start, instructions] of [
      [0x800, []],
      [0x810, [0x0e, 24]],
      [0x840, [0x07, 16]],
    ] as const
  ) {
    builder.fde({
      cie,
      start: IMAGE + start,
      size: 0x10,
      instructions: [...instructions],
    });
  }
  return builder.bytes;
}
