import { assertEquals } from "@std/assert";
import { JsonRenderer } from "../../cli/render_json.ts";
import { TextOutput } from "../../cli/text_output.ts";
import { FrameBuffer } from "../../kernel/mod.ts";
import { FakeIo } from "./fake_io.ts";
import { literalFrames, LiteralNames } from "./literal_session.ts";

const HEAD = {
  schema: 1,
  machine: "x86-64",
  pid: 42,
  signal: null,
  modules: [],
} as const;

Deno.test("JsonRenderer writes one object of the documented shape", async () => {
  const io = new FakeIo();
  const out = new TextOutput(io.stdout);
  const options = { symbols: true, demangle: true, lines: false };
  const renderer = new JsonRenderer(out, new LiteralNames(), options);
  renderer.head({ ...HEAD, modules: [] });
  const first = { tid: 42, name: undefined, crashed: true };
  await renderer.thread(first, literalFrames(), "no-row", {
    registers: { rip: "0x0" },
  });
  const second = { tid: 43, name: 'a"b', crashed: false };
  await renderer.thread(second, new FrameBuffer(), "end-of-stack");
  renderer.end(["careful"]);
  out.flush();
  const written = JSON.parse(io.out);
  assertEquals({ ...written, threads: [] }, {
    ...HEAD,
    threads: [],
    warnings: ["careful"],
  });
  const [one, two] = written.threads;
  assertEquals({ ...one, frames: one.frames.length }, {
    tid: 42,
    name: null,
    crashed: true,
    stop: "no-row",
    registers: { rip: "0x0" },
    frames: 7,
  });
  assertEquals(two, {
    tid: 43,
    name: 'a"b',
    crashed: false,
    stop: "end-of-stack",
    frames: [],
  });
  const signal = false;
  const trusted = true;
  const noSource = { inlined: false, file: null, line: null, column: null };
  assertEquals(one.frames.slice(0, 2), [
    {
      pc: "0x0",
      cfa: "0x7ffc00000000",
      module: null,
      symbol: null,
      offset: null,
      table: null,
      signal,
      trusted,
      ...noSource,
    },
    {
      pc: "0x1110",
      cfa: "0x7ffc00000010",
      module: 0,
      symbol: "main",
      offset: 16,
      table: "sframe-v1",
      signal,
      trusted: false,
      ...noSource,
    },
  ]);
  assertEquals(one.frames[4], {
    pc: "0x8000",
    cfa: "0x7ffc00000040",
    module: 1,
    symbol: null,
    offset: null,
    table: "sidecar",
    signal: true,
    trusted,
    ...noSource,
  });
  assertEquals([one.frames[6].cfa, one.frames[6].table], [null, null]);
});

Deno.test("JsonRenderer puts inlined functions in front of the frame that they share", async () => {
  const io = new FakeIo();
  const out = new TextOutput(io.stdout);
  const options = { symbols: true, demangle: false, lines: true };
  const renderer = new JsonRenderer(out, new LiteralNames(), options);
  renderer.head({ ...HEAD, modules: [] });
  const frames = new FrameBuffer();
  frames.push(0x1110, 0, 0);
  frames.cfas[0] = 0x7ff0;
  frames.tables[0] = 5;
  const facts = { tid: 42, name: undefined, crashed: true };
  await renderer.thread(facts, frames, "end-of-stack");
  renderer.end([]);
  out.flush();
  const shared = {
    pc: "0x1110",
    cfa: "0x7ff0",
    module: 0,
    signal: false,
    trusted: true,
  };
  assertEquals(JSON.parse(io.out).threads[0].frames, [
    {
      ...shared,
      symbol: "_ZN5names9nothrow_tC2Ev",
      offset: null,
      table: null,
      inlined: true,
      file: "/src/names.h",
      line: 12,
      column: 7,
    },
    {
      ...shared,
      symbol: "helper",
      offset: null,
      table: null,
      inlined: true,
      file: "/inc/help.h",
      line: null,
      column: 7,
    },
    {
      ...shared,
      symbol: "main",
      offset: 16,
      table: "eh_frame",
      inlined: false,
      file: "/src/main.cc",
      line: 40,
      column: 7,
    },
  ]);
});
