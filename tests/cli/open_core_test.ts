import { assert, assertEquals, assertRejects } from "@std/assert";
import { FormatError } from "../../formats/base/error.ts";
import { InputError } from "../../cli/io.ts";
import { openCore } from "../../cli/open_core.ts";
import { FakeIo } from "./fake_io.ts";

const LIMIT = 2 ** 30;
const GZIP = read("v3-x86_64-threads/core.gz");
const ZSTD = read("demo/core.zst");

function read(name: string): Uint8Array {
  return Deno.readFileSync(new URL(`../data/cores/${name}`, import.meta.url));
}

/** Cuts bytes into chunks. */
function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    chunks.push(bytes.subarray(at, at + size));
  }
  return chunks;
}

async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const decoded = stream.pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(decoded).arrayBuffer());
}

Deno.test("openCore() gives a plain file as it is", async () => {
  const core = await gunzip(GZIP);
  const io = new FakeIo({ files: { core } });
  const { source, warnings } = await openCore("core", LIMIT, io);
  assertEquals([source.size, warnings], [core.length, []]);
  assertEquals(await source.read(0, 64), core.subarray(0, 64));
});

Deno.test("openCore() decodes files and standard input, in chunks of any size", async () => {
  const core = await gunzip(GZIP);
  const inputs = [
    new FakeIo({ files: { "-": "not asked for", core: GZIP } }),
    ...[1, 7, 65_536].map((size) => new FakeIo({ stdin: cut(GZIP, size) })),
    new FakeIo({ stdin: cut(core, 4099) }),
  ];
  for (const [i, io] of inputs.entries()) {
    const { source } = await openCore(i === 0 ? "core" : "-", LIMIT, io);
    assertEquals(source.size, core.length);
    assertEquals(await source.read(0, 4096), core.subarray(0, 4096));
  }
  const zstd = new FakeIo({ stdin: cut(ZSTD, 100) });
  const { source } = await openCore("-", LIMIT, zstd);
  assertEquals((await source.read(0, 4))[1], 0x45);
});

Deno.test("openCore() takes a compressed file of several members, and what is behind them", async () => {
  const core = await gunzip(GZIP);
  const compress = async (bytes: Uint8Array): Promise<Uint8Array> => {
    const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
    const encoded = stream.pipeThrough(new CompressionStream("gzip"));
    return new Uint8Array(await new Response(encoded).arrayBuffer());
  };
  const half = core.length >> 1;
  const stdin = [
    await compress(core.subarray(0, half)),
    await compress(core.subarray(half)),
  ];
  const { source } = await openCore("-", LIMIT, new FakeIo({ stdin }));
  assertEquals(source.size, core.length);
});

Deno.test("openCore() keeps what comes before a stream breaks off, and says so", async () => {
  const part = GZIP.subarray(0, GZIP.length >> 1);
  const io = new FakeIo({ files: { core: part } });
  const { source, warnings } = await openCore("core", LIMIT, io);
  assert(source.size > 4096);
  assert(
    warnings[0]!.startsWith("Cannot read gzip decoded stream at offset 0x"),
    warnings[0],
  );
});

Deno.test("openCore() refuses streams that hold nothing", async () => {
  for (const head of [GZIP.subarray(0, 12), ZSTD.subarray(0, 8)]) {
    const io = new FakeIo({ files: { core: head } });
    const error = await assertRejects(
      () => openCore("core", LIMIT, io),
      FormatError,
    );
    assertEquals([error.field, error.offset], ["decoded stream", 0]);
  }
});

Deno.test("openCore() refuses lz4 by name", async () => {
  const stdin = [Uint8Array.of(4, 0x22, 0x4d, 0x18, 0, 0, 0, 0)];
  const error = await assertRejects(
    () => openCore("-", LIMIT, new FakeIo({ stdin })),
    FormatError,
  );
  assertEquals([error.code, error.value], ["unsupported", "lz4"]);
});

Deno.test("openCore() says why a file cannot be opened, and what to do with a pipe", async () => {
  const io = new FakeIo({ files: { p: "not a regular file but a pipe" } });
  const pipe = await assertRejects(() => openCore("p", LIMIT, io), InputError);
  assertEquals(
    pipe.message,
    "p: not a regular file but a pipe (as standard input, use -)",
  );
  const none = await assertRejects(() => openCore("x", LIMIT, io), InputError);
  assertEquals(none.message, "x: not found");
});

Deno.test("openCore() shows progress on a terminal, and takes it away, if it takes long", async () => {
  const stdin = cut(GZIP, 512);
  const slow = new FakeIo({ stdin, errorTerminal: true, clockStep: 400 });
  await openCore("-", LIMIT, slow);
  assert(slow.err.startsWith("\rreading the core: "), slow.err);
  assert(slow.err.endsWith("\r\x1b[K"));
  const fast = new FakeIo({ stdin, errorTerminal: true, clockStep: 0 });
  await openCore("-", LIMIT, fast);
  const piped = new FakeIo({ stdin, clockStep: 400 });
  await openCore("-", LIMIT, piped);
  assertEquals([fast.err, piped.err], ["", ""]);
});
