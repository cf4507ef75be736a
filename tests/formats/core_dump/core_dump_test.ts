import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  type ByteSource,
  BytesSource,
} from "../../../formats/base/byte_source.ts";
import { FormatError } from "../../../formats/base/error.ts";
import { AT, type CoreDump, openCore } from "../../../formats/core_dump/mod.ts";
import {
  buildCore,
  type CoreMachine,
  type CoreSpec,
  sampleCore,
} from "../../builders/core.ts";

function open(spec: CoreSpec): Promise<CoreDump> {
  return openCore(new BytesSource(buildCore(spec)));
}

async function refusal(bytes: Uint8Array): Promise<FormatError> {
  return await assertRejects(
    () => openCore(new BytesSource(bytes)),
    FormatError,
  );
}

for (const machine of ["x86-64", "aarch64", "s390x"] as CoreMachine[]) {
  Deno.test(`openCore() reads all parts of a ${machine} core`, async () => {
    const core = await open(sampleCore(machine));
    assertEquals(core.warnings, []);
    assertEquals(core.machine, machine);
    assertEquals(core.littleEndian, machine !== "s390x");
    assertEquals(core.threads.map((thread) => thread.tid), [1000, 1001]);
    assertEquals(core.threads.map((thread) => thread.pc), [0x401234, 0x401250]);
    assertEquals(core.threads[0]!.sp, 0x7fff0010);
    assertEquals(core.process, {
      pid: 1000,
      parentPid: 1,
      name: "sample",
      args: "./sample --now",
    });
    assertEquals(core.signal?.faultAddress, 0x18);
    assertEquals(core.auxv.get(AT.SYSINFO_EHDR), 0x7ffe0000);
    assertEquals(core.mappings[1], {
      start: 0x401000,
      end: 0x402000,
      fileOffset: 0x1000,
      path: "/usr/bin/sample",
    });
    assertEquals(core.hasFileNote, true);
    assertEquals(core.pageSize, 4096);
  });
}

Deno.test("openCore() reads big-endian aarch64", async () => {
  const core = await open({ ...sampleCore("aarch64"), littleEndian: false });
  assertEquals(core.threads[0]!.pc, 0x401234);
});

/** Counts the bytes and reads, over a file that is said to be larger than its bytes. */
class SparseSource implements ByteSource {
  readonly size: number;
  bytesRead = 0;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array, size: number) {
    this.bytes = bytes;
    this.size = size;
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    this.bytesRead += length;
    const out = new Uint8Array(Math.min(length, this.size - offset));
    out.set(this.bytes.subarray(offset, offset + length));
    return Promise.resolve(out);
  }
}

Deno.test("openCore() reads of a 20 GB core only headers and notes", async () => {
  const spec = sampleCore("x86-64");
  const huge = 20 * 2 ** 30;
  spec.segments!.push({
    address: 0x10_0000_0000n,
    memorySize: huge,
    statedFileSize: huge,
  });
  const bytes = buildCore(spec);
  const source = new SparseSource(bytes, bytes.length + huge);
  const core = await openCore(source);
  assertEquals(core.warnings, []);
  const index = core.memory.find(0x10_0000_0000 + huge - 1);
  assertEquals(core.memory.fileEnds[index], 0x10_0000_0000 + huge);
  assert(source.bytesRead < 4096, `${source.bytesRead} bytes were read`);
});

Deno.test("openCore() finds the count of segments in section header 0", async () => {
  const core = await open({ ...sampleCore("x86-64"), extendedCount: true });
  assertEquals(core.memory.count, 3);
  assertEquals(core.warnings, []);
});

Deno.test("openCore() takes the count from the notes' place where section header 0 is cut off", async () => {
  const bytes = buildCore({ ...sampleCore("x86-64"), extendedCount: true });
  const core = await openCore(new BytesSource(bytes.subarray(0, -64)));
  assertEquals(core.memory.count, 3);
  assertEquals(core.warnings.map((one) => one.field), ["sh_info of section 0"]);
});

Deno.test("openCore() takes the signal from the thread that has one where there is no siginfo", async () => {
  const { siginfo: _, ...spec } = sampleCore("s390x");
  spec.threads[0]!.signal = 0;
  spec.threads[1]!.signal = 6;
  const core = await open(spec);
  assertEquals(core.signal?.number, 6);
  assertEquals(core.signal?.code, undefined);
});

Deno.test("openCore() keeps the good threads when one status is short", async () => {
  const spec = sampleCore("x86-64");
  spec.threads[0]!.notes = [{
    name: "CORE",
    type: 1,
    desc: new Uint8Array(100),
  }];
  const core = await open(spec);
  assertEquals(core.threads.map((thread) => thread.tid), [1000, 1001]);
  assertEquals(core.warnings.map((one) => [one.code, one.field]), [
    ["truncated", "NT_PRSTATUS"],
  ]);
});

Deno.test("openCore() gives no notes to the thread before a damaged status", async () => {
  const spec = sampleCore("aarch64");
  spec.threads = [{
    tid: 1,
    notes: [
      { name: "CORE", type: 1, desc: new Uint8Array(100) },
      { name: "LINUX", type: 0x401, desc: new Uint8Array(8).fill(1) },
    ],
  }];
  const core = await open(spec);
  assertEquals(core.threads[0]!.threadPointer, NaN);
});

Deno.test("openCore() keeps what is whole of a file that ends early", async () => {
  const bytes = buildCore(sampleCore("x86-64"));
  const core = await openCore(new BytesSource(bytes.subarray(0, 0x2010)));
  assertEquals(core.threads.length, 2);
  const stack = core.memory.find(0x7fff0000);
  assertEquals(core.memory.fileEnds[stack], 0x7fff0010);
  assertEquals(core.memory.ends[stack], 0x7fff1000);
  assertEquals(core.warnings.map((one) => [one.code, one.field]), [
    ["truncated", "p_filesz"],
  ]);
});

Deno.test("openCore() opens at every length of a cut file or says why not", async () => {
  const bytes = buildCore(sampleCore("x86-64"));
  let threads = 0;
  for (let size = 0; size < 2600; size += 7) {
    try {
      const core = await openCore(new BytesSource(bytes.subarray(0, size)));
      assert(core.warnings.length > 0, `no warning at ${size}`);
      assert(core.threads.length >= threads, `fewer threads at ${size}`);
      threads = core.threads.length;
    } catch (error) {
      assert(
        error instanceof FormatError && size < 64 + 56,
        `${size}: ${error}`,
      );
    }
  }
  assertEquals(threads, 2);
});

Deno.test("openCore() stops warning at 100", async () => {
  const notes = Array.from({ length: 500 }, () => ({
    name: "CORE",
    type: 1,
    desc: new Uint8Array(4),
  }));
  const core = await open({ ...sampleCore("x86-64"), notes });
  assertEquals(core.threads.length, 2);
  assertEquals(core.warnings.length, 100);
  assertEquals(core.warnings.at(-1)!.code, "limit");
});

Deno.test("openCore() reads notes larger than its window and those behind them", async () => {
  const spec = sampleCore("x86-64");
  spec.threads[0]!.notes = [
    { name: "LINUX", type: 0x202, desc: new Uint8Array((1 << 20) + 5000) },
    { name: "LINUX", type: 0x202, desc: new Uint8Array(1 << 19) },
  ];
  const core = await open(spec);
  assertEquals(core.warnings, []);
  assertEquals(core.threads.map((thread) => thread.tid), [1000, 1001]);
});

Deno.test("openCore() says of what is no core dump what it is", async () => {
  const good = buildCore(sampleCore("x86-64"));
  const patched = (offset: number, value: number) => {
    const bytes = good.slice();
    bytes[offset] = value;
    return bytes;
  };
  const text = (magic: string) => new TextEncoder().encode(magic.padEnd(64));
  const cases: [bytes: Uint8Array, code: string, words: string][] = [
    [new Uint8Array(0), "truncated", "64 bytes"],
    [text("hello"), "bad-magic", "68 65 6c 6c"],
    [good.subarray(0, 30), "truncated", "Elf64_Ehdr"],
    [patched(16, 2), "unsupported", "an executable, not a core dump"],
    [
      patched(16, 3),
      "unsupported",
      "an executable or shared object, not a core dump",
    ],
    [patched(16, 1), "unsupported", "an object file, not a core dump"],
    [patched(4, 1), "unsupported", "ELF32 core dumps are not handled"],
    [patched(18, 243), "unsupported", "RISC-V"],
    [patched(18, 99), "unsupported", "machine 99"],
    [text("KDUMP   "), "unsupported", "kernel crash dump"],
    [text("DISKDUMP"), "unsupported", "kernel crash dump"],
    [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0), "unsupported", "zstd data"],
    [Uint8Array.of(0x1f, 0x8b, 8, 0), "unsupported", "gzip data"],
  ];
  for (const [bytes, code, words] of cases) {
    const error = await refusal(bytes);
    assertEquals(error.code, code, words);
    assertStringIncludes(error.message, words);
  }
});

Deno.test("openCore() refuses dumps of the kernel and of FreeBSD by their notes and memory", async () => {
  const note = (name: string) => [{ name, type: 0, desc: new Uint8Array(8) }];
  const vmcore = buildCore({
    ...sampleCore("x86-64"),
    notes: note("VMCOREINFO"),
  });
  assertStringIncludes((await refusal(vmcore)).message, "vmcore");
  const freebsd = buildCore({
    ...sampleCore("x86-64"),
    notes: note("FreeBSD"),
  });
  assertStringIncludes((await refusal(freebsd)).message, "FreeBSD");
  const { auxv: _, ...kernel } = sampleCore("x86-64");
  kernel.segments!.push({ address: 0xffff888000000000n, memorySize: 4096 });
  assertStringIncludes(
    (await refusal(buildCore(kernel))).message,
    "kernel memory",
  );
});

Deno.test("openCore() takes the vsyscall page for no kernel memory", async () => {
  const { auxv: _, ...spec } = sampleCore("x86-64");
  spec.segments!.push({
    address: 0xffffffffff600000n,
    memorySize: 4096,
    flags: 1,
  });
  const core = await open(spec);
  assertEquals(core.warnings, []);
  assertEquals(core.memory.find(-0xa00000), 0);
});

Deno.test("openCore() warns of a core without threads", async () => {
  const core = await open({ ...sampleCore("x86-64"), threads: [] });
  assertEquals(core.warnings.map((one) => one.field), ["NT_PRSTATUS"]);
  assertEquals(core.mappings.length, 2);
});

Deno.test("openCore() refuses a core without program headers", async () => {
  const bytes = buildCore(sampleCore("x86-64"));
  bytes.fill(0, 56, 58);
  assertEquals((await refusal(bytes)).field, "e_phnum");
  const far = buildCore(sampleCore("x86-64"));
  far.fill(0xff, 32, 40);
  assertEquals((await refusal(far)).field, "e_phoff");
});
