import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FrameBuffer, STOP_REASONS } from "../../kernel/mod.ts";
import { makePalette } from "../../cli/plain_text.ts";
import { TextRenderer } from "../../cli/render_text.ts";
import { TextOutput } from "../../cli/text_output.ts";
import { FakeIo } from "./fake_io.ts";
import { literalFrames, LiteralNames } from "./literal_session.ts";

const MAIN_THREAD = { tid: 42, name: "wor\nker", crashed: true };

function makeRenderer(change: Record<string, unknown> = {}) {
  const io = new FakeIo();
  const out = new TextOutput(io.stdout);
  const names = new LiteralNames();
  const style = {
    symbols: true,
    demangle: true,
    lines: false,
    columns: 80,
    palette: makePalette(false),
    ...change,
  };
  const renderer = new TextRenderer(out, names, style);
  const text = (): string => {
    out.flush();
    return io.out;
  };
  return { renderer, names, text };
}

Deno.test("TextRenderer.thread() writes frames of every kind", async () => {
  const { renderer, text } = makeRenderer();
  await renderer.thread(MAIN_THREAD, literalFrames(), "unreadable-stack");
  renderer.legend();
  const long = `very_${"long_".repeat(10)}name+0x80`;
  assertEquals(
    text(),
    `
Thread 42 "wor\\x0aker" got the signal
#0   0x0000000000000000  ??
#1   0x0000000000001110  main+0x10  prog  [?]
#2   0x0000000000001200  main+0x100  prog
#3   0x0000000000001200  names::nothrow_t::nothrow_t()+0x0  prog
#4   0x0000000000008000  <signal handler called>  [signal]
#5   0x0000000000007180  ${long}
                         libevil\\x1b[31m.so
#6   0x0000000000001110  main+0x10  prog  [?]
     stopped: the stack cannot be read any further

[signal]  put there by the kernel to run a signal handler
[?]       a guess: no unwind table led to this frame
`,
  );
});

Deno.test("TextRenderer.thread() numbers inlined functions and says where frames are in the source", async () => {
  const { renderer, text } = makeRenderer({ lines: true });
  const frames = new FrameBuffer();
  frames.push(0x1110, 0, 0);
  frames.push(0x1150, 0, 0);
  await renderer.thread(MAIN_THREAD, frames, "end-of-stack");
  renderer.legend();
  assertEquals(
    text(),
    `
Thread 42 "wor\\x0aker" got the signal
#0   0x0000000000001110  names::nothrow_t::nothrow_t()
                         at names.h:12  prog  [inlined]
#1   0x0000000000001110  helper  at /inc/help.h  prog  [inlined]
#2   0x0000000000001110  main+0x10  at main.cc:40  prog
#3   0x0000000000001150  main+0x50  prog

[inlined] a part of the next frame's function
`,
  );
});

Deno.test("TextRenderer.thread() names what only the debug information names", async () => {
  const { renderer, names, text } = makeRenderer({ lines: true });
  names.symbolAt = () => undefined;
  const frames = new FrameBuffer();
  frames.push(0x1110, 0, 0);
  await renderer.thread(MAIN_THREAD, frames, "end-of-stack");
  // Its function starts at 0x100 of the file, which is at 0x1000.
  assertStringIncludes(text(), "  main+0x10  at main.cc:40  prog\n");
});

Deno.test("TextRenderer.thread() asks for each distinct frame once and loads each module once", async () => {
  const { renderer, names } = makeRenderer();
  await renderer.thread(MAIN_THREAD, literalFrames(), "end-of-stack");
  await renderer.thread(MAIN_THREAD, literalFrames(), "end-of-stack");
  assertEquals(names.loads, [0, 1]);
  // Behind calls one byte back, at exact addresses there.
  assertEquals(names.asked, [0x110f, 0x11ff, 0x1200, 0x8000, 0x717f]);
});

Deno.test("TextRenderer.thread() leaves names as they are, or out, where that is asked for", async () => {
  const raw = makeRenderer({ demangle: false });
  await raw.renderer.thread(MAIN_THREAD, literalFrames(), "end-of-stack");
  assert(raw.text().includes("  _ZN5names9nothrow_tC2Ev+0x0  prog\n"));
  const bare = makeRenderer({ symbols: false });
  await bare.renderer.thread(MAIN_THREAD, literalFrames(), "end-of-stack");
  assertEquals(bare.names.asked, []);
  assert(bare.text().includes("#1   0x0000000000001110  prog+0x110  [?]\n"));
});

Deno.test("TextRenderer.thread() says in words why a walk stopped, unless at the end", async () => {
  for (const stop of STOP_REASONS) {
    const { renderer, text } = makeRenderer();
    await renderer.thread(
      { tid: 1, name: undefined, crashed: false },
      new FrameBuffer(),
      stop,
    );
    const lines = text().split("\n").slice(1, -1);
    assertEquals(lines[0], "Thread 1");
    assertEquals(lines.length, stop === "end-of-stack" ? 1 : 2);
    if (stop !== "end-of-stack" && stop !== "needs-data") {
      assert(!lines[1]!.includes(stop), lines[1]);
    }
  }
});

Deno.test("TextRenderer.legend() is silent where no mark was used", async () => {
  const { renderer, text } = makeRenderer();
  await renderer.thread(MAIN_THREAD, new FrameBuffer(), "end-of-stack");
  const before = text();
  renderer.legend();
  assertEquals(text(), before);
});

Deno.test("TextRenderer.head() wraps what is long and leaves out what is unknown", () => {
  const { renderer, text } = makeRenderer({ columns: 40 });
  renderer.head({
    program: "prog --with many --arguments on its --line \x1b[0m",
    pid: undefined,
    signal: ["SIGSEGV (11): invalid memory reference", "address not mapped"],
    abortMessage: "corrupted\n",
    machine: "x86-64",
    threadCount: 3,
  });
  assertEquals(
    text(),
    `program    prog --with many --arguments
           on its --line \\x1b[0m
signal     SIGSEGV (11): invalid memory
           reference
           address not mapped
abort      corrupted
machine    x86-64
threads    3
`,
  );
});

Deno.test("TextRenderer.registers() keeps to 80 columns", () => {
  const { renderer, text } = makeRenderer();
  renderer.registers(7, [
    { name: "rax", hex: "0x1" },
    { name: "orig_rax", hex: "0xffffffffffffffff" },
    { name: "rip", hex: "0x7f0000001234" },
    { name: "gs", hex: "0x0" },
  ]);
  assertEquals(
    text(),
    `
Registers of thread 7
rax      0000000000000001  orig_rax ffffffffffffffff  rip      00007f0000001234
gs       0000000000000000
`,
  );
  for (const line of text().split("\n")) assert(line.length <= 80);
});

Deno.test("TextRenderer colours nothing but the same text", async () => {
  const plain = makeRenderer();
  const colored = makeRenderer({ palette: makePalette(true) });
  for (const { renderer } of [plain, colored]) {
    await renderer.thread(MAIN_THREAD, literalFrames(), "no-row");
  }
  const text = colored.text();
  assert(text !== plain.text());
  // deno-lint-ignore no-control-regex
  assertEquals(text.replace(/\x1b\[\d+m/g, ""), plain.text());
});
