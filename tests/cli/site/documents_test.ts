import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { BytesSource, openElf } from "../../../formats/elf/mod.ts";
import { Documents } from "../../../cli/site/worker/documents.ts";
import type { InputFile } from "../../../cli/site/protocol.ts";

const DATA = new URL("../../data/", import.meta.url);
const quiet = (): void => {};

function input(
  path: string,
  name: string = path.split("/").at(-1)!,
): InputFile {
  return inputOf(Deno.readFileSync(new URL(path, DATA)), name);
}

function inputOf(bytes: Uint8Array, name: string): InputFile {
  const blob = new Blob([bytes as BlobPart]);
  return { name, size: bytes.length, blob };
}

async function open(...files: InputFile[]) {
  const documents = new Documents();
  return { documents, heads: await documents.open(files, undefined, quiet) };
}

const CORE = "cores/v3-x86_64-threads/core.gz";
const PROGRAM = "cores/v3-x86_64-threads/program";

Deno.test("Documents finds a core's program by build ID, whatever it is called", async () => {
  const { documents, heads } = await open(input(CORE), input(PROGRAM, "other"));
  assertEquals(heads.map(({ id, kind }) => [id, kind]), [
    ["0", "core"],
    ["1", "binary"],
  ]);
  const [module] = await documents.modules("0");
  assertEquals(module?.status, "ok");
  const { threads, signal } = await documents.threads("0", quiet);
  assertEquals(signal?.name, "SIGSEGV");
  assert(threads[0]!.crashed);
  const stack = await documents.stack("0", threads[0]!.index, 1000);
  assertEquals(stack.frames.length, stack.frameCount);
  assert(stack.frames.every(({ symbol }) => symbol !== null));
});

Deno.test("Documents does without a core's program", async () => {
  const { documents } = await open(input(CORE));
  const [module] = await documents.modules("0");
  assertEquals(module?.status, "missing");
  await assertRejects(() => documents.module("0", 9));
});

Deno.test("Documents gives as many frames as are wanted", async () => {
  const { documents } = await open(input(CORE), input(PROGRAM));
  const { threads } = await documents.threads("0", quiet);
  const { index, frameCount } = threads.at(-1)!;
  assert(frameCount > 3);
  const part = await documents.stack("0", index, 2);
  assertEquals(part.frames.length, 2);
  assertEquals(part.frameCount, frameCount);
});

Deno.test("Documents opens a module, and looks up an address of the process in it", async () => {
  const { documents } = await open(input(CORE), input(PROGRAM));
  const { threads } = await documents.threads("0", quiet);
  const { frames } = await documents.stack("0", threads.at(-1)!.index, 5);
  const [found] = await documents.lookup("0", frames[0]!.pc);
  assertEquals(found?.document?.id, "0/0");
  assertStringIncludes(found!.text, frames[0]!.symbol!);
  const rows = await documents.rows("0/0", found!.functionIndex!);
  assertEquals(rows.head.name, frames[0]!.symbol);
  assert(rows.pairs.length > 0);
  const [nothing] = await documents.lookup("0", "0x1");
  assertStringIncludes(nothing!.text, "no module");
  await assertRejects(() => documents.lookup("0", "main"));
});

Deno.test("Documents opens a module by its number in a worker that has not seen it", async () => {
  const { documents } = await open(input(CORE), input(PROGRAM));
  const { total } = await documents.functions("0/0", "", 0, 5);
  assert(total > 5);
});

Deno.test("Documents lists functions that are searched for, a part at a time", async () => {
  const { documents } = await open(input(PROGRAM));
  const all = await documents.functions("0", "", 0, 1000);
  const part = await documents.functions("0", "", 2, 3);
  assertEquals(part.rows, all.rows.slice(2, 5));
  assertEquals(part.total, all.total);
  const main = await documents.functions("0", " MAIN ", 0, 10);
  assert(main.rows.length > 0);
  assert(main.rows.every(({ name }) => name.includes("main")));
  assertEquals((await documents.functions("0", "nowhere", 0, 10)).total, 0);
  const sections = await documents.sections("0");
  assert(sections.some(({ name }) => name === ".sframe"));
  const [answer] = await documents.lookup("0", "main");
  assertStringIncludes(answer!.text, "by sframe-v3");
});

Deno.test("Documents tells the critical sections of a binary in words", async () => {
  const { documents } = await open(input("rseq/x86_64.so"), input(PROGRAM));
  assertStringIncludes(
    await documents.criticalSections("0"),
    "1 critical section, 1 in __rseq_cs_ptr_array",
  );
  assertStringIncludes(
    await documents.criticalSections("1"),
    "no critical sections",
  );
});

Deno.test("Documents opens the bytes of a section, compressed or not", async () => {
  const { bytes } = await readSection(PROGRAM);
  const packed = await new Response(
    new Blob([bytes as BlobPart]).stream().pipeThrough(
      new CompressionStream("gzip"),
    ),
  ).bytes();
  const { documents, heads } = await open(
    inputOf(bytes, "section.sframe"),
    inputOf(packed, "section.sframe.gz"),
  );
  assertEquals(heads.map(({ kind }) => kind), ["binary", "binary"]);
  const plain = await documents.functions("0", "", 0, 100);
  assert(plain.total > 5);
  assertEquals(await documents.functions("1", "", 0, 100), plain);
  assertEquals(await documents.sections("0"), []);
});

async function readSection(path: string): Promise<{ bytes: Uint8Array }> {
  const elf = await openElf(
    new BytesSource(await Deno.readFile(new URL(path, DATA))),
  );
  return { bytes: await elf.readSection((await elf.findSection(".sframe"))!) };
}

Deno.test("Documents counts the samples of a capture, of each thread, and turned round", async () => {
  const { documents } = await open(input("perf/plain.data"));
  const facts = await documents.capture("0", quiet);
  const all = { event: undefined, thread: undefined, inverted: false };
  const whole = await documents.flames("0", all, quiet);
  assertEquals(whole.total, facts.total);
  const turned = await documents.flames("0", { ...all, inverted: true }, quiet);
  assertEquals(turned.total, facts.total);
  let sum = 0;
  for (const [thread, { count }] of facts.threads.entries()) {
    const one = await documents.flames("0", { ...all, thread }, quiet);
    assertEquals(one.total, count);
    sum += count;
  }
  assertEquals(sum, facts.total);
  const none = await documents.flames("0", { ...all, event: 99 }, quiet);
  assertEquals(none.total, 0);
  const top = await documents.top("0", all, quiet);
  assert(top.reduce((self, one) => self + one.self, 0) <= facts.total);
});

Deno.test("Documents says in words what it cannot open, and numbers go on", async () => {
  const { documents, heads } = await open(
    inputOf(new TextEncoder().encode("some text"), "notes"),
    inputOf(new Uint8Array(0), "empty"),
    { name: "cut", size: 40, blob: input(PROGRAM).blob!.slice(0, 40) },
    inputOf(new Uint8Array(9), "kallsyms"),
    input(PROGRAM),
  );
  assertEquals(heads.map(({ id, kind }) => id + kind), [
    "0other",
    "1other",
    "2other",
    "3other",
    "4binary",
  ]);
  assertStringIncludes(heads[0]!.error!, "a core dump, a capture");
  assert(heads[1]!.error !== undefined);
  assertStringIncludes(heads[2]!.error!, "ELF");
  assertEquals(heads[3]!.error, undefined);
  await assertRejects(() => documents.sections("0"));
  await assertRejects(() => documents.threads("4", quiet));
  await assertRejects(() => documents.rows("4", 1_000_000));
});
