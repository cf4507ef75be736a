import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { main } from "../../cli/main.ts";
import { BytesSource } from "../../formats/base/byte_source.ts";
import { openElf } from "../../formats/elf/mod.ts";
import { FakeIo, type FakeWorld } from "./fake_io.ts";

const DATA = new URL("../data/rseq/", import.meta.url);

async function run(args: string, world: FakeWorld) {
  const io = new FakeIo(world);
  const code = await main(args.split(" "), io);
  return { code, out: io.out, err: io.err };
}

async function readWorld(): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {
    "note.txt": new TextEncoder().encode("no binary at all\n"),
  };
  for (
    const name of ["core.gz", "program", "x86_64.so", "aarch64.o", "s390x.so"]
  ) files[name] = await Deno.readFile(new URL(name, DATA));
  files["root/srv/rseq/program"] = files.program!;
  return files;
}

Deno.test("rseq prints each thread's area and the section in force", async () => {
  const files = await readWorld();
  const { code, out, err } = await run("rseq core.gz program", { files });
  assertEquals([code, err], [0, ""]);
  assertStringIncludes(out, "C library: area at thread pointer - 64");
  assertEquals(out.match(/^thread \d+: area at 0x/gm)?.length, 4);
  assertStringIncludes(out, "cpu_id        -1 (not registered)");
  assertStringIncludes(
    out,
    "add+0xf, inside: the kernel takes it to the abort handler",
  );
  assertStringIncludes(out, "outside: the kernel clears rseq_cs");
});

Deno.test("rseq finds the program below a sysroot, and reads a core from standard input", async () => {
  const files = await readWorld();
  const direct = await run("rseq --exe program core.gz", { files });
  const rooted = await run("rseq --sysroot root core.gz", { files });
  assertEquals(rooted, direct);
  const piped = await run("rseq --exe program -", {
    files,
    stdin: [files["core.gz"]!],
  });
  assertEquals(piped, direct);
});

Deno.test("rseq --json tells what the text tells", async () => {
  const files = await readWorld();
  const { code, out } = await run("rseq --json core.gz program", { files });
  assertEquals(code, 0);
  const report = JSON.parse(out);
  assertEquals(report.runtime, {
    kind: "glibc",
    module: "/srv/rseq/program",
    offset: -64,
    size: 28,
    flags: 0,
    reason: "",
  });
  assertEquals(report.kernel, {
    featureSize: 28,
    alignment: 32,
    announced: true,
  });
  const inside = report.threads.filter((
    { section }: { section: { inside: boolean } | null },
  ) => section?.inside);
  assertEquals(inside.length, 1);
  const { section, area } = inside[0];
  assertEquals([section.action, section.because], ["abort", null]);
  assertEquals(section.address, area.rseqCs);
  assertEquals([section.start.symbol, section.start.offset], ["add", 11]);
});

Deno.test("rseq says why there are no areas, and takes a place that is given", async () => {
  const files = await readWorld();
  const { code, out, err } = await run("rseq core.gz", { files });
  assertEquals(code, 0);
  const reason = "/srv/rseq/program is needed\n";
  assertStringIncludes(out, `C library: not known: ${reason}`);
  assertStringIncludes(out, "\n--sysroot and --exe say where files are");
  assert(!out.includes("thread "), out);
  assertStringIncludes(err, "warning: /srv/rseq/program: not found\n");
  for (const option of ["--offset -64", "--offset=-64", "--offset=-0x40"]) {
    const given = await run(`rseq ${option} --size 20 core.gz`, { files });
    assertStringIncludes(given.out, "area at thread pointer - 64 as given");
    assertEquals(given.out.match(/^thread/gm)?.length, 4, option);
    assert(!given.out.includes("node_id"));
  }
});

Deno.test("rseq prints and checks the critical sections of a file", async () => {
  const files = await readWorld();
  const linked = await run("rseq x86_64.so", { files });
  assertEquals([linked.code, linked.err], [0, ""]);
  assertStringIncludes(linked.out, "x86_64.so: 1 critical section, 1 in");
  assertStringIncludes(linked.out, "signature 0x53053053");
  assertStringIncludes(linked.out, "no errors\n");
  // In an object addresses are places in sections.
  const object = await run("rseq aarch64.o", { files });
  assertStringIncludes(
    object.out,
    "  section  .text+0xc add+0xc to .text+0x24",
  );
  const json = JSON.parse((await run("rseq --json s390x.so", { files })).out);
  assertEquals(json.sections[0].signature, "0xb2ff0fff");
  assertEquals(json.sections[0].findings, []);
  assertEquals([json.pointers, json.exits, json.errors], [1, 1, []]);
});

Deno.test("rseq ends with 1 for a section that is wrong, or with --strict only misleading", async () => {
  const files = await readWorld();
  const wrong = await run("rseq --signature 0x1234 x86_64.so", { files });
  assertEquals(wrong.code, 1);
  assertStringIncludes(
    wrong.out,
    "wrong    the signature in front of abort_ip is another one: 0x53053053",
  );
  assertStringIncludes(wrong.out, "\n1 error\n");
  const bytes = files["x86_64.so"]!.slice();
  const elf = await openElf(new BytesSource(bytes.slice()));
  const { offset } = (await elf.findSection("__rseq_cs"))!;
  bytes.fill(0, offset + 16, offset + 24); // post_commit_offset
  const world = { files: { "bad.so": bytes } };
  const lenient = await run("rseq bad.so", world);
  assertEquals(lenient.code, 0);
  assertStringIncludes(
    lenient.out,
    "wrong    post_commit_offset is 0 (for debuggers)\nno errors\n",
  );
  const strict = await run("rseq --strict bad.so", world);
  assertEquals(strict.code, 1);
  assertStringIncludes(strict.out, "\n1 error\n");
});

Deno.test("rseq refuses what it cannot read and what makes no sense", async () => {
  const files = await readWorld();
  const bad = await run("rseq note.txt", { files });
  assertEquals(bad.code, 1);
  assertEquals(bad.err, "framewalk: note.txt: no ELF file\n");
  const json = await run("rseq --json nowhere", { files });
  assertEquals([json.code, json.err], [1, ""]);
  assertEquals(JSON.parse(json.out).error.code, "no-input");
  for (
    const [args, message] of [
      ["rseq", "rseq needs a file"],
      ["rseq a b c", 'unexpected argument "c"'],
      ["rseq --exe a b c", "given twice"],
      ["rseq --size 19 a", "--size 19 is no number from 20 to 4096"],
      ["rseq --offset x a", "--offset x is no number"],
      ["rseq --signature=-1 a", "--signature -1 is no number"],
      ["rseq --memory much a", "--memory much"],
      ["rseq --json=yes a", "--json takes no value"],
    ] as const
  ) {
    const { code, err } = await run(args, {});
    assertEquals(code, 2, args);
    assertStringIncludes(err, message);
  }
});

Deno.test("rseq tells of a damaged core what is left, and ends with 1", async () => {
  const files = await readWorld();
  const plain = new Uint8Array(
    await new Response(
      new Blob([files["core.gz"]! as Uint8Array<ArrayBuffer>]).stream()
        .pipeThrough(new DecompressionStream("gzip")),
    ).arrayBuffer(),
  );
  const cut = plain.slice(0, plain.length - 5000);
  const { code, out, err } = await run("rseq --exe program cut", {
    files: { ...files, cut },
  });
  assertEquals(code, 1);
  assertStringIncludes(err, "warning: ");
  assertStringIncludes(out, "C library: area at");
});
