import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { HELP } from "../../cli/help.ts";
import { main } from "../../cli/main.ts";
import { buildCore } from "../builders/core.ts";
import { buildElf } from "../builders/elf.ts";
import { buildRecord, SAMPLE } from "../builders/exterr.ts";
import {
  AMD64,
  concat,
  MACHINES,
  pack,
  sampleTrace,
  type TraceMachine,
  traceRecord,
} from "../builders/ktrace.ts";
import {
  buildProgram,
  IMAGE,
  processCore,
  STACK,
} from "../builders/process.ts";
import { FakeIo, type FakeWorld } from "./fake_io.ts";

async function run(args: string, world: FakeWorld = {}) {
  const io = new FakeIo(world);
  const code = await main(["exterr", ...args.split(" ")], io);
  return { code, out: io.out, err: io.err };
}

async function runFile(file: Uint8Array, options = "") {
  return await run(`${options} file`.trim(), { files: { file } });
}

// deno-lint-ignore no-explicit-any
async function runJson(file: Uint8Array, options = ""): Promise<any> {
  const { out } = await runFile(file, `--json ${options}`.trim());
  return JSON.parse(out);
}

/** A call that fails with an extended error: CALL, EERR, RET. */
function failure(
  tid: number,
  code: number,
  error: number,
  msg: string,
  machine: TraceMachine = AMD64,
): [call: Uint8Array, exterr: Uint8Array, ret: Uint8Array] {
  const record = buildRecord(
    { ver: 0, error, cat: 1, line: 310, p1: 3n, msg },
    machine.littleEndian,
  );
  const parts = { tid, fraction: 5000 };
  const call = pack("hhp", [code, 0], machine);
  const ret = pack("hhil", [code, 0, error, -1], machine);
  return [
    traceRecord(1, call, parts, machine),
    traceRecord(18, record, parts, machine),
    traceRecord(2, ret, parts, machine),
  ];
}

const PROT = "prot is not subset of max_prot";
const PLACE = "(src sys/vm/vm_mmap.c:310)";

Deno.test("exterr tells each error of a trace with the call that returned it", async () => {
  for (const machine of MACHINES) {
    const trace = concat(failure(100321, 477, 45, PROT, machine));
    const nanoseconds = machine.versioned ? "000005000" : "005000000";
    assertEquals(await runFile(trace), {
      code: 0,
      out: `2025-05-23T11:33:20.${nanoseconds}Z  demo[812/100321]  ` +
        `mmap: EOPNOTSUPP (Operation not supported): ${PROT}\n`,
      err: "",
    });
  }
});

Deno.test("exterr joins errors and returns by thread, not by order", async () => {
  const [callA, errorA, returnA] = failure(7, 477, 45, PROT);
  const [callB, errorB, returnB] = failure(8, 588, 22, "unknown op");
  const other = traceRecord(2, pack("hhil", [3, 0, 0, 5], AMD64), { tid: 9 });
  const trace = concat([
    callA,
    errorA,
    callB,
    errorB,
    other,
    returnB,
    returnA,
    returnA,
  ]);
  const { records } = await runJson(trace);
  assertEquals(
    // deno-lint-ignore no-explicit-any
    records.map(({ tid, call, text }: any) => [tid, call.name, text]),
    [[8, "kcmp", "unknown op"], [7, "mmap", PROT]],
  );
  assertEquals(records[1].call, { code: 477, name: "mmap", error: 45 });
});

Deno.test("exterr names no calls of programs of other systems", async () => {
  const begin = (flags: number) => traceRecord(10, pack("i", [flags], AMD64));
  const calls = concat(failure(7, 477, 45, PROT));
  const trace = concat([
    begin(0x903),
    calls,
    begin(0x909),
    calls,
    begin(0x903),
    traceRecord(11, new Uint8Array(0)),
    calls,
    begin(0x903),
    begin(0),
    calls,
  ]);
  const { records } = await runJson(trace);
  assertEquals(
    // deno-lint-ignore no-explicit-any
    records.map(({ call }: any) => call.name),
    ["[477]", "mmap", "mmap", "mmap"],
  );
  const { out } = await runFile(trace, "--kdump");
  assertEquals(out.match(/CALL {2}.*/g), [
    "CALL  [477]",
    "CALL  mmap",
    "CALL  mmap",
    "CALL  mmap",
  ]);
  assertEquals(out.match(/RET {3}\S+/g), [
    "RET   [477]",
    "RET   mmap",
    "RET   mmap",
    "RET   mmap",
  ]);
});

Deno.test("exterr shows errors whose call never returns in the trace", async () => {
  const [, first] = failure(7, 477, 45, "first");
  const [, second] = failure(7, 477, 45, "second");
  const { out } = await runFile(concat([first, second]));
  assertEquals(out.match(/\] {2}EOPNOTSUPP .*: (first|second)\n/g)?.length, 2);
  assertEquals((await runJson(concat([first, second]))).records[1].call, null);
});

Deno.test("exterr writes all of a record as JSON", async () => {
  const json = await runJson(concat(failure(100321, 477, 45, "at %#jx")), "");
  assertEquals(json, {
    records: [{
      state: "live",
      text: "at 0x3",
      error: 45,
      errorName: "EOPNOTSUPP",
      category: 1,
      categoryName: "MMAP",
      file: "sys/vm/vm_mmap.c",
      line: 310,
      p1: "0x3",
      p2: "0x0",
      message: "at %#jx",
      version: "0x0",
      offset: 72,
      pid: 812,
      tid: 100321,
      comm: "demo",
      time: "2025-05-23T11:33:20.000005000Z",
      call: { code: 477, name: "mmap", error: 45 },
    }],
    hidden: { stale: 0, unused: 0 },
    warnings: [],
  });
});

Deno.test("exterr says as much as --form or EXTERROR_VERBOSE asks for", async () => {
  const file = buildRecord(SAMPLE);
  const errno = "EOPNOTSUPP (Operation not supported): ";
  const fields = `errno 45 category 1 ${PLACE} p1 0x3 p2 0x1`;
  const out = async (options: string, value?: string) =>
    (await run(`${options} file`.trim(), {
      files: { file },
      env: value === undefined ? {} : { EXTERROR_VERBOSE: value },
    })).out;
  assertEquals(await out(""), `${errno}${PROT}\n`);
  assertEquals(await out("--form brief"), `${errno}${PROT} ${PLACE}\n`);
  assertEquals(await out("--form full"), `${errno}${PROT} ${fields}\n`);
  assertEquals(await out("", "brief"), `${errno}${PROT} ${PLACE}\n`);
  assertEquals(await out("", ""), `${errno}${PROT} ${fields}\n`);
  assertEquals(await out("--form default", "1"), `${errno}${PROT}\n`);
});

Deno.test("exterr reads the good part of a damaged trace, and says what is wrong", async () => {
  const good = concat(failure(7, 477, 45, PROT));
  const cut = await runFile(concat([good, good.subarray(0, 70)]));
  assertEquals(cut.code, 1);
  assertStringIncludes(cut.out, PROT);
  assertStringIncludes(cut.err, "warning: Cannot read ktrace ktr_len");
  const bad = traceRecord(2, new Uint8Array(16), { length: -9 });
  const { code, out, err } = await runFile(concat([good, bad, good]));
  assertEquals([code, out.split("\n").length], [1, 2]);
  assertStringIncludes(err, "got -9");
  // One record that makes no sense does not hide the next.
  const odd = traceRecord(18, new Uint8Array(7));
  const mixed = await runFile(concat([good, odd, good]));
  assertEquals([mixed.code, mixed.out.split("\n").length], [1, 3]);
  assertStringIncludes(mixed.err, "EXTERR ktr_len");
});

Deno.test("exterr tells that the kernel lost records", async () => {
  const [call, exterr, ret] = failure(7, 477, 45, PROT);
  const lost = traceRecord(3, new Uint8Array(4), { drop: true });
  const { code, err } = await runFile(concat([call, exterr, lost, ret, lost]));
  assertEquals(
    [code, err],
    [0, "warning: the kernel lost records in 2 places of the trace\n"],
  );
});

Deno.test("exterr says so where there is nothing", async () => {
  const { code, out, err } = await runFile(traceRecord(2, new Uint8Array(16)));
  assertEquals([code, out, err], [
    0,
    "",
    "warning: no extended errors in file\n",
  ]);
});

Deno.test("exterr reads raw records in both orders, one after another", async () => {
  for (const littleEndian of [true, false]) {
    const records = [
      buildRecord(SAMPLE, littleEndian),
      buildRecord({ error: 22, msg: "second" }, littleEndian),
      buildRecord({ ...SAMPLE, error: 0 }, littleEndian),
      buildRecord({}, littleEndian),
    ];
    const { code, out, err } = await runFile(concat(records), "--all");
    assertEquals([code, err], [0, ""]);
    assertEquals(out.split("\n"), [
      `EOPNOTSUPP (Operation not supported): ${PROT}`,
      "at offset 200: EINVAL (Invalid argument): second",
      `at offset 400: last failure without extended data; before that: ${PROT}`,
      "at offset 600: never used",
      "",
    ]);
  }
});

Deno.test("exterr leaves out what is stale or never used, and counts it", async () => {
  const records = [
    buildRecord(SAMPLE),
    buildRecord({ ...SAMPLE, error: 0 }),
    buildRecord({}),
  ];
  const { out, err } = await runFile(concat(records));
  assertEquals(out.split("\n").length, 2);
  assertEquals(err, "warning: 1 stale and 1 never used: --all shows them\n");
  const { hidden } = await runJson(concat(records));
  assertEquals(hidden, { stale: 1, unused: 1 });
});

Deno.test("exterr --as record reads records without a version, as traces have them", async () => {
  for (const littleEndian of [true, false]) {
    const file = buildRecord({ ...SAMPLE, ver: 0 }, littleEndian);
    const { out } = await runFile(file, "--as record");
    assertEquals(out, `EOPNOTSUPP (Operation not supported): ${PROT}\n`);
  }
  const short = await runFile(
    buildRecord(SAMPLE).subarray(0, 150),
    "--as record",
  );
  assertEquals(short.code, 1);
  assertStringIncludes(short.err, "expected 200 bytes, got 150");
});

Deno.test("exterr tells records of unknown versions and goes on", async () => {
  const later = buildRecord({ ver: 0x10010003 });
  const all = concat([buildRecord(SAMPLE), later, buildRecord(SAMPLE)]);
  const { code, out, err } = await runFile(all, "--as record");
  assertEquals([code, out.split("\n").length], [1, 3]);
  assertStringIncludes(err, "uexterror ver at offset 0xc8");
});

/** Memory with a record in it, and something else around. */
function memory(
  size: number,
  offset: number,
  parts = SAMPLE,
  littleEndian = true,
) {
  const bytes = new Uint8Array(size).fill(0xcc);
  bytes.set(buildRecord(parts, littleEndian), offset);
  return bytes;
}

Deno.test("exterr --as memory finds records in bytes of any kind", async () => {
  for (const littleEndian of [true, false]) {
    const bytes = memory(1000, 304, SAMPLE, littleEndian);
    const { out } = await runFile(bytes, "--as memory");
    assertEquals(out, `0x130  EOPNOTSUPP (Operation not supported): ${PROT}\n`);
  }
  // At multiples of 4 only if there is nothing at multiples of 8.
  const odd = memory(1000, 300);
  assertStringIncludes((await runFile(odd, "--as memory")).out, "0x12c  ");
  odd.set(buildRecord(SAMPLE), 600);
  assertEquals((await runFile(odd, "--as memory")).out.match(/0x\w+ {2}/g), [
    "0x258  ",
  ]);
});

/** A core with records in a thread's data, on its stack, beside both, and in memory that nobody can write. */
function threadCore(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buildCore({
    machine: "x86-64",
    threads: [
      { tid: 10, registers: { fs_base: 0x20800n, rsp: 0x50000n } },
      // Thread pointers below a record are of threads whose variables are elsewhere.
      { tid: 11, registers: { fs_base: 0x206f0n, rsp: 0x50400n } },
      // Its stack pointer is nearer to the first record than any thread's data.
      { tid: 12, registers: { fs_base: 0x70000n, rsp: 0x206f8n } },
    ],
    segments: [
      { address: 0x10000n, data: memory(512, 8), flags: 4 },
      { address: 0x20000n, data: memory(0x1000, 0x700), flags: 6 },
      { address: 0x30000n, data: memory(512, 16), flags: 6 },
      { address: 0x50000n, data: memory(0x1000, 0x408), flags: 6 },
    ],
  }));
}

Deno.test("exterr finds the records in a core's writable memory and whose they are", async () => {
  const { code, out, err } = await runFile(threadCore());
  const text = `EOPNOTSUPP (Operation not supported): ${PROT}`;
  assertEquals([code, err], [0, ""]);
  assertEquals(out.split("\n"), [
    `0x20700  thread 10  ${text}`,
    `0x30010  ${text}`,
    `0x50408  thread 11, on its stack  ${text}`,
    "",
  ]);
  const { records } = await runJson(threadCore());
  assertEquals(
    // deno-lint-ignore no-explicit-any
    records.map(({ address, owner, tid }: any) => [address, owner, tid]),
    [
      ["0x20700", "thread 10", 10],
      ["0x30010", null, null],
      ["0x50408", "thread 11, on its stack", 11],
    ],
  );
});

Deno.test("exterr names the C library's variable", async () => {
  const symbols = [
    { name: "start", value: IMAGE + 0x840, size: 0x10 },
    { name: "uexterr", value: STACK + 0x100, size: 200, section: 0xfff1 },
  ];
  const program = buildProgram({ symbols });
  const core = processCore({
    segments: [
      { address: BigInt(IMAGE), memorySize: 0x1000, flags: 5 },
      { address: BigInt(STACK), data: memory(0x400, 0x100), flags: 6 },
    ],
  });
  const { out } = await run("core ./program", {
    files: { core, "./program": program },
  });
  assertStringIncludes(out, "uexterr of ");
});

Deno.test("exterr gives a thread no more than the modules' variables take", async () => {
  const tls = (memorySize: number) => ({
    type: 7,
    flags: 4,
    address: IMAGE,
    fileSize: 0,
    memorySize,
  });
  const owner = async (size: number) => {
    const files = {
      core: processCore({
        threads: [{
          tid: 77,
          registers: { rsp: 0x1000n, fs_base: BigInt(STACK) + 0x300n },
        }],
        segments: [
          { address: BigInt(IMAGE), memorySize: 0x1000, flags: 5 },
          { address: BigInt(STACK), data: memory(0x400, 0x100), flags: 6 },
        ],
      }),
      "./program": buildProgram({ segments: [tls(size)] }),
    };
    const { out } = await run("--json core ./program", { files });
    return JSON.parse(out).records[0].tid;
  };
  assertEquals(await owner(0x40), null);
  assertEquals(await owner(0x200), 77);
});

Deno.test("exterr searches cores of other systems and machines without their notes", async () => {
  for (const elfClass of [64, 32] as const) {
    for (const littleEndian of [true, false]) {
      const core = buildElf({
        elfClass,
        littleEndian,
        type: 4,
        machine: elfClass === 64 ? 62 : 3,
        osAbi: 9,
        segments: [
          {
            type: 1,
            flags: 4,
            address: 0x1000,
            bytes: memory(400, 8, SAMPLE, littleEndian),
          },
          {
            type: 1,
            flags: 6,
            address: 0x8000,
            bytes: memory(400, 8, SAMPLE, littleEndian),
          },
        ],
      });
      for (const world of [{ files: { core } }, { stdin: [core] }]) {
        const { code, out, err } = await run(
          "files" in world ? "core" : "-",
          world,
        );
        assertEquals(code, 0);
        assertEquals(
          out,
          `0x8008  EOPNOTSUPP (Operation not supported): ${PROT}\n`,
        );
        assertStringIncludes(err, "threads are not known");
      }
    }
  }
});

Deno.test("exterr takes records at every multiple of 4 on 32-bit machines", async () => {
  const bytes = concat([memory(208, 8), memory(212, 12)]);
  const form = { littleEndian: true, type: 4, osAbi: 9 };
  const segments = [{ type: 1, flags: 6, address: 0x8000, bytes }];
  const places = async (elfClass: 32 | 64) => {
    const core = buildElf({ ...form, elfClass, segments });
    return (await runFile(core)).out.match(/^0x\w+/gm);
  };
  assertEquals(await places(32), ["0x8008", "0x80dc"]);
  assertEquals(await places(64), ["0x8008"]);
});

Deno.test("exterr reads standard input of every kind, and compressed files", async () => {
  const inputs: Uint8Array<ArrayBuffer>[] = [
    concat(failure(7, 477, 45, PROT)),
    buildRecord(SAMPLE),
    threadCore(),
  ];
  for (const bytes of inputs) {
    const direct = await runFile(bytes);
    const pieces = [
      bytes.subarray(0, 5),
      bytes.subarray(5, 300),
      bytes.subarray(300),
    ];
    assertEquals(await run("-", { stdin: pieces }), direct);
    const gzip = new Blob([bytes]).stream().pipeThrough(
      new CompressionStream("gzip"),
    );
    const packed = new Uint8Array(await new Response(gzip).arrayBuffer());
    assertEquals(await runFile(packed), direct);
  }
  const bytes = memory(1000, 304);
  const asMemory = await run("--as memory -", { stdin: [bytes] });
  assertEquals(asMemory, await runFile(bytes, "--as memory"));
  const small = await run("--as memory --memory 1M -", {
    stdin: [new Uint8Array(1 << 20), bytes],
  });
  assertEquals(small.code, 1);
  assertStringIncludes(small.err, "larger than --memory allows");
});

Deno.test("exterr refuses what it does not know, as text and as JSON", async () => {
  const text = new TextEncoder().encode(
    "no trace, no record, no core\n".repeat(20),
  );
  const { code, out, err } = await runFile(text);
  assertEquals([code, out], [1, ""]);
  assertStringIncludes(err, "expected a FreeBSD ktrace.out");
  const { error } = await runJson(text);
  assertEquals([error.code, error.offset], ["bad-magic", 0]);
  const missing = await run("nothing");
  assertEquals([missing.code, missing.err], [
    1,
    "framewalk: nothing: not found\n",
  ]);
});

Deno.test("exterr takes bytes that only begin like a record for none", async () => {
  const bytes = concat([buildRecord(SAMPLE), new Uint8Array(50)]);
  const { code, err } = await runFile(bytes);
  assertEquals(code, 1);
  assertStringIncludes(err, "(--as says what it is)");
  const twice = concat([buildRecord(SAMPLE), new Uint8Array(200)]);
  assertEquals((await runFile(twice)).code, 1);
});

Deno.test("exterr makes what a program chose fit for a terminal", async () => {
  const trace = concat([
    traceRecord(18, buildRecord({ ver: 0, error: 2, msg: "\x1b[31mred" }), {
      comm: "a\tb",
    }),
    traceRecord(3, new TextEncoder().encode("/x\x1b[0m")),
  ]);
  const { out } = await runFile(trace, "--as ktrace");
  assertStringIncludes(out, "a\\x09b[812/");
  assertStringIncludes(out, "\\x1b[31mred");
  const kdump = await runFile(trace, "--as ktrace --kdump");
  assertStringIncludes(kdump.out, 'NAMI  "/x\\x1b[0m"');
});

Deno.test("exterr --kdump writes every record of a trace", async () => {
  const { code, out, err } = await runFile(sampleTrace(), "--kdump");
  assertEquals([code, err], [0, ""]);
  assertStringIncludes(
    out,
    "   812 demo     CALL  mmap(0,0x2000,0xffffffffffffffff)\n",
  );
  assertStringIncludes(out, "   812 demo     UNKNOWN(40)  17 bytes\n");
  const wide = await runFile(sampleTrace(), "--kdump --tid --time --cpu");
  assertStringIncludes(
    wide.out,
    "   812 100321 demo     1748000000.000123456   2 NAMI  ",
  );
  const cut = await runFile(sampleTrace().subarray(0, 200), "--kdump");
  assertEquals(cut.code, 1);
  assertStringIncludes(cut.out, "CALL  mmap");
  assertStringIncludes(cut.err, "warning: Cannot read ktrace");
});

Deno.test("exterr refuses arguments that make no sense", async () => {
  const cases: [string, string][] = [
    ["--as trace file", "--as is one of ktrace, record, core, memory"],
    ["--form long file", "--form is one of default, brief, full"],
    ["--kdump --json file", "--kdump writes text"],
    ["--kdump --as core file", "--kdump is for traces"],
    ["--time file", "--time is for --kdump"],
    ["--kdump file", "--kdump is for traces: this is a record"],
    ["--memory much file", "memory"],
    ["--al file", 'unknown option "--al"'],
  ];
  for (const [args, message] of cases) {
    const world = { files: { file: buildRecord(SAMPLE) } };
    const { code, out, err } = await run(args, world);
    assertEquals([code, out], [2, ""], args);
    assertStringIncludes(err, message);
  }
  const io = new FakeIo();
  assertEquals(await main(["exterr"], io), 2);
  assertStringIncludes(io.err, "exterr needs a file");
});

Deno.test("exterr --help names every option", async () => {
  const { code, out } = await run("--help");
  assertEquals([code, out], [0, HELP.exterr!]);
  for (
    const name of [
      "as",
      "exe",
      "sysroot",
      "memory",
      "form",
      "all",
      "json",
      "kdump",
      "tid",
      "time",
      "cpu",
    ]
  ) assert(out.includes(`--${name}`), name);
});
