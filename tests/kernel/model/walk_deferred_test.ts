import { assert, assertEquals } from "@std/assert";
import { encodeSidecar } from "../../../formats/sidecar/mod.ts";
import {
  Errno,
  type Kernel,
  type KernelEvent,
  requestUnwind,
  restoreKernel,
  saveKernel,
  unwindsDone,
} from "../../../kernel/model/mod.ts";
import {
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
import { buildSFrame } from "../../builders/sframe.ts";
import { META } from "../../formats/sidecar/helper.ts";

type Unwound = Extract<KernelEvent, { kind: "unwind" }>;

/** The traces that were told since this was last asked. */
function traces(kernel: Kernel): Unwound[] {
  return kernel.takeEvents().filter((event) => event.kind === "unwind");
}

/** A process whose thread has two frames. */
function prepare(options = {}) {
  const process = codeProcess(options);
  const size = writeSection(process, [leafFunction(TEXT)]);
  process.codectl(1, [SECTION, size, TEXT, TEXT_SIZE]);
  process.write(STACK, wordBytes([5, 0, 0]));
  process.stop(TEXT, STACK);
  process.kernel.takeEvents();
  return process;
}

/** Cookie of the `count`-th stay in which somebody asked on `cpu`. */
function cookie(count: number, cpu: number): bigint {
  return BigInt(2 * count + 1) << 32n | BigInt(cpu + 1);
}

Deno.test("a request is answered once, on return to user mode", () => {
  const { kernel, tid } = prepare();
  assertEquals(requestUnwind(kernel, tid), { result: 0, cookie: cookie(1, 0) });
  assertEquals(traces(kernel), []);
  kernel.interrupt(tid);
  assertEquals(traces(kernel), [{
    kind: "unwind",
    tid,
    tracer: 0,
    cookie: cookie(1, 0),
    trace: {
      frames: [
        { pc: TEXT, cfa: STACK + 8, table: "sframe-v3" },
        { pc: 5, cfa: null, table: null },
      ],
      stop: "no-module",
    },
  }]);
  kernel.interrupt(tid);
  assertEquals(traces(kernel), []);
});

Deno.test("all requests of one stay share trace and cookie; the same tracer's second is answered 1", () => {
  const { kernel, tid } = prepare();
  const first = requestUnwind(kernel, tid, 3);
  assertEquals(requestUnwind(kernel, tid, 3), { ...first, result: 1 });
  assertEquals(requestUnwind(kernel, tid, 63), { ...first, result: 0 });
  kernel.call(tid, "getpid");
  const [a, b, ...more] = traces(kernel);
  assertEquals([a!.tracer, b!.tracer, more.length], [3, 63, 0]);
  assertEquals(b!.trace, a!.trace);
  assertEquals([a!.cookie, b!.cookie], [first.cookie, first.cookie]);
});

Deno.test("cookies count per CPU, are never 0, and are words in memory order", () => {
  const { kernel, tid, thread } = prepare();
  const ask = () => {
    const { cookie } = requestUnwind(kernel, tid);
    kernel.interrupt(tid);
    return cookie;
  };
  assertEquals([ask(), ask()], [cookie(1, 0), cookie(2, 0)]);
  thread.cpu = 1;
  assertEquals(ask(), cookie(1, 1));
  thread.cpu = 0;
  assertEquals(ask(), cookie(3, 0));
  kernel.globals.cookieCounts[0] = 0xffff_ffff;
  assertEquals(ask(), cookie(0, 0));
  const big = prepare({ machine: "s390x" });
  assertEquals(requestUnwind(big.kernel, big.tid).cookie, 1n << 32n | 3n);
});

Deno.test("EINVAL for threads that do not live, tracers that cannot be, traces without room", () => {
  const refused = { result: -Errno.EINVAL, cookie: 0n };
  const { kernel, tid } = prepare();
  assertEquals(requestUnwind(kernel, 99), refused);
  for (const tracer of [-1, 64, 0.5, NaN]) {
    assertEquals(requestUnwind(kernel, tid, tracer), refused);
  }
  kernel.call(tid, "exit", 0);
  assertEquals(requestUnwind(kernel, tid), refused);
  const none = prepare({ maxFrames: 0 });
  assertEquals(requestUnwind(none.kernel, none.tid), refused);
});

Deno.test("a thread that exits is walked before it is gone", () => {
  const { kernel, tid } = prepare();
  requestUnwind(kernel, tid);
  kernel.call(tid, "exit", 0);
  const [{ trace }] = traces(kernel) as [Unwound];
  assertEquals(trace.frames.map(({ pc }) => pc), [TEXT, 5]);
});

Deno.test("a thread that is killed on the way to user mode is walked before", () => {
  const { kernel, tid } = prepare();
  requestUnwind(kernel, tid);
  kernel.signal(tid, 9);
  kernel.interrupt(tid);
  assertEquals(traces(kernel).length, 1);
});

Deno.test("a forked child and a new thread have no requests", () => {
  const { kernel, tid } = prepare();
  requestUnwind(kernel, tid);
  kernel.call(tid, "fork");
  assertEquals(traces(kernel).map((event) => event.tid), [tid]);
});

/** As `prepare`, with the table in a sidecar. */
async function prepareSidecar() {
  const process = codeProcess();
  const { kernel, codectl, write, stop } = process;
  const section = buildSFrame({
    version: 3,
    address: SECTION,
    functions: [leafFunction(TEXT)],
  });
  const options = { format: "compact" as const };
  kernel.addFile("/s", await encodeSidecar(section, SECTION, META, options));
  write(INFO + 0x100, new TextEncoder().encode("/s\0"));
  assertEquals(codectl(3, [TEXT, TEXT_SIZE, 0, INFO + 0x100, 0]), 0);
  write(STACK, wordBytes([5, 0, 0]));
  stop(TEXT, STACK);
  return process;
}

Deno.test("a trace that waits for a sidecar is told when it is there", async () => {
  const { kernel, tid } = await prepareSidecar();
  const { cookie } = requestUnwind(kernel, tid);
  kernel.interrupt(tid);
  assertEquals(traces(kernel), []);
  assertEquals(requestUnwind(kernel, tid), { result: 1, cookie });
  assertEquals(requestUnwind(kernel, tid, 1), { result: 0, cookie });
  kernel.interrupt(tid);
  await unwindsDone(kernel);
  const told = traces(kernel);
  assertEquals(told.map((event) => event.tracer), [0, 1]);
  assertEquals(told[0]!.trace.frames.length, 2);
  assert(requestUnwind(kernel, tid).cookie !== cookie);
});

Deno.test("a thread that exits meanwhile leaves an empty trace", async () => {
  const { kernel, tid } = await prepareSidecar();
  requestUnwind(kernel, tid);
  kernel.interrupt(tid);
  kernel.call(tid, "exit", 0);
  const [{ trace }] = traces(kernel) as [Unwound];
  assertEquals(trace.frames, []);
  kernel.reap();
  await unwindsDone(kernel);
  assertEquals(traces(kernel), []);
});

Deno.test("a request survives a checkpoint", () => {
  const { kernel, tid } = prepare();
  const { cookie } = requestUnwind(kernel, tid, 7);
  const restored = restoreKernel(saveKernel(kernel));
  kernel.interrupt(tid);
  restored.interrupt(tid);
  const told = traces(restored);
  assertEquals(told, traces(kernel));
  assertEquals([told[0]!.tracer, told[0]!.cookie], [7, cookie]);
  const next = requestUnwind(kernel, tid);
  assertEquals(requestUnwind(restored, tid), next);
});
