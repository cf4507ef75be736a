import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { InputError } from "../../cli/io.ts";
import { runPstack } from "../../cli/pstack.ts";
import { FRAMES, IMAGE, NAMES, STACK } from "../builders/process.ts";
import { wordBytes } from "../builders/rows.ts";
import { PROGRAM } from "../builders/walk_process.ts";
import { FakeIo } from "./fake_io.ts";
import {
  type FakeProcess,
  FakeSystem,
  SIGNALLED,
  STOPPED,
} from "./fake_system.ts";

const PID = 77;
const RANGE = `${IMAGE.toString(16)}-${(IMAGE + 0x1000).toString(16)}`;
const MAP_FILE = `/proc/${PID}/map_files/${RANGE}`;

interface Run {
  code: number;
  io: FakeIo;
  system: FakeSystem;
}

async function run(
  args: string,
  process: Partial<FakeProcess> = {},
  files: Record<string, Uint8Array> = { [MAP_FILE]: PROGRAM },
): Promise<Run> {
  const io = new FakeIo({ files });
  const system = new FakeSystem({
    pid: PID,
    threads: [{ tid: PID }],
    ...process,
  });
  const code = await runPstack(
    args.split(" "),
    io,
    () => Promise.resolve(system),
  );
  assertEquals(system.stopped.size, 0, "no thread is left stopped");
  return { code, io, system };
}

function frames(out: string, thread = 0): [string, string][] {
  return JSON.parse(out).threads[thread].frames.map(
    (frame: { pc: string; symbol: string }) => [frame.pc, frame.symbol],
  );
}

const WHOLE = FRAMES.map((pc, i): [string, string] => [pc, NAMES[i]!]);

Deno.test("pstack prints every thread with its name", async () => {
  const { code, io, system } = await run("77", {
    threads: [{ tid: 77 }, { tid: 78 }],
  });
  assertEquals(code, 0);
  assertStringIncludes(io.out, "program    fake --option\n");
  assertStringIncludes(io.out, 'Thread 77 "name77"\n');
  assertStringIncludes(io.out, 'Thread 78 "name78"\n');
  assertEquals(io.out.match(/leaf\+0x4/g)?.length, 2);
  assertEquals(io.err, "");
  assertEquals(system.calls, [
    "seize 77",
    "seize 78",
    "interrupt 77",
    "interrupt 78",
    "detach 77 0",
    "detach 78 0",
  ]);
});

Deno.test("pstack --json writes the shape of bt", async () => {
  const { code, io } = await run("--json 77");
  const { schema, machine, pid, signal, modules, warnings } = JSON.parse(
    io.out,
  );
  assertEquals(code, 0);
  assertEquals([schema, machine, pid, signal], [1, "x86-64", 77, null]);
  assertEquals(modules[0].path, "/bin/program");
  assertEquals(modules[0].status, "ok");
  assertEquals(warnings, []);
  assertEquals(frames(io.out), WHOLE);
});

Deno.test("pstack tells what was on the stack while the process stood still", async () => {
  const io = new FakeIo({ files: { [MAP_FILE]: PROGRAM } });
  const system = new FakeSystem({ pid: PID, threads: [{ tid: PID }] });
  system.onResume = () => system.scribble();
  await runPstack(["--json", "77"], io, () => Promise.resolve(system));
  assertEquals(frames(io.out), WHOLE);
});

Deno.test("pstack looks again while the process stands still when a walk goes to memory that was not copied", async () => {
  const other = 0x7000_0000_0000;
  const words = [IMAGE + 0x818, 0, 0, IMAGE + 0x848, 0, 0];
  const bytes = new Uint8Array(4096);
  bytes.set(wordBytes(words.slice(1)));
  // The frame's return address is the last word of one mapping, the rest lies in the next one.
  const lower = new Uint8Array(4096);
  lower.set(wordBytes(words.slice(0, 1)), 4088);
  const { code, io, system } = await run("-v --json 77", {
    threads: [{ tid: 77, stack: other + 4088 }],
    maps: "700000000000-700000001000 rw-p 00000000 00:00 0\n" +
      "700000001000-700000002000 rw-p 00000000 00:00 0\n",
    memory: [{ start: other, bytes: lower }, { start: other + 4096, bytes }],
  });
  assertEquals(code, 0);
  assertEquals(frames(io.out), WHOLE);
  assertEquals(system.calls.filter((call) => call === "seize 77").length, 2);
  assertEquals(io.err, "stopped for 0.00 ms, then 0.00 ms\n");
});

Deno.test("pstack hands signals over that were on their way", async () => {
  const { system } = await run("77", {
    threads: [{ tid: 77, waits: [SIGNALLED] }],
  });
  assertEquals(system.calls.at(-1), "detach 77 10");
});

Deno.test("pstack finds threads that were made while it stopped the others", async () => {
  const { io } = await run("--json 77", {
    threads: [{ tid: 77 }, { tid: 78, isLate: true }],
  });
  assertEquals(frames(io.out, 1), WHOLE);
});

Deno.test("pstack leaves out threads that end in between, and says nothing", async () => {
  const { code, io } = await run("77", {
    threads: [{ tid: 77 }, { tid: 78, waits: ["ended"] }, {
      tid: 79,
      seizeError: -3,
    }],
  });
  assertEquals(code, 0);
  assertStringIncludes(io.out, "threads    1\n");
  assertEquals(io.err, "");
});

Deno.test("pstack tells threads in uninterruptible sleep and does not seize them", async () => {
  const { code, io, system } = await run("77", {
    threads: [{ tid: 77 }, { tid: 78, state: "D" }],
  });
  assertEquals(code, 1);
  assertStringIncludes(io.err, "thread 78: in uninterruptible sleep");
  assertStringIncludes(io.out, "threads    1\n");
  assert(!system.calls.includes("seize 78"));
});

Deno.test("pstack gives up on a thread that does not stop, and lets it go when it does", async () => {
  const waits: number[] = new Array(6000).fill(0);
  const { code, io, system } = await run("77", {
    threads: [{ tid: 77 }, { tid: 78, waits: [...waits, STOPPED] }],
  });
  assertEquals(code, 1);
  assertStringIncludes(io.err, "thread 78: did not stop in time");
  assert(system.calls.includes("detach 77 0"));
});

Deno.test("pstack shows the one thread of --tid, and stops no other", async () => {
  const { code, io, system } = await run("--tid 78 77", {
    threads: [{ tid: 77 }, { tid: 78 }],
  });
  assertEquals(code, 0);
  assertStringIncludes(io.out, "Thread 78");
  assertEquals(system.calls, ["seize 78", "interrupt 78", "detach 78 0"]);
});

Deno.test("pstack takes the id of a thread for that thread, and says so", async () => {
  const { code, io } = await run("78", { threads: [{ tid: 77 }, { tid: 78 }] });
  assertEquals(code, 0);
  assertEquals(
    io.err,
    "warning: 78 is a thread of process 77: only it is shown\n",
  );
});

const REFUSALS: [string, string, Partial<FakeProcess>, string][] = [
  ["a process that is not there", "1234", {}, "no process 1234"],
  [
    "a thread of the kernel",
    "77",
    { isKernel: true },
    "77 (fake) is a thread of the kernel: it has no stack of its own outside",
  ],
  [
    "a zombie",
    "77",
    { threads: [{ tid: 77, state: "Z" }] },
    "process 77 (fake) has ended: a zombie, which only waits for its parent to take note",
  ],
  [
    "a traced process",
    "77",
    {
      threads: [{ tid: 77, seizeError: -1, tracer: 5 }],
      files: { "/proc/5/comm": "gdb\n" },
    },
    "process 77 (fake): traced by process 5 (gdb) already",
  ],
  [
    "a process of another user",
    "77",
    {
      unreadable: { "/proc/77/auxv": "permission denied" },
      userIds: [0, 1000],
    },
    "process 77 (fake): belongs to user 0: only that user and root may look at it",
  ],
  [
    "a process that Yama shields",
    "77",
    {
      threads: [{ tid: 77, seizeError: -1 }],
      userIds: [1000, 1000],
      files: { "/proc/sys/kernel/yama/ptrace_scope": "1\n" },
    },
    "process 77 (fake): not permitted: kernel.yama.ptrace_scope is 1: run as root, or set it to 0 with sysctl",
  ],
  [
    "a 32-bit program",
    "77",
    { registersSize: 68 },
    "77 is a 32-bit program: only 64-bit ones are read",
  ],
  [
    "a thread that is not there",
    "--tid 5 77",
    {},
    "no thread 5 in process 77: 77",
  ],
];

for (const [what, args, process, message] of REFUSALS) {
  Deno.test(`pstack says why it cannot look at ${what}`, async () => {
    const { code, io } = await run(args, process);
    assertEquals([code, io.out], [1, ""]);
    assertEquals(io.err, `framewalk: ${message}\n`);
  });
}

Deno.test("pstack does not look at itself", async () => {
  const { code, io } = await run("999", {
    pid: 999,
    threads: [{ tid: 999 }],
  });
  assertEquals(code, 1);
  assertStringIncludes(io.err, "999 is framewalk itself");
});

Deno.test("pstack looks at a process whose first thread has ended", async () => {
  const { code, io } = await run("--json 77", {
    threads: [{ tid: 77, state: "Z", seizeError: -1 }, { tid: 78 }],
    unreadable: { "/proc/77/auxv": "no such process" },
  }, { [MAP_FILE.replace("77", "78")]: PROGRAM });
  assertEquals(code, 0);
  assertEquals(frames(io.out), WHOLE);
  assertEquals(JSON.parse(io.out).warnings, [
    "thread 77: has ended, while others of its process go on",
  ]);
});

Deno.test("pstack takes the file below /proc/PID/root where it may not follow map_files", async () => {
  const { code, io } = await run("--json 77", {}, {
    "/proc/77/root/bin/program": PROGRAM,
  });
  assertEquals(code, 0);
  assertEquals(JSON.parse(io.out).modules[0].status, "ok");
  assertEquals(frames(io.out), WHOLE);
});

Deno.test("pstack lets the process go when the walk fails", async () => {
  const io = new FakeIo();
  const system = new FakeSystem({ pid: PID, threads: [{ tid: PID }] });
  system.readRegisters = () => {
    throw new InputError("a failure");
  };
  const code = await runPstack(["77"], io, () => Promise.resolve(system));
  assertEquals(code, 1);
  assertEquals(io.err, "framewalk: a failure\n");
  assertEquals(system.stopped.size, 0);
});

Deno.test("pstack --rseq shows the registered area as it was", async () => {
  const configuration = new Uint8Array(24);
  const view = new DataView(configuration.buffer);
  view.setBigUint64(0, BigInt(STACK + 0x800), true);
  view.setUint32(8, 32, true);
  view.setUint32(12, 0x53053053, true);
  const { code, io } = await run("--json --rseq 77", {
    threads: [{ tid: 77 }, { tid: 78 }],
    rseq: { 77: configuration },
  });
  assertEquals(code, 0);
  const [first, second] = JSON.parse(io.out).threads;
  assertEquals(first.rseq.address, `0x${(STACK + 0x800).toString(16)}`);
  assertEquals(first.rseq.area.cpuId, 0);
  assertEquals([first.rseq.length, first.rseq.signature], [32, 0x53053053]);
  assertEquals(second.rseq.area, null);
  assertStringIncludes(second.rseq.reason, "the kernel does not tell");
});

Deno.test("pstack --json tells an error as an object", async () => {
  const { code, io } = await run("--json 1234");
  assertEquals(code, 1);
  assertEquals(JSON.parse(io.out).error.message, "no process 1234");
});
