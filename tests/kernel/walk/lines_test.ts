import { assertEquals } from "@std/assert";
import { decompress } from "../../../cli/decompress.ts";
import { openElf } from "../../../formats/elf/mod.ts";
import {
  type Backtrace,
  backtrace,
  BytesSource,
  MACHINES,
  type ModuleRequest,
} from "../../../kernel/mod.ts";
import { ModuleLines } from "../../../kernel/walk/lines.ts";

const DATA = new URL("../../data/", import.meta.url);

const EXPECTED = [
  "system_call runtime.h:33 inlined",
  "park runtime.h:335",
  "variable_frame threads.c:27",
  "variable_frame threads.c:28",
  "variable_frame threads.c:28",
  "aligned_frame threads.c:39",
  "variable_thread threads.c:55",
  "thread_start undefined:null",
];

async function read(path: string): Promise<BytesSource> {
  return new BytesSource(await Deno.readFile(new URL(path, DATA)));
}

async function trace(lines: boolean): Promise<Backtrace> {
  const core = await read("cores/v3-x86_64-debugframe/core.gz");
  const plain = await decompressGzip(core);
  return await backtrace(plain, {
    executable: await read("cores/v3-x86_64-debugframe/program"),
    decompress,
    lines,
  });
}

async function decompressGzip(source: BytesSource): Promise<Uint8Array> {
  const packed = source.read(0, source.size) as Uint8Array<ArrayBuffer>;
  const stream = new Blob([packed]).stream()
    .pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

Deno.test("backtrace() says where frames are in the source, with inlined functions as frames of their own", async () => {
  const { threads } = await trace(true);
  const { frames } = threads.find(({ frames }) =>
    frames.some(({ inlined }) => inlined)
  )!;
  const told = frames.map(({ symbol, file, line, inlined }) =>
    `${symbol} ${file?.replace(/^.*\//, "")}:${line}${
      inlined ? " inlined" : ""
    }`
  );
  // As gdb 18.1 prints them.
  assertEquals(told, EXPECTED);
  for (const frame of frames.filter(({ inlined }) => inlined)) {
    assertEquals([frame.offset, frame.table], [null, null]);
  }
});

Deno.test("backtrace() without lines has none, and only frames of the stack", async () => {
  const { threads } = await trace(false);
  for (const { frames } of threads) {
    for (const { file, line, column, inlined } of frames) {
      assertEquals([file, line, column, inlined], [null, null, null, false]);
    }
  }
});

/** Asks for an address of a fixture, whose other files are found by their names; returns what was asked for. */
async function ask(fixture: string) {
  const asked: ModuleRequest[] = [];
  const warnings: string[] = [];
  const elf = await openElf(await read(`dwarf/${fixture}/program`));
  const lines = new ModuleLines(
    elf,
    { binary: "/bin/program", debug: "/bin/program" },
    {
      candidates: (request) => {
        asked.push(request);
        const name = request.path.replace(/^.*\//, "");
        const open = () =>
          read(`dwarf/${fixture}/${name}`).catch(() => "not found");
        return [{ path: name, open }];
      },
      decompress: undefined,
      machine: MACHINES["x86-64"],
    },
    (error) => warnings.push(error.message),
  );
  const address = 0x40104d;
  await lines.load(address);
  assertEquals(lines.at(address - 1), []);
  return { asked, warnings, names: lines.at(address).map(({ name }) => name) };
}

const NAMES = [
  "shop::(anonymous namespace)::hidden",
  "_ZN4shop5StackIlE4pushEl",
];

Deno.test("ModuleLines finds the supplementary file by name and build ID", async () => {
  const { asked, warnings, names } = await ask("gcc12-dwz");
  assertEquals(names.slice(0, 2), NAMES);
  assertEquals(warnings, []);
  const [{ path, purpose, directories, buildId }] = asked as [ModuleRequest];
  assertEquals([path, purpose, directories], ["common.debug", "supplementary", [
    "/bin",
  ]]);
  assertEquals(buildId?.length, 40);
});

Deno.test("ModuleLines finds split units in the package beside the binary, then by their own names", async () => {
  const packed = await ask("gcc12-split4-dwp");
  assertEquals(packed.names.slice(0, 2), NAMES);
  assertEquals(packed.asked.map(({ path, purpose }) => `${purpose} ${path}`), [
    "package /bin/program.dwp",
  ]);
  const single = await ask("gcc12-split5");
  assertEquals(single.names.slice(0, 2), NAMES);
  assertEquals(single.asked.map(({ path, purpose }) => `${purpose} ${path}`), [
    "package /bin/program.dwp",
    "split lines.dwo",
  ]);
  assertEquals(single.asked[1]!.directories, ["/src", "/bin"]);
});
