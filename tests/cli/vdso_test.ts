import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { main } from "../../cli/main.ts";
import { buildCore } from "../builders/core.ts";
import { processSpec } from "../builders/process.ts";
import { FakeIo, type FakeWorld } from "./fake_io.ts";

const DATA = new URL("../data/vdso/", import.meta.url);
const ADDRESS = 0x7ffd_0000_0000n;

async function run(args: string, world: FakeWorld) {
  const io = new FakeIo(world);
  const code = await main(args.split(" "), io);
  return { code, out: io.out, err: io.err, saved: io.saved };
}

/** A core with an image where the auxiliary vector says. */
function coreWith(image: Uint8Array): Uint8Array {
  const spec = processSpec();
  const page = new Uint8Array(0x1000);
  page.set(image);
  return buildCore({
    ...spec,
    auxv: [...spec.auxv!, [33n, ADDRESS]],
    segments: [...spec.segments!, { address: ADDRESS, data: page, flags: 5 }],
  });
}

async function readWorld(): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (const name of ["x86_64.so", "aarch64.so"]) {
    files[name] = await Deno.readFile(new URL(name, DATA));
  }
  files.core = coreWith(files["x86_64.so"]!);
  files.without = buildCore(processSpec());
  return files;
}

Deno.test("vdso prints symbols, unwinding and fixups of an image in a file", async () => {
  const files = await readWorld();
  const { code, out, err } = await run("vdso x86_64.so", { files });
  assertEquals([code, err], [0, ""]);
  assertStringIncludes(out, "linux-vdso.so.1, x86-64, ");
  assertStringIncludes(out, "__vdso_time@LINUX_2.6 ");
  assertStringIncludes(out, "weak: time in seconds, as time(2)");
  assertStringIncludes(out, "3 of 4 functions have rows throughout");
  assertStringIncludes(out, "3 bytes, __vdso_bare");
  assertStringIncludes(out, "fixups: 1 in __ex_table");
  assert(!out.includes("check:"));
  const arm = await run("vdso aarch64.so", { files });
  assertStringIncludes(
    arm.out,
    "signal trampoline: __kernel_rt_sigreturn at 0x",
  );
});

Deno.test("vdso finds the image of a core, and writes it to a file", async () => {
  const files = await readWorld();
  const { code, out, saved } = await run("vdso --extract out.so core", {
    files,
  });
  assertEquals(code, 0);
  assertStringIncludes(out, "4096 bytes, at 0x7ffd00000000");
  const image = files["x86_64.so"]!;
  assertEquals(saved["out.so"]!.subarray(0, image.length), image);
  const own = JSON.parse((await run("vdso --json core", { files })).out);
  const file = JSON.parse((await run("vdso --json x86_64.so", { files })).out);
  assertEquals([own.address, file.address], ["0x7ffd00000000", null]);
  for (const part of ["symbols", "fixups", "coverage", "breaches"]) {
    assertEquals(own[part], file[part], part);
  }
});

Deno.test("vdso --check ends with 1 for an image that breaks a constraint", async () => {
  const files = await readWorld();
  const good = await run("vdso --check x86_64.so", { files });
  assertEquals(good.code, 0);
  assertStringIncludes(good.out, "check: keeps to all constraints\n");
  const bytes = files["x86_64.so"]!.slice();
  bytes[64 + 4] = 7; // the flags of its segment
  const world = { files: { "bad.so": bytes } };
  const bad = await run("vdso --check bad.so", world);
  assertEquals(bad.code, 1);
  assertStringIncludes(bad.out, "  writable: PT_LOAD 0 can be written\n");
  assertEquals((await run("vdso bad.so", world)).code, 0);
  const json = await run("vdso --check --json bad.so", world);
  assertEquals(json.code, 1);
  assertEquals(JSON.parse(json.out).breaches, [
    { rule: "writable", text: "PT_LOAD 0 can be written" },
  ]);
});

Deno.test("vdso tells that a core has none, and what it cannot read", async () => {
  const files = await readWorld();
  const none = await run("vdso without", { files });
  assertEquals([none.code, none.out], [1, ""]);
  assertStringIncludes(none.err, "without: no vDSO in this core");
  const cut = files["x86_64.so"]!.slice(0, 1500);
  const { code, err, out } = await run("vdso cut.so", {
    files: { "cut.so": cut },
  });
  assertEquals(code, 1);
  assertStringIncludes(err, "warning: Cannot read ELF");
  assertStringIncludes(out, "__vdso_time");
  const refused = await run("vdso --extract out core", {
    files,
    refuseToSave: "permission denied",
  });
  assertEquals(refused.code, 1);
  assertStringIncludes(refused.err, "out: permission denied");
});

Deno.test("vdso refuses arguments that make no sense", async () => {
  for (
    const [args, message] of [
      ["vdso", "vdso needs a file"],
      ["vdso a b", 'unexpected argument "b"'],
      ["vdso --strict a", 'unknown option "--strict"'],
      ["vdso --extract= a", "--extract needs a value"],
    ] as const
  ) {
    const { code, err } = await run(args, {});
    assertEquals(code, 2, args);
    assertStringIncludes(err, message);
  }
});
