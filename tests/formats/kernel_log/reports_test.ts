/** Reports of each detector, field by field. */
import { assertEquals } from "@std/assert";
import {
  KernelLogParser,
  type KernelReport,
  readKernelLog,
} from "../../../formats/kernel_log/mod.ts";

const DATA = new URL("../../data/kernel_log/", import.meta.url);

function read(name: string): KernelReport[] {
  return readKernelLog(Deno.readFileSync(new URL(`${name}.log`, DATA)));
}

const BAR = "=".repeat(66);

Deno.test("a report of KASAN has its access, task, object, stacks and memory", () => {
  const [report, ...others] = read("kasan");
  assertEquals(others, []);
  const { kind, type, location, access, task, pid, cpu, uid } = report!;
  assertEquals([kind, type, location!.symbol, location!.module], [
    "kasan",
    "slab-use-after-free",
    "demo_read",
    "demo",
  ]);
  assertEquals(access, {
    operation: "read",
    size: 8,
    address: "0xffff888104c2d110",
  });
  assertEquals([task, pid, cpu, uid], ["cat worker", 731, 2, 0]);
  assertEquals([report!.release, report!.build, report!.taint], [
    "6.12.4",
    "#1",
    "GO",
  ]);
  assertEquals(report!.object, {
    name: undefined,
    address: "0xffff888104c2d100",
    cache: "kmalloc-64",
    size: 64,
    regionStart: "0xffff888104c2d100",
    regionEnd: "0xffff888104c2d140",
    regionSize: 64,
    state: "freed",
    distance: 16,
    relation: "inside of",
    variable: undefined,
  });
  const stacks = report!.stacks.map(({ kind, pid, frames }) => [
    kind,
    pid,
    ...frames.map(({ symbol, isReliable }) => (isReliable ? "" : "?") + symbol),
  ]);
  assertEquals(stacks, [
    ["call", 731, "dump_stack_lvl", "?__pfx_demo_read", "demo_read"],
    ["allocated", 730, "__kmalloc_noprof", "demo_open"],
    ["freed", 731, "kfree", "demo_drop"],
  ]);
  assertEquals(report!.stacks[0]!.frames.map(({ context }) => context), [
    "TASK",
    "TASK",
    "TASK",
  ]);
  assertEquals(report!.memory.map(({ markedIndex }) => markedIndex), [
    -1,
    -1,
    2,
    -1,
    -1,
  ]);
  assertEquals(report!.memory[2]!.values.slice(0, 3), [0xfa, 0xfb, 0xfb]);
  assertEquals([report!.isComplete, report!.isTruncated], [true, false]);
  assertEquals([report!.lineNumber, report!.lines.length], [2, 33]);
  assertEquals([report!.startTimeUs, report!.endTimeUs], [12000001, 12000009]);
});

Deno.test("KASAN's other access lines, variables, tags and times are read", () => {
  const [free, tag, twice] = read("kasan_variants");
  assertEquals([free!.type, free!.task, free!.pid, free!.access], [
    "double-free or invalid-free",
    "a/b/9",
    9,
    undefined,
  ]);
  assertEquals(free!.object!.variable, "shed_door");
  assertEquals(free!.memory[1]!.markedIndex, 11);
  assertEquals(tag!.access, {
    operation: "write",
    size: undefined,
    address: "0xf7ff000003a6c000",
  });
  assertEquals([tag!.task, tag!.pid], ["tagger", 14]);
  assertEquals([tag!.object!.distance, tag!.object!.relation], [
    8,
    "to the right of",
  ]);
  assertEquals(twice!.access!.operation, "free");
  assertEquals(twice!.stacks.map(({ kind }) => kind), [
    "call",
    "related",
    "freed",
  ]);
  const { cpu, pid, timeUs } = twice!.stacks[2]!;
  assertEquals([cpu, pid, timeUs], [3, 16, 41123456]);
});

Deno.test("each type of KASAN is read, old spellings too", () => {
  for (
    const type of [
      "slab-out-of-bounds",
      "use-after-free",
      "out-of-bounds",
      "global-out-of-bounds",
      "stack-out-of-bounds",
      "alloca-out-of-bounds",
      "vmalloc-out-of-bounds",
      "use-after-scope",
      "null-ptr-deref",
      "user-memory-access",
      "wild-memory-access",
      "unknown-crash",
      "invalid-free",
    ]
  ) {
    const [report] = readKernelLog(`BUG: KASAN: ${type} in foo+0x1/0x2\n`);
    assertEquals([report!.type, report!.title], [
      type,
      `KASAN: ${type} in foo`,
    ]);
  }
  const [old] = readKernelLog(
    `${BAR}\nBUG: KASan: use after free in foo+0x1/0x2 [m] at addr ffff880d59947040\nRead of size 8 by task ksoftirqd/2/15\n${BAR}\n`,
  );
  assertEquals([old!.type, old!.access, old!.task, old!.pid], [
    "use-after-free",
    { operation: "read", size: 8, address: "0xffff880d59947040" },
    "ksoftirqd/2",
    15,
  ]);
  const [async] = readKernelLog(
    `BUG: KASAN: invalid-access\nAsynchronous fault: no details available\n`,
  );
  assertEquals([async!.type, async!.title], [
    "invalid-access",
    "KASAN: invalid-access",
  ]);
});

Deno.test("KFENCE's five kinds are read, with objects old and new", () => {
  const facts = read("kfence").map(({ type, access, object }) => [
    type,
    access!.operation,
    access!.address,
    object?.name,
    object?.cache,
    object?.regionStart,
    object?.regionEnd,
    object?.distance,
  ]);
  const none = undefined;
  assertEquals(facts, [
    [
      "out-of-bounds read",
      "read",
      "0xffff8c3f2e291fff",
      "kfence-#72",
      "kmalloc-32",
      "0xffff8c3f2e292000",
      "0xffff8c3f2e292020",
      1,
    ],
    [
      "use-after-free write",
      "write",
      "0xffff8c3f2e2a4008",
      "kfence-#-3",
      "pond_cache",
      "0xffff8c3f2e2a4000",
      "0xffff8c3f2e2a4040",
      none,
    ],
    [
      "memory corruption",
      none,
      "0xffff8c3f2e2b6fe0",
      "kfence-#9",
      none,
      none,
      none,
      none,
    ],
    [
      "invalid free",
      "free",
      "0xffff8c3f2e2c8010",
      "kfence-#10",
      none,
      none,
      none,
      none,
    ],
    [
      "invalid read",
      "read",
      "0xffff8c3f2e2da000",
      none,
      none,
      none,
      none,
      none,
    ],
  ]);
  const [first, second, third] = read("kfence");
  assertEquals(
    first!.stacks.map(({ kind, pid, cpu, timeUs }) => [kind, pid, cpu, timeUs]),
    [
      ["call", none, none, none],
      ["allocated", 484, 0, 32919330],
    ],
  );
  assertEquals(second!.stacks.map(({ kind, pid }) => [kind, pid]), [
    ["call", none],
    ["allocated", 500],
    ["freed", 501],
  ]);
  assertEquals(third!.messages, ["corrupted bytes: 0xac . . ! 0x00"]);
});

Deno.test("UBSAN is read in both of its frames", () => {
  const facts = read("ubsan").map((report) => [
    report.type,
    report.source,
    report.messages,
    report.isComplete,
    report.stacks.map(({ frames }) => frames.length),
  ]);
  assertEquals(facts, [
    [
      "shift-out-of-bounds",
      "drivers/mill/mill.c:88:14",
      ["shift exponent 40 is too large for 32-bit type 'int'"],
      true,
      [3],
    ],
    [
      "undefined-behaviour",
      "drivers/mill/mill.c:90:3",
      ["index 8 is out of range for type 'int [8]'"],
      true,
      [2],
    ],
  ]);
});

Deno.test("KCSAN has both accesses, KMSAN where the bytes came from", () => {
  const [race] = read("kcsan");
  assertEquals(race!.title, "KCSAN: data-race in tally_add / tally_read");
  assertEquals(race!.stacks.map(({ kind, pid, cpu }) => [kind, pid, cpu]), [
    ["access", 1082, 7],
    ["access", undefined, 4],
  ]);
  assertEquals(race!.isComplete, true);
  const [uninit] = read("kmsan");
  assertEquals([uninit!.title, uninit!.access!.size, uninit!.workqueue], [
    "KMSAN: uninit-value in letter_read",
    64,
    "post post_work",
  ]);
  assertEquals(
    uninit!.stacks.map(({ kind, frames }) => [kind, frames.length]),
    [
      ["call", 2],
      ["origin", 1],
      ["origin", 1],
    ],
  );
  assertEquals(uninit!.isComplete, true);
});

Deno.test("warnings are read in three forms; what only warns is none", () => {
  const [wheel, pond, old, ...others] = read("warning");
  assertEquals(others, []);
  assertEquals([wheel!.title, wheel!.source, wheel!.messages], [
    "WARNING in mill_turn at drivers/mill/wheel.c:214",
    "drivers/mill/wheel.c:214",
    ["wheel 3 stands still"],
  ]);
  assertEquals([wheel!.cpu, wheel!.pid, wheel!.uid, wheel!.task], [
    3,
    812,
    1000,
    "old miller",
  ]);
  assertEquals([wheel!.modules, wheel!.workqueue, wheel!.build], [
    ["mill(O)", "river"],
    "events mill_work [mill]",
    "#698 PREEMPT(voluntary)",
  ]);
  assertEquals(wheel!.registers[0]!.location!.symbol, "mill_turn");
  assertEquals(wheel!.registers[0]!.values.RBX, "ffff888103a6c000");
  assertEquals(wheel!.stacks[0]!.frames.map(({ context }) => context), [
    "IRQ",
    "IRQ",
    "TASK",
    "TASK",
  ]);
  assertEquals(
    [pond!.source, pond!.cpu, pond!.task, pond!.pid, pond!.messages],
    [
      "drivers/mill/pond.c:31",
      1,
      "frog",
      901,
      ["[depth > 9]"],
    ],
  );
  assertEquals([old!.source, old!.release, old!.cpu, old!.isComplete], [
    "drivers/mill/old.c:7",
    "3.2.0",
    undefined,
    true,
  ]);
});

Deno.test("oopses have address, access, number and both sides' registers; a panic behind one is part of it", () => {
  const [fault, general, bug, panic, ...others] = read("oops_x86");
  assertEquals(others, []);
  assertEquals([fault!.title, fault!.access, fault!.oopsNumber, fault!.panic], [
    "BUG: kernel NULL pointer dereference in forge_hit",
    { operation: "write", size: undefined, address: "0x0000000000000018" },
    2,
    "Fatal exception",
  ]);
  assertEquals(
    fault!.registers.map((
      { mode, location },
    ) => [mode, location!.symbol ?? location!.address]),
    [
      ["kernel", "forge_hit"],
      ["user", "0x7f1e6d10a2a7"],
      ["kernel", "forge_hit"],
    ],
  );
  assertEquals(
    fault!.lines.at(-1),
    "---[ end Kernel panic - not syncing: Fatal exception ]---",
  );
  assertEquals([general!.title, general!.type, general!.access!.address], [
    "general protection fault in forge_cool",
    "maybe wild-memory-access",
    "0xdead000000000120",
  ]);
  assertEquals([bug!.title, bug!.source, bug!.oopsNumber], [
    "kernel BUG at drivers/forge/anvil.c:55 in anvil_drop",
    "drivers/forge/anvil.c:55",
    1,
  ]);
  assertEquals([panic!.kind, panic!.panic, panic!.isComplete], [
    "panic",
    "VFS: no root found",
    true,
  ]);
});

Deno.test("oopses of other machines have the place, the frames and their registers", () => {
  const facts = (name: string) => {
    const [report, ...others] = read(name);
    assertEquals(others, []);
    const { registers: [set], stacks, isComplete } = report!;
    return [
      set!.location!.symbol,
      set!.link?.symbol,
      Object.keys(set!.values).length,
      stacks.map(({ frames }) => frames.length),
      isComplete,
    ];
  };
  const none = undefined;
  assertEquals(facts("oops_arm64"), ["loom_pull", "loom_pull", 8, [4], true]);
  assertEquals(facts("oops_riscv"), ["kiln_fire", "kiln_open", 9, [2], true]);
  assertEquals(facts("oops_s390"), ["oven_open", none, 18, [3, 1], true]);
  assertEquals(facts("oops_arm32"), ["cask_roll", "cask_fill", 9, [3], true]);
  assertEquals(facts("oops_powerpc"), ["hide_wash", "hide_wash", 7, [2], true]);
  assertEquals(read("oops_arm64")[0]!.stacks[0]!.frames[0]!.flags, "P");
  assertEquals(
    read("oops_s390")[0]!.registers[0]!.values.R15,
    "0000000000000010",
  );
});

Deno.test("lockdep's chains belong to its report, what follows does not", () => {
  const [report, ...others] = read("lockdep");
  assertEquals(others, []);
  assertEquals([report!.kind, report!.title], [
    "lockdep",
    "WARNING: possible circular locking dependency detected",
  ]);
  assertEquals(report!.stacks.map(({ frames }) => frames.length), [2, 2, 2]);
  assertEquals(report!.lines.at(-1), " </TASK>");
});

Deno.test("stuck tasks and processors, stalls, one-line bugs and leaks are read", () => {
  const facts = read("stuck").map((
    { kind, title, task, pid, cpu, durationSeconds },
  ) => [
    kind,
    title,
    task,
    pid,
    cpu,
    durationSeconds,
  ]);
  const none = undefined;
  assertEquals(facts, [
    [
      "hung-task",
      "INFO: task ferry hung in river_cross",
      "ferry",
      2210,
      none,
      120,
    ],
    [
      "hung-task",
      "INFO: task barge hung in river_lock",
      "barge",
      2211,
      none,
      241,
    ],
    ["soft-lockup", "BUG: soft lockup in oar_spin", "rower", 2300, 3, 26],
    ["rcu-stall", "INFO: rcu stall in stroke_wait", "swimmer", 2400, 1, none],
    [
      "bug",
      "BUG: sleeping function called from invalid context at drivers/river/lock.c:71",
      "angler",
      2500,
      0,
      none,
    ],
    ["bug", "BUG: scheduling while atomic", "angler", 2500, 0, none],
    ["leak", "BUG: memory leak in bait_make", none, none, none, none],
  ]);
  const stall = read("stuck")[3]!;
  assertEquals(stall.stacks.map(({ cpu, pid }) => [cpu, pid]), [
    [1, 2400],
    [undefined, 14],
  ]);
});

Deno.test("reports whose lines alternate are kept apart by their printers", () => {
  const [right, left, ...others] = read("callers");
  assertEquals(others, []);
  assertEquals([right!.caller, right!.title, right!.stacks[0]!.frames.length], [
    "C1",
    "WARNING in right_hand at drivers/hands/right.c:5",
    2,
  ]);
  assertEquals([left!.caller, left!.title, left!.stacks[0]!.frames.length], [
    "T2760",
    "KASAN: stack-out-of-bounds in left_hand",
    2,
  ]);
  assertEquals([right!.isComplete, left!.isComplete], [true, true]);
  assertEquals([right!.lines.length, left!.lines.length], [7, 8]);
});

Deno.test("processors that are asked for their stacks print into the report for which they are", () => {
  const lines = [
    "[ 1.000000][ C0] rcu: INFO: rcu_sched self-detected stall on CPU",
    "[ 1.000001][ C0] Sending NMI from CPU 0 to CPUs 1:",
    "[ 1.000002][ C1] NMI backtrace for cpu 1",
    "[ 1.000003][ C0] Call Trace:",
    "[ 1.000004][ C1] Call Trace:",
    "[ 1.000005][ C0]  one+0x1/0x2",
    "[ 1.000006][ C1]  other+0x1/0x2",
  ];
  const [report, ...others] = readKernelLog(lines.join("\n"));
  assertEquals(others, []);
  assertEquals(
    report!.stacks.map(({ cpu, frames }) => [cpu, frames[0]!.symbol]),
    [[undefined, "one"], [1, "other"]],
  );
});

Deno.test("records of /dev/kmsg are joined, and those that were lost are counted", () => {
  const parser = new KernelLogParser();
  const bytes = Deno.readFileSync(new URL("kmsg.log", DATA));
  const [report] = [...parser.push(bytes), ...parser.end()];
  assertEquals(report!.modules, ["clay", "glaze"]);
  assertEquals([report!.task, report!.caller], ["café", "T9"]);
  assertEquals(
    report!.lines.some((line) => /SUBSYSTEM|ready/.test(line)),
    false,
  );
  assertEquals(parser.lostRecordCount, 5);
});

Deno.test("events of a trace are reports of their own", () => {
  const facts = read("trace_pipe").map((report) => [
    report.kind,
    report.task,
    report.pid,
    report.cpu,
    report.startTimeUs,
    report.access!.address,
  ]);
  assertEquals(facts, [
    ["kasan", "insmod", 2760, 1, 1234567890, "0xffff8881f44ec37b"],
    ["kfence", "a name with - 1", 31, 12, 1300000001, "0xffff888012345678"],
  ]);
});

Deno.test("the line that names an error tells its kind", () => {
  for (
    const [line, kind] of [
      ["WARNING: suspicious RCU usage", "lockdep"],
      ["WARNING: inconsistent lock state", "lockdep"],
      ["[ INFO: possible recursive locking detected ]", "lockdep"],
      ["WARNING: demo/12 still has locks held!", "lockdep"],
      ["INFO: trying to register non-static key.", "lockdep"],
      ["INFO: rcu_sched self-detected stall on CPU", "rcu-stall"],
      ["rcu: INFO: rcu_tasks detected stalls on tasks:", "rcu-stall"],
      [
        "NMI watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [a:1]",
        "soft-lockup",
      ],
      ["watchdog: Watchdog detected hard LOCKUP on cpu 3", "hard-lockup"],
      ["NMI watchdog: Watchdog detected hard LOCKUP on cpu 3", "hard-lockup"],
      [
        "BUG: unable to handle page fault for address: ffff000012345678",
        "oops",
      ],
      [
        "kernel tried to execute NX-protected page - exploit attempt? (uid: 0)",
        "oops",
      ],
      ["general protection fault: 0000 [#1] PREEMPT SMP", "oops"],
      ["invalid opcode: 0000 [#3] SMP", "oops"],
      ["divide error: 0000 [#1] SMP", "oops"],
      ["monitor event: 0040 ilc:2 [#1]SMP", "oops"],
      [
        "Internal error: synchronous external abort: 0000000096000010 [#1]",
        "oops",
      ],
      ["Unhandled fault: alignment exception (0x001) at 0x81a3c4e1", "oops"],
      ["PANIC: double fault, error_code: 0x0", "oops"],
      ["traps: PANIC: double fault, error_code: 0x0", "oops"],
      ["Kernel BUG [#1]", "oops"],
      ["Kernel panic - not syncing: demo", "panic"],
      ["BUG: Bad page state in process demo  pfn:7071f", "bug"],
      ["BUG kmalloc-64 (Not tainted): Redzone overwritten", "bug"],
      ["BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0", "bug"],
      ["unreferenced object 0xffff88810c5d2a00 (size 96):", "leak"],
    ] as const
  ) {
    assertEquals(readKernelLog(`${line}\n`).map((r) => r.kind), [kind], line);
  }
});

Deno.test("titles leave out what differs each time", () => {
  for (
    const [line, title] of [
      [
        "BUG: scheduling while atomic: a b/12/0x00000002",
        "BUG: scheduling while atomic",
      ],
      [
        "BUG: Bad page state in process demo  pfn:7071f",
        "BUG: Bad page state",
      ],
      [
        "WARNING: demo/12 still has locks held!",
        "WARNING: still has locks held!",
      ],
      [
        "BUG: unable to handle page fault for address: ffff000012345678",
        "BUG: unable to handle page fault",
      ],
      [
        "BUG: unable to handle kernel paging request at ffff88002bde1e40",
        "BUG: unable to handle kernel paging request",
      ],
      [
        "general protection fault, probably for non-canonical address 0xdffffc0000000000: 0000 [#1] SMP",
        "general protection fault",
      ],
      [
        "Internal error: Oops: 0000000096000004 [#1] SMP",
        "Internal error: Oops",
      ],
      ["Oops: invalid opcode: 0000 [#1] SMP", "invalid opcode"],
    ] as const
  ) {
    assertEquals(readKernelLog(`${line}\n`)[0]!.title, title, line);
  }
});
