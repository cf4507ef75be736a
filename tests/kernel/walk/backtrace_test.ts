/**
 * Backtraces of literal cores: frames, stop reasons, options, and that it is all the same where the bytes come from.
 */
import { assertEquals } from "@std/assert";
import {
  type BacktraceOptions,
  BlobSource,
  type ByteSource,
  BytesSource,
  SubSource,
} from "../../../kernel/mod.ts";
import { buildCore } from "../../builders/core.ts";
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
import { coreWith, pcs, PROGRAM, walk } from "../../builders/walk_process.ts";

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
