import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { HELP } from "../../cli/help.ts";
import { main } from "../../cli/main.ts";
import { FakeIo, type FakeWorld } from "./fake_io.ts";

const DATA = new URL("../data/kernel_log/", import.meta.url);
const GOLDEN = new URL("../golden/kernel_log/", import.meta.url);
const NAMES = [...Deno.readDirSync(DATA)].map(({ name }) => name).sort();
const encode = (text: string) => new TextEncoder().encode(text);

/** Every log of the tests by its name. */
const FILES: Record<string, Uint8Array> = Object.fromEntries(
  NAMES.map((name) => [name, Deno.readFileSync(new URL(name, DATA))]),
);

/** What `--full` shows of them, by the name of the log. */
const GOLDENS: Record<string, string> = Object.fromEntries(
  NAMES.map((name) => [
    name,
    Deno.readTextFileSync(new URL(name.replace(/log$/, "txt"), GOLDEN)),
  ]),
);

async function run(
  args: string[],
  world: FakeWorld = { files: FILES },
): Promise<{ code: number; out: string; err: string; io: FakeIo }> {
  const io = new FakeIo(world);
  const code = await main(["reports", ...args], io);
  return { code, out: io.out, err: io.err, io };
}

async function titles(...args: string[]): Promise<string[]> {
  const { out } = await run([...args, "--json-lines"]);
  return out.trimEnd().split("\n").filter((line) => line !== "")
    .map((line) => JSON.parse(line).title);
}

Deno.test("reports --full shows each log as the goldens have it", async () => {
  for (const name of NAMES) {
    const { code, out } = await run(["--full", name]);
    assertEquals(out, GOLDENS[name], name);
    assertEquals(code, 0);
  }
});

Deno.test("reports shows what matters in a few lines", async () => {
  const { code, out, err } = await run(["kasan.log"]);
  assertEquals([code, err], [0, ""]);
  assertEquals(
    out,
    [
      "[   12.000001] KASAN: slab-use-after-free in demo_read",
      "  read of 8 bytes at 0xffff888104c2d110, task cat worker/731, cpu 2, Linux 6.12.4, tainted GO",
      "  16 bytes inside of freed region of 64 bytes at 0xffff888104c2d100, cache kmalloc-64",
      "    demo_read+0x42/0x90 [demo]",
      "  Allocated by task 730",
      "    __kmalloc_noprof+0x1a0/0x300",
      "    demo_open+0x30/0x70 [demo]",
      "  Freed by task 731",
      "    kfree+0x11c/0x2f0",
      "    demo_drop+0x18/0x20 [demo]",
      "",
    ].join("\n"),
  );
});

Deno.test("reports cuts long stacks, and says so of reports without an end", async () => {
  const frames = Array.from({ length: 12 }, (_, i) => ` f${i}+0x1/0x2`);
  const log = encode(
    `BUG: KASAN: wild-memory-access in f0+0x1/0x2\nCall Trace:\n${
      frames.join("\n")
    }\n`,
  );
  const { out } = await run(["log"], { files: { log } });
  assertStringIncludes(out, "    f7+0x1/0x2\n    and 4 more\n");
  assertStringIncludes(out, " in f0 (its end is missing)\n");
});

Deno.test("reports --raw gives the lines as they were", async () => {
  const { out } = await run(["--raw", "ubsan.log"]);
  const text = new TextDecoder().decode(FILES["ubsan.log"]);
  const bare = text.replace(/^\[.*?\] ?/gm, "");
  assertEquals(out.replace("\n\n", "\n"), bare);
});

Deno.test("reports --json gives one object, --json-lines one a report", async () => {
  const { out } = await run(["--json", "kfence.log"]);
  const { reports, lines, lostRecords } = JSON.parse(out);
  assertEquals([reports.length, lines, lostRecords], [5, 53, 0]);
  assertEquals(reports[0].object.cache, "kmalloc-32");
  assertEquals(reports[0].uid, null);
  const { out: each } = await run(["--json-lines", "kfence.log"]);
  assertEquals(
    each.trimEnd().split("\n").map((line) => JSON.parse(line)),
    reports,
  );
  const none = await run(["--json", "log"], { files: { log: encode("x\n") } });
  assertEquals(JSON.parse(none.out), { reports: [], lines: 1, lostRecords: 0 });
});

Deno.test("reports says on standard error that there is none, and exits 0", async () => {
  const { code, out, err } = await run(["log"], {
    files: { log: encode("one\ntwo\n") },
  });
  assertEquals([code, out], [0, ""]);
  assertEquals(err, "framewalk: no reports in 2 lines of log\n");
});

Deno.test("reports --kind shows only those, one list or several", async () => {
  assertEquals((await titles("--kind", "panic", "oops_x86.log")).length, 1);
  assertEquals(
    (await titles("--kind=hung-task,leak", "--kind", "bug", "stuck.log"))
      .length,
    5,
  );
});

Deno.test("reports --since and --until compare with the clock that the log has", async () => {
  assertEquals((await titles("--since", "100.001", "kfence.log")).length, 4);
  assertEquals((await titles("--until", "100.001", "kfence.log")).length, 1);
  assertEquals(
    (await titles("--since=100.001", "--until=100.003", "kfence.log")).length,
    1,
  );
  const log = encode(
    [10, 11, 12].map((hour) =>
      `2023-11-13T${hour}:00:00+0000 host kernel: kernel BUG at mm/demo.c:${hour}!`
    ).join("\n"),
  );
  const files = { log };
  const { out } = await run([
    "--json-lines",
    "--since",
    "2023-11-13T10:30:00Z",
    "--until",
    "2023-11-13T11:30:00Z",
    "log",
  ], { files });
  assertEquals(
    out.trimEnd().split("\n").map((line) => JSON.parse(line).source),
    ["mm/demo.c:11"],
  );
  const untimed = await run(["--since", "1", "log"], { files });
  assertStringIncludes(
    untimed.err,
    "3 reports left out: the log has no such times",
  );
});

Deno.test("reports --count tells how often each title came, most first", async () => {
  const log = encode(
    ["1.000000", "2.000000", "3.000000"].map((time, i) =>
      `[    ${time}] kernel BUG at mm/demo.c:${i === 1 ? 8 : 7}!\n`
    ).join(""),
  );
  const { out } = await run(["--count", "log"], { files: { log } });
  assertEquals(
    out,
    "     2  kernel BUG at mm/demo.c:7  [    1.000000] to [    3.000000]\n" +
      "     1  kernel BUG at mm/demo.c:8  [    2.000000]\n",
  );
  const json = await run(["--count", "--json", "log"], { files: { log } });
  assertEquals(JSON.parse(json.out).counts[0], {
    title: "kernel BUG at mm/demo.c:7",
    kind: "oops",
    count: 2,
    firstTimeUs: 1000000,
    lastTimeUs: 3000000,
  });
});

Deno.test("reports reads standard input, compressed or not", async () => {
  const stdin = [
    FILES["ubsan.log"]!.subarray(0, 100),
    FILES["ubsan.log"]!.subarray(100),
  ];
  assertEquals(
    (await run(["-", "--count"], { stdin })).out.split("\n").length,
    3,
  );
  const stream = new Blob([FILES["ubsan.log"]! as Uint8Array<ArrayBuffer>])
    .stream().pipeThrough(new CompressionStream("gzip"));
  const packed = new Uint8Array(await new Response(stream).arrayBuffer());
  const { out } = await run(["log.gz", "--count"], {
    files: { "log.gz": packed },
  });
  assertEquals(out.split("\n").length, 3);
  const cut = await run(["log.gz"], {
    files: { "log.gz": packed.subarray(0, packed.length - 4) },
  });
  assertEquals(cut.code, 1, "damage is told, and what is there shown");
  assertStringIncludes(cut.err, "gzip decoded stream");
});

Deno.test("reports writes nothing that a terminal would obey, and colours only terminals", async () => {
  const log = encode("BUG: evil \x1b[2Jtext\nkernel BUG at \x1b]0;x.c:7!\n");
  const { out } = await run(["--full", "log"], { files: { log } });
  assert(!out.includes("\x1b"), out);
  const { out: raw } = await run(["--raw", "log"], { files: { log } });
  assert(!raw.includes("\x1b"), raw);
  const colored = await run(["kasan.log"], { files: FILES, columns: 80 });
  assertStringIncludes(colored.out, "\x1b[31m");
  const plain = await run(["kasan.log"], {
    files: FILES,
    columns: 80,
    env: { NO_COLOR: "1" },
  });
  assert(!plain.out.includes("\x1b"));
  assertStringIncludes(
    (await run(["--color=always", "kasan.log"])).out,
    "\x1b[31m",
  );
});

Deno.test("reports tells of records of the kernel's ring that were lost", async () => {
  assertEquals(
    (await run(["kmsg.log"])).err,
    "framewalk: 5 records of the log were overwritten unread\n",
  );
});

Deno.test("reports refuses arguments that make no sense", async () => {
  for (
    const [args, message] of [
      [[], "reports needs a log"],
      [["a", "b"], 'unexpected argument "b"'],
      [["--raw", "--json", "a"], "--raw and --json exclude each other"],
      [["--count", "--follow", "a"], "--count has no end"],
      [["--count", "--raw", "a"], "--count has no --raw"],
      [["--kind", "gremlin", "a"], "--kind gremlin is none of kasan, kfence"],
      [["--since", "breakfast", "a"], "--since breakfast is neither"],
      [["--color=pink", "a"], "--color pink is none of"],
      [["--buffer=3", "a"], "--buffer is for --follow"],
      [["--follow", "--buffer=0", "a"], "--buffer 0 is no number"],
    ] as const
  ) {
    const { code, err } = await run([...args]);
    assertEquals(code, 2, args.join(" "));
    assertStringIncludes(err, message);
  }
});

Deno.test("reports cannot read what is not there", async () => {
  const { code, err } = await run(["nowhere"]);
  assertEquals([code, err], [1, "framewalk: nowhere: not found\n"]);
  const follow = await run(["--follow", "nowhere"]);
  assertEquals([follow.code, follow.err], [
    1,
    "framewalk: nowhere: not found\n",
  ]);
  const json = await run(["--json", "nowhere"]);
  assertEquals(JSON.parse(json.out).error.message, "nowhere: not found");
});

Deno.test("reports --help prints its help", async () => {
  const { code, out } = await run(["--help"]);
  assertEquals([code, out], [0, HELP.reports]);
});

Deno.test("reports --follow shows a report as soon as its end came and the log pauses", async () => {
  const text = new TextDecoder().decode(FILES["ubsan.log"]);
  const half = text.indexOf("\n", text.indexOf("---[ end trace")) + 1;
  const pause = new Uint8Array(0);
  let seen = "";
  const io = new FakeIo({
    followed: {
      log: [encode(text.slice(0, half)), pause, encode(text.slice(half))],
    },
  });
  const write = io.stdout.write;
  io.stdout.write = (bytes) => {
    seen += `${new TextDecoder().decode(bytes).split("\n")[0]}|`;
    write(bytes);
  };
  assertEquals(await main(["reports", "--follow", "log"], io), 0);
  assertEquals(
    seen.replace(/\[.*?\] /g, ""),
    "UBSAN: shift-out-of-bounds in drivers/mill/mill.c:88:14|UBSAN: Undefined behaviour in drivers/mill/mill.c:90:3|",
  );
});

function bugs(count: number): Uint8Array {
  const lines = Array.from(
    { length: count },
    (_, i) => `kernel BUG at mm/demo.c:${i}!\n`,
  );
  return encode(lines.join(""));
}

Deno.test("reports --follow loses nothing while the output keeps up", async () => {
  const world = { followed: { log: [bugs(100)] } };
  const { out } = await run(["--follow", "--json", "--buffer=2", "log"], world);
  const lines = out.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(
    lines.map(({ source }) => source),
    Array.from({ length: 100 }, (_, i) => `mm/demo.c:${i}`),
  );
});

Deno.test("reports --follow tells a slow output exactly how many reports it lost", async () => {
  const world = { followed: { log: [bugs(100)] }, slowness: 100_000 };
  const { out } = await run(["--follow", "--json", "--buffer=4", "log"], world);
  const lines = out.trimEnd().split("\n").map((line) => JSON.parse(line));
  const lost = lines.reduce((sum, line) => sum + (line.lost ?? 0), 0);
  const shown = lines.filter((line) => line.source !== undefined);
  assert(lost > 0);
  assertEquals(lost + shown.length, 100);
  assertEquals(shown.at(-1).source, "mm/demo.c:99");
  const text = await run(["--follow", "--buffer=4", "log"], world);
  assertStringIncludes(text.out, "reports lost: the output is slow)");
});

Deno.test("reports --follow ends with the reader of its output", async () => {
  const world = { followed: { log: [bugs(100)] }, outputLimit: 10 };
  assertEquals((await run(["--follow", "log"], world)).code, 0);
});
