import { assertEquals } from "@std/assert";
import {
  type KdumpOptions,
  kdumpText,
  readKtrace,
  signalName,
} from "../../../formats/ktrace/mod.ts";
import { buildRecord } from "../../builders/exterr.ts";
import {
  AMD64,
  concat,
  type HeaderParts,
  MACHINES,
  pack,
  samplePayloads,
  sampleTrace,
  traceRecord,
} from "../../builders/ktrace.ts";

/** The lines of a trace's records, without the prefix of each. */
async function dump(
  bytes: Uint8Array,
  options: KdumpOptions = {},
  layout = AMD64,
): Promise<string> {
  let text = "";
  for await (const record of readKtrace([bytes], { layout })) {
    text += kdumpText(record, layout, options);
  }
  return text;
}

async function body(
  type: number,
  payload: Uint8Array,
  parts: HeaderParts = {},
): Promise<string> {
  const text = await dump(traceRecord(type, payload, parts));
  return text.replace(/^ +812 demo {5}/, "").trimEnd();
}

Deno.test("kdumpText() has a line for each record of every kind", async () => {
  const expected = `
CALL  mmap(0,0x2000,0xffffffffffffffff)
RET   mmap -1 errno 45 Operation not supported
NAMI  "/etc/passwd"
GIO   fd 3 read 5 bytes
       "data
       "
PSIG  SIGSEGV caught handler=0x401000 mask=0x11111111 code=2
CSW   stop kernel
CSW   resume user "nanslp"
USER  8 52 54 4c 44 2e 2e 2e 2e
STRU  struct stat
       0x0000 0707 0707 0707 0707 0707 0707 0707 0707  |................|
SCTL  "kern.osrelease"
CTOR  flags=0x1000
DTOR${"  "}
CAP   NOTCAPABLE needed ${"01 ".repeat(16)}held${" 02".repeat(16)}
CAP   open: NAMEI "${"\x03".repeat(1024)}"
PFLT  0x7000 VM_PROT_WRITE
PRET  KERN_SUCCESS
STRU  struct kevent[] of 8 bytes
       0x0000 0404 0404 0404 0404 0404 0404 0404 0404  |................|
ARGS  [ "ls", "-l" ]
ENVS  [ "HOME=/root", "TERM=xterm" ]
EERR  { errno 45 category 1 (src line 310) p1 0x3 p2 0x1 prot 0x3 is not subset }
UNKNOWN(40)  17 bytes
       "of another system"
`.trimStart();
  const text = await dump(sampleTrace());
  assertEquals(text.replaceAll("   812 demo     ", ""), expected);
});

Deno.test("kdumpText() shows thread, time and processor where asked for", async () => {
  const parts = { pid: 5, tid: 6, comm: "longer name", fraction: 42, cpu: 11 };
  const bytes = traceRecord(3, new TextEncoder().encode("/x"), parts);
  assertEquals(await dump(bytes), '     5 longer name NAMI  "/x"\n');
  assertEquals(
    await dump(bytes, { thread: true, time: true, cpu: true }),
    '     5      6 longer name 1748000000.000000042  11 NAMI  "/x"\n',
  );
  const old = { ...AMD64, versioned: false };
  const oldBytes = traceRecord(3, new TextEncoder().encode("/x"), parts, old);
  assertEquals(
    await dump(oldBytes, { time: true }),
    '     5 longer name 1748000000.000042 NAMI  "/x"\n',
  );
});

Deno.test("kdumpText() tells where records were lost", async () => {
  const bytes = traceRecord(14, new Uint8Array(4), { drop: true });
  assertEquals(
    await dump(bytes),
    "Events dropped.\n   812 demo     PRET  KERN_SUCCESS\n",
  );
});

Deno.test("kdumpText() writes what calls return as kdump does", async () => {
  const ret = (error: number, value: number | bigint, code = 3) =>
    body(2, pack("hhil", [code, 0, error, value], AMD64));
  assertEquals(await ret(0, 0), "RET   read 0");
  assertEquals(await ret(0, 9), "RET   read 9");
  assertEquals(await ret(0, 10), "RET   read 10/0xa");
  assertEquals(await ret(0, -2), "RET   read -2/0xfffffffffffffffe");
  assertEquals(
    await ret(2, -1),
    "RET   read -1 errno 2 No such file or directory",
  );
  assertEquals(await ret(-1, 0), "RET   read RESTART");
  assertEquals(await ret(-2, 0), "RET   read JUSTRETURN");
  assertEquals(await ret(0, 0, 700), "RET   [700] 0");
});

Deno.test("kdumpText() writes calls without arguments without brackets", async () => {
  assertEquals(await body(1, pack("hhp", [20, 0], AMD64)), "CALL  getpid");
  assertEquals(
    await body(1, pack("hhpl", [20, 1, 5], AMD64)),
    "CALL  getpid(0x5)",
  );
});

Deno.test("kdumpText() writes data as text, folded, or as a dump", async () => {
  const genio = (data: Uint8Array | string, direction = 1) =>
    body(4, pack("iis", [1, direction, data], AMD64));
  assertEquals(await genio("x"), 'GIO   fd 1 wrote 1 byte\n       "x"');
  assertEquals(await genio("", 0), "GIO   fd 1 read 0 bytes");
  assertEquals(
    await genio('a\0\r\t"b\\\nc\n'),
    'GIO   fd 1 wrote 10 bytes\n       "a\\0\\r\t"b\\\\\n\tc\n       "',
  );
  assertEquals(
    await genio("m".repeat(100)),
    `GIO   fd 1 wrote 100 bytes\n       "${"m".repeat(70)}\\\n\t${
      "m".repeat(30)
    }"`,
  );
  assertEquals(
    await genio(new Uint8Array(18).fill(0x80).fill(0x41, 1, 4)),
    "GIO   fd 1 wrote 18 bytes\n" +
      "       0x0000 8041 4141 8080 8080 8080 8080 8080 8080  |.AAA............|\n" +
      `       0x0010 8080${" ".repeat(35)}  |..|`,
  );
});

Deno.test("kdumpText() tells the size of data of which not all was kept", async () => {
  const data = concat([
    pack("ii", [1, 0], AMD64),
    new Uint8Array(5000).fill(0x61),
  ]);
  const bytes = traceRecord(4, data);
  const options = { layout: AMD64, maxPayloadSize: 12 };
  const [record] = await Array.fromAsync(readKtrace([bytes], options));
  assertEquals(
    kdumpText(record!, AMD64),
    '   812 demo     GIO   fd 1 read 5000 bytes\n       "aaaa"\n',
  );
});

Deno.test("kdumpText() names signals and how they are taken", async () => {
  const psig = (signal: number, handler: number) =>
    body(5, pack("iplisp", [signal, handler, 7, new Uint8Array(16)], AMD64));
  assertEquals(await psig(9, 0), "PSIG  SIGKILL SIG_DFL code=7");
  assertEquals(await psig(20, 1), "PSIG  SIGCHLD SIG_IGN code=7");
  assertEquals(
    await psig(99, 0x1000),
    "PSIG  SIG 99 caught handler=0x1000 mask=0x0 code=7",
  );
  assertEquals(
    [1, 6, 10, 11, 12, 17, 29, 31, 33, 0, -1].map(signalName),
    "SIGHUP,SIGABRT,SIGBUS,SIGSEGV,SIGSYS,SIGSTOP,SIGINFO,SIGUSR2,SIGLIBRT,SIG 0,SIG -1"
      .split(","),
  );
});

Deno.test("kdumpText() names capability failures by their age, and faults by their access", async () => {
  const old = (type: number) =>
    body(
      12,
      pack("iiss", [type, 0, new Uint8Array(16), new Uint8Array(16)], AMD64),
    );
  const now = (type: number, text = "") => {
    const data = new Uint8Array(1024);
    data.set(new TextEncoder().encode(text));
    return body(12, pack("ihhips", [type, 5, 0, 0, data], AMD64));
  };
  const names = async (
    make: (type: number) => Promise<string>,
    count: number,
  ) => {
    const lines = await Promise.all(
      Array.from({ length: count }, (_, type) => make(type)),
    );
    return lines.map((line) => /CAP {3}(?:open: )?(\w+)/.exec(line)![1]);
  };
  assertEquals(await names(old, 5), [
    "NOTCAPABLE",
    "INCREASE",
    "SYSCALL",
    "LOOKUP",
    "4",
  ]);
  assertEquals(
    (await names(now, 9)).join(" "),
    "NOTCAPABLE INCREASE SYSCALL SIGNAL PROTO SOCKADDR NAMEI CPUSET 8",
  );
  assertEquals(await now(6, "/etc"), 'CAP   open: NAMEI "/etc"');
  const fault = (access: number) => body(13, pack("lip", [16, access], AMD64));
  assertEquals(await fault(5), "PFLT  0x10 VM_PROT_READ|VM_PROT_EXECUTE");
  assertEquals(await fault(0), "PFLT  0x10 0");
  assertEquals(await body(14, pack("i", [2], AMD64)), "PRET  result 2");
});

Deno.test("kdumpText() shows errors without a message, and the bytes of payloads that make no sense", async () => {
  const record = buildRecord({ ver: 0, error: 2, cat: 7, line: 9 });
  assertEquals(
    await body(18, record),
    "EERR  { errno 2 category 7 (src line 9) p1 0 p2 0 }",
  );
  assertEquals(
    await body(2, new Uint8Array(3).fill(0x41)),
    'RET   3 bytes\n       "AAA"',
  );
});

Deno.test("kdumpText() is the same for traces of all machines, but for the size of registers", async () => {
  const strip = (text: string) =>
    text.replace(/0xf{8,}/, "-1").replace(/\.\d+ /g, " ");
  const expected = strip(await dump(sampleTrace()));
  for (const machine of MACHINES) {
    const { littleEndian, wordSize } = machine;
    const trace = concat(
      samplePayloads(machine).map(([type, payload]) =>
        traceRecord(type, payload, {}, machine)
      ),
    );
    const layout = { ...AMD64, littleEndian, wordSize };
    assertEquals(strip(await dump(trace, {}, layout)), expected);
  }
});
