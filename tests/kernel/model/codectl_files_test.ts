import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  encodeSidecar,
  SIDECAR_FORMATS,
} from "../../../formats/sidecar/mod.ts";
import { openElf, PT } from "../../../formats/elf/mod.ts";
import {
  Errno,
  type Kernel,
  restoreKernel,
  saveKernel,
  type ThreadTrace,
  walkThread,
} from "../../../kernel/model/mod.ts";
import { BytesSource } from "../../../kernel/mod.ts";
import {
  type CodeProcess,
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
import { compress, decompress, META } from "../../formats/sidecar/helper.ts";

const PATH = "/lib/tables";
const PATH_AT = INFO + 0x200;
/** Where the section would be if it were mapped. */
const ADDRESS = 0x9000_0000;
const FILE_OFFSET = 100;
const FUNCTIONS = [
  leafFunction(TEXT),
  leafFunction(TEXT + 64),
  leafFunction(TEXT + 0x3000),
];

/** A process with a stack of three frames and a file that holds the section in its middle. */
function prepare(kernelOptions = {}): CodeProcess & { size: number } {
  const process = codeProcess(kernelOptions);
  const section = buildSFrame({
    version: 3,
    address: ADDRESS,
    functions: FUNCTIONS,
  });
  const file = new Uint8Array(FILE_OFFSET + section.length + 50);
  file.set(section, FILE_OFFSET);
  process.kernel.addFile(PATH, file);
  process.write(PATH_AT, new TextEncoder().encode(`${PATH}\0`));
  process.write(STACK, wordBytes([TEXT + 64 + 20, 77, TEXT + 0x3000, 88, 5]));
  process.stop(TEXT + 2, STACK);
  return { ...process, size: section.length };
}

function words(size: number, path = PATH_AT, descriptor = 0): number[] {
  return [TEXT, TEXT_SIZE, ADDRESS, FILE_OFFSET, size, path, descriptor];
}

function failingSite({ kernel }: { kernel: Kernel }): number | undefined {
  return kernel.globals.failure?.line;
}

/** What gave the rows of a finished trace. */
function tablesOf(trace: ThreadTrace): (string | null)[] {
  return trace.frames.map(({ table }) => table);
}

function walkNow({ kernel, tid }: CodeProcess): (string | null)[] {
  const trace = walkThread(kernel, tid);
  assert(!(trace instanceof Promise));
  return tablesOf(trace);
}

async function walkLater({ kernel, tid }: CodeProcess) {
  return tablesOf(await walkThread(kernel, tid));
}

const SECTION_WALK = ["sframe-v3", "sframe-v3", "sframe-v3", null];
const SIDECAR_WALK = ["sidecar", "sidecar", "sidecar", null];

Deno.test("option 2 registers a section of a file by path or descriptor, with and without the hint", () => {
  const byPath = prepare();
  assertEquals(byPath.codectl(2, words(byPath.size)), 0);
  assertEquals(walkNow(byPath), SECTION_WALK);
  const hinted = prepare();
  assertEquals(hinted.codectl(2, [...words(hinted.size), 0x1234]), 0);
  assertEquals(walkNow(hinted), SECTION_WALK);
  const byDescriptor = prepare();
  const { kernel, tid } = byDescriptor;
  assertEquals(kernel.call(tid, "open", PATH_AT), 0);
  assertEquals(kernel.call(tid, "open", PATH_AT), 1);
  const info = words(byDescriptor.size, 0, 1);
  assertEquals(byDescriptor.codectl(2, info), 0);
  // The file is the kernel's from then on.
  kernel.call(tid, "close", 1);
  assertEquals(walkNow(byDescriptor), SECTION_WALK);
});

Deno.test("option 2 fails for paths, descriptors and parts of files that there are not", () => {
  const process = prepare();
  const { codectl, size } = process;
  const site = (info: number[]) => [codectl(2, info), failingSite(process)];
  assertEquals(site(words(size, 0x100)), [-Errno.EFAULT, 40]);
  assertEquals(site(words(size, PATH_AT + 1)), [-Errno.ENOENT, 41]);
  assertEquals(site(words(size, 0, 3)), [-Errno.EBADF, 42]);
  assertEquals(site(words(size + 51)), [-Errno.EINVAL, 43]);
  assertEquals(site(words(size, PATH_AT, 2 ** 32)), [-Errno.EINVAL, 7]);
  const before = words(size);
  before[3] = -1;
  assertEquals(site(before), [-Errno.EINVAL, 43]);
  const empty = words(0);
  assertEquals(site(empty), [-Errno.EINVAL, 10]);
  const noText = words(size);
  noText[1] = 0;
  assertEquals(site(noText), [-Errno.EINVAL, 11]);
  noText[0] = STACK;
  noText[1] = 8;
  assertEquals(site(noText), [-Errno.EINVAL, 13]);
  const other = words(size);
  other[3] = FILE_OFFSET + 1;
  assertEquals(site(other), [-Errno.EINVAL, 16]);
});

Deno.test("a file that changes is read as it is, and one that loses the section is bad", () => {
  const process = prepare();
  const { kernel, codectl, size } = process;
  assertEquals(codectl(2, words(size)), 0);
  assertEquals(walkNow(process), SECTION_WALK);
  const { bytes } = kernel.files.get(PATH)!;
  const grown = new Uint8Array(bytes.length + 8);
  grown.set(bytes);
  kernel.addFile(PATH, grown);
  assertEquals(walkNow(process), SECTION_WALK);
  kernel.addFile(PATH, bytes.slice(0, FILE_OFFSET + 20));
  assertEquals(walkNow(process), [null]);
  const { reports } = kernel.reports.reader(1).poll();
  assertStringIncludes(reports[0]!.text, `: ${PATH}: it cannot be read`);
});

Deno.test("aspects attach to the same range in any order, and memory is asked before files", async () => {
  const sidecar = await encodeSidecar(
    buildSFrame({ version: 3, address: ADDRESS, functions: FUNCTIONS }),
    ADDRESS,
    META,
    { format: "compact" },
  );
  const steps: ((process: CodeProcess, size: number) => number)[] = [
    (process) => {
      const size = writeSection(process, [leafFunction(TEXT + 64)]);
      return process.codectl(1, [SECTION, size, TEXT, TEXT_SIZE]);
    },
    (process, size) => process.codectl(2, words(size)),
    (process) => process.codectl(3, [TEXT, TEXT_SIZE, 0, PATH_AT + 0x100, 0]),
  ];
  for (const order of [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1]]) {
    const process = prepare();
    process.kernel.decompress = decompress;
    process.kernel.addFile("/lib/sidecar", sidecar);
    process.write(PATH_AT + 0x100, new TextEncoder().encode("/lib/sidecar\0"));
    for (const step of order) {
      assertEquals(steps[step]!(process, process.size), 0);
      assertEquals(steps[step]!(process, process.size), -Errno.EEXIST);
    }
    assertEquals(walkNow(process), SECTION_WALK);
    const [range] = process.kernel.spaceOf(process.thread).code;
    assertEquals(range!.sframe?.address, SECTION);
    // Without the file's section, the sidecar covers what the one in memory does not.
    process.codectl(0, [0, 0, TEXT, TEXT_SIZE, 0b100]);
    assertEquals(
      await walkLater(process),
      ["sidecar", "sframe-v3", "sidecar", null],
    );
  }
});

/** A process with a sidecar of its own functions, which count from address 0x1000 on. */
async function withSidecar(
  format: (typeof SIDECAR_FORMATS)[number],
  meta = META,
): Promise<CodeProcess & { bias: number }> {
  const bias = TEXT - 0x1000;
  const functions = FUNCTIONS.map((f) => ({ ...f, start: f.start - bias }));
  const section = buildSFrame({ version: 3, address: ADDRESS, functions });
  const process = prepare();
  process.kernel.decompress = decompress;
  const options = { format, compress, frameSize: 40 };
  process.kernel.addFile(
    PATH,
    await encodeSidecar(section, ADDRESS, meta, options),
  );
  return { ...process, bias };
}

for (const format of SIDECAR_FORMATS) {
  Deno.test(`option 3 registers a ${format} sidecar, opened by the first walk that needs it`, async () => {
    const process = await withSidecar(format);
    const { kernel, tid, codectl, bias } = process;
    assertEquals(codectl(3, [TEXT, TEXT_SIZE, bias, PATH_AT, 0]), 0);
    const trace = walkThread(kernel, tid);
    assert(trace instanceof Promise);
    assertEquals(tablesOf(await trace), SIDECAR_WALK);
    // What was read stays.
    assertEquals(walkNow(process), SIDECAR_WALK);
  });

  Deno.test(`two walks may wait for a ${format} sidecar at once`, async () => {
    const process = await withSidecar(format);
    const { kernel, tid, codectl, bias, stop } = process;
    codectl(3, [TEXT, TEXT_SIZE, bias, PATH_AT, 0]);
    const first = walkThread(kernel, tid);
    stop(TEXT + 0x3002, STACK);
    const second = walkThread(kernel, tid);
    stop(TEXT + 2, STACK);
    const third = walkThread(kernel, tid);
    assertEquals(tablesOf(await first), SIDECAR_WALK);
    assertEquals(tablesOf(await second), SIDECAR_WALK);
    assertEquals((await second).frames[0]!.pc, TEXT + 0x3002);
    assertEquals(await third, await first);
  });

  Deno.test(`a ${format} sidecar that is cut is marked, reported once and never tried again`, async () => {
    const process = await withSidecar(format);
    const { kernel, codectl, bias } = process;
    const { bytes } = kernel.files.get(PATH)!;
    kernel.addFile(PATH, bytes.slice(0, bytes.length - 1));
    assertEquals(codectl(3, [TEXT, TEXT_SIZE, bias, PATH_AT, 0]), 0);
    assertEquals(await walkLater(process), [null]);
    kernel.addFile(PATH, bytes);
    assertEquals(walkNow(process), [null]);
    const { reports } = kernel.reports.reader(1).poll();
    assertEquals(reports.map(({ title }) => title), ["bad sidecar"]);
    // Registered anew it is good.
    assertEquals(codectl(3, [TEXT, TEXT_SIZE, bias, PATH_AT, 0]), 0);
    assertEquals(await walkLater(process), SIDECAR_WALK);
  });
}

Deno.test("of a sidecar only the parts are read that walks need", async () => {
  const functions = Array.from(
    { length: TEXT_SIZE / 64 },
    (_, i) => leafFunction(TEXT + 64 * i),
  );
  const section = buildSFrame({ version: 3, address: ADDRESS, functions });
  const options = { format: "zstd" as const, compress, frameSize: 200 };
  const bytes = await encodeSidecar(section, ADDRESS, META, options);
  const process = prepare();
  const { kernel, codectl, stop } = process;
  let partCount = 0;
  kernel.decompress = (stored, size) => {
    partCount++;
    return decompress(stored, size);
  };
  kernel.addFile(PATH, bytes);
  assertEquals(codectl(3, [TEXT, TEXT_SIZE, 0, PATH_AT, 0]), 0);
  assertEquals(partCount, 0);
  process.write(STACK, wordBytes([5]));
  stop(TEXT, STACK);
  assertEquals(await walkLater(process), ["sidecar", null]);
  assertEquals(partCount, 2); // the function's descriptor, its rows
  stop(TEXT + TEXT_SIZE - 64, STACK);
  assertEquals(await walkLater(process), ["sidecar", null]);
  assertEquals(partCount, 4);
});

Deno.test("a sidecar must be for the machine, and for the build ID that was registered before or after", async () => {
  const wrongMachine = await withSidecar("compact", { ...META, machine: 183 });
  const info = [TEXT, TEXT_SIZE, wrongMachine.bias, PATH_AT, 0];
  assertEquals(wrongMachine.codectl(3, info), 0);
  assertEquals(await walkLater(wrongMachine), [null]);
  const { buildId } = META;
  const id = Uint8Array.from(
    buildId.match(/../g)!,
    (byte) => parseInt(byte, 16),
  );
  for (const isRight of [true, false]) {
    for (const isFirst of [true, false]) {
      const process = await withSidecar("compact");
      const { codectl, write } = process;
      write(INFO + 0x300, isRight ? id : id.slice(1));
      const size = isRight ? 20 : 19;
      const identity = [TEXT, TEXT_SIZE, INFO + 0x300, 0, size];
      if (isFirst) assertEquals(codectl(4, identity), 0);
      assertEquals(codectl(3, info), 0);
      if (!isFirst) {
        assertEquals(await walkLater(process), SIDECAR_WALK);
        assertEquals(codectl(4, identity), 0);
      }
      assertEquals(
        await walkLater(process),
        isRight ? SIDECAR_WALK : [null],
      );
    }
  }
});

Deno.test("without a decompressor a compressed sidecar is bad", async () => {
  const process = await withSidecar("zstd");
  process.kernel.decompress = undefined;
  process.codectl(3, [TEXT, TEXT_SIZE, process.bias, PATH_AT, 0]);
  assertEquals(await walkLater(process), [null]);
});

Deno.test("option 4 keeps build ID and debug link", () => {
  const process = prepare();
  const { kernel, codectl, write } = process;
  write(INFO + 0x300, new Uint8Array([0xab, 0xcd]));
  write(INFO + 0x400, new TextEncoder().encode("program.debug\0"));
  const site = (info: number[]) => [codectl(4, info), failingSite(process)];
  const range = [TEXT, TEXT_SIZE];
  assertEquals(site([...range, 0, 0, 0]), [-Errno.EINVAL, 50]);
  assertEquals(site([...range, INFO + 0x300, 0, 0]), [-Errno.EINVAL, 51]);
  assertEquals(site([...range, INFO + 0x300, 0, 65]), [-Errno.EINVAL, 51]);
  assertEquals(site([...range, 0x100, 0, 2]), [-Errno.EFAULT, 52]);
  assertEquals(site([...range, 0, 0x100, 0]), [-Errno.EFAULT, 53]);
  const sizeAndCrc = 2 + 0x1234 * 2 ** 32;
  const full = [...range, INFO + 0x300, INFO + 0x400, sizeAndCrc];
  assertEquals(codectl(4, full), 0);
  assertEquals(kernel.spaceOf(process.thread).code[0]!.identity, {
    buildId: "abcd",
    debugLink: "program.debug",
    debugLinkCrc: 0x1234,
  });
  // It says nothing of frames.
  assertEquals(walkNow(process), [null]);
});

Deno.test("a restored kernel walks as the saved one did", async () => {
  const process = await withSidecar("compact");
  const { kernel, tid, codectl, bias } = process;
  codectl(3, [TEXT, TEXT_SIZE, bias, PATH_AT, 0]);
  const size = writeSection(process, [leafFunction(TEXT + 64)]);
  codectl(1, [SECTION, size, TEXT, TEXT_SIZE]);
  const trace = await walkThread(kernel, tid);
  const restored = restoreKernel(saveKernel(kernel));
  restored.decompress = decompress;
  assertEquals(await walkThread(restored, tid), trace);
  assertEquals(trace.frames.map(({ table }) => table), [
    "sidecar",
    "sframe-v3",
    "sidecar",
    null,
  ]);
});

Deno.test("exec starts without registrations but the program's own", async () => {
  const program = await Deno.readFile(
    new URL("../../data/cores/v3-x86_64-threads/program", import.meta.url),
  );
  const process = prepare();
  const { kernel, tid, codectl, size } = process;
  codectl(2, words(size));
  kernel.addFile(PATH, program);
  assertEquals(kernel.call(tid, "execve", PATH_AT), 0);
  const { segments } = await openElf(new BytesSource(program));
  const own = segments.findType(PT.GNU_SFRAME);
  const { code } = kernel.spaceOf(kernel.threads.get(tid)!);
  assertEquals(code.length, 1);
  // Not position independent: its addresses are those of the file.
  assertEquals([code[0]!.start, code[0]!.end], [0x401000, 0x40167c]);
  assertEquals(code[0]!.sframe!.address, segments.addresses[own]!);
  assertEquals(code[0]!.sframe!.size, segments.memorySizes[own]!);
});
