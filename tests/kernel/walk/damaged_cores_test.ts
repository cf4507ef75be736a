/**
 * What damage, lies and missing notes do to a backtrace.
 */
import {
  assert,
  assertEquals,
  assertGreater,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { backtrace, BytesSource, FormatError } from "../../../kernel/mod.ts";
import { buildCore, buildWords } from "../../builders/core.ts";
import {
  buildProgram,
  FRAMES,
  IMAGE,
  processCore,
  processSpec,
  STACK,
} from "../../builders/process.ts";
import { wordBytes } from "../../builders/rows.ts";
import { pcs, PROGRAM, walk } from "../../builders/walk_process.ts";

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
