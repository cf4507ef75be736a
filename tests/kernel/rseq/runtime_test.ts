import { assertEquals, assertStringIncludes } from "@std/assert";
import { BytesSource } from "../../../formats/base/byte_source.ts";
import { openSession } from "../../../kernel/mod.ts";
import { findRseqAreas, type RseqRuntime } from "../../../kernel/rseq/mod.ts";
import { buildCore } from "../../builders/core.ts";
import type { SymbolSpec } from "../../builders/elf.ts";
import { buildProgram, IMAGE, processSpec } from "../../builders/process.ts";

const LIBRARY = 0x7f00_0000_0000;
const SYMBOL: SymbolSpec = { name: "leaf", value: IMAGE + 0x800, size: 16 };

/** What is found in a process of `program` with `library` mapped too; files that are not given are not at hand. */
async function runtimeOf(
  program: Uint8Array | undefined,
  library?: { path: string; file?: Uint8Array; data?: Uint8Array },
): Promise<RseqRuntime> {
  const spec = processSpec();
  if (library !== undefined) {
    spec.files!.push({
      start: BigInt(LIBRARY),
      end: BigInt(LIBRARY + 0x1000),
      pageOffset: 0n,
      path: library.path,
    });
    spec.segments!.push({
      address: BigInt(LIBRARY),
      memorySize: 0x1000,
      flags: 5,
      ...(library.data === undefined ? {} : { data: library.data }),
    });
  }
  const files: Record<string, Uint8Array | undefined> = {
    "/bin/program": program,
    ...(library === undefined ? {} : { [library.path]: library.file }),
  };
  const session = await openSession(new BytesSource(buildCore(spec)), {
    candidates: ({ path, purpose }) => {
      const file = purpose === "binary" ? files[path] : undefined;
      return file === undefined
        ? []
        : [{ path, open: () => new BytesSource(file) }];
    },
  });
  return (await findRseqAreas(session)).runtime;
}

function interpreter(path: string): Uint8Array {
  const bytes = new TextEncoder().encode(`${path}\0`);
  return buildProgram({ segments: [{ type: 3, bytes }] });
}

Deno.test("findRseqAreas() knows musl by its loader, mapped or named by the program", async () => {
  for (
    const path of [
      "/lib/ld-musl-x86_64.so.1",
      "/usr/lib/x86_64-linux-musl/libc.so",
    ]
  ) {
    assertEquals(
      (await runtimeOf(buildProgram(), { path })).kind,
      "musl",
      path,
    );
  }
  const named = await runtimeOf(interpreter("/lib/ld-musl-x86_64.so.1"));
  assertEquals(named.kind, "musl");
  assertEquals(named.offset, undefined);
});

Deno.test("findRseqAreas() tells a C library without areas from one that is not at hand", async () => {
  const path = "/usr/lib/libc.so.6";
  const old = await runtimeOf(buildProgram(), {
    path,
    file: buildProgram({ buildId: "", dynamicSymbols: [SYMBOL] }),
  });
  assertEquals(old.kind, "old-glibc");
  assertStringIncludes(old.reason, "before glibc 2.35");
  const missing = await runtimeOf(buildProgram(), { path });
  assertEquals(missing.kind, "unknown");
  assertStringIncludes(missing.reason, path);
});

Deno.test("findRseqAreas() tells what a program without a loader has", async () => {
  const symbols = [SYMBOL];
  assertEquals((await runtimeOf(buildProgram({ symbols }))).kind, "static");
  const musl = [...symbols, { ...SYMBOL, name: "__init_libc" }];
  assertEquals((await runtimeOf(buildProgram({ symbols: musl }))).kind, "musl");
  const stripped = await runtimeOf(buildProgram({ symbols: [] }));
  assertEquals(stripped.kind, "unknown");
  assertStringIncludes(stripped.reason, "without symbols");
});

Deno.test("findRseqAreas() names the file that is needed", async () => {
  const dynamic = await runtimeOf(interpreter("/lib64/ld-linux-x86-64.so.2"));
  assertEquals(dynamic.kind, "unknown");
  assertStringIncludes(dynamic.reason, "/lib64/ld-linux-x86-64.so.2");
  const nothing = await runtimeOf(undefined);
  assertEquals(nothing.kind, "unknown");
});

Deno.test("findRseqAreas() does not take a file's data for that of the process", async () => {
  const name = (name: string, at: number): SymbolSpec => ({
    name,
    value: IMAGE + at,
    size: 8,
    type: 1,
  });
  const file = buildProgram({
    buildId: "",
    dynamicSymbols: [name("__rseq_offset", 0x900), name("__rseq_size", 0x908)],
  });
  // Its one segment can be written, so what the file has is not what the process had.
  new DataView(file.buffer).setUint32(64 + 4, 7, true);
  const path = "/usr/lib/ld-linux-x86-64.so.2";
  const lacking = await runtimeOf(buildProgram(), { path, file });
  assertEquals(lacking.kind, "unknown");
  assertStringIncludes(lacking.reason, "lacks the data");
  const data = new Uint8Array(0x1000);
  new DataView(data.buffer).setBigInt64(0x900, -160n, true);
  new DataView(data.buffer).setUint32(0x908, 28, true);
  const there = await runtimeOf(buildProgram(), { path, file, data });
  assertEquals([there.kind, there.offset, there.size], ["glibc", -160, 28]);
});
