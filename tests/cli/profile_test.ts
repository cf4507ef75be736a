import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { main } from "../../cli/main.ts";
import { FakeIo, type FakeWorld } from "./fake_io.ts";

const DATA = new URL("../data/perf/", import.meta.url);
const GOLDEN = new URL("../golden/perf/", import.meta.url);
const CAPTURES = ["plain", "packed", "stream"] as const;

function read(name: string): Uint8Array {
  return Deno.readFileSync(new URL(name, DATA));
}

/** The captures and the program that they are of, at the path where it ran. */
function world(more: FakeWorld = {}): FakeIo {
  const files: Record<string, Uint8Array> = { "/mnt/profile": read("profile") };
  for (const name of CAPTURES) files[`${name}.data`] = read(`${name}.data`);
  return new FakeIo({ ...more, files: { ...files, ...more.files } });
}

/** What perf printed, by sample: the head, then the frames. */
function golden(name: string): string[][] {
  const text = Deno.readTextFileSync(new URL(`${name}.text`, GOLDEN));
  return samples(text.slice(text.indexOf("\n") + 1));
}

function samples(text: string): string[][] {
  return text.trimEnd().split("\n\n").map((sample) =>
    sample.split("\n").map((line) => line.trimEnd())
  );
}

const CUT = "(the copy of the stack ends here)";
const JIT = /^\t +1000000\d \[unknown\] \(\/tmp\/perf-\d+\.map\)$/;

/** A difference from perf's output that is known, by what it is. */
function classify(ours: string[], theirs: string[]): string {
  const frames = ours.filter((line) => !line.includes(CUT));
  if (frames.join("\n") === theirs.join("\n")) return "same";
  const isPrefix = theirs.every((line, i) => frames[i] === line);
  // perf does not walk through code without a file; here frame pointers do.
  if (isPrefix && frames.slice(1).some((line) => JIT.test(line))) {
    return "run-time code";
  }
  return `another: ${frames.join(" | ")} != ${theirs.join(" | ")}`;
}

for (const name of CAPTURES) {
  Deno.test(`profile --format text prints what perf script does of ${name}.data`, async () => {
    const io = world();
    assertEquals(
      await main(["profile", "--format", "text", `${name}.data`], io),
      0,
    );
    const ours = samples(io.out);
    const theirs = golden(name);
    assertEquals(ours.length, theirs.length);
    const classes = new Map<string, number>();
    ours.forEach((sample, i) => {
      const kind = classify(sample, theirs[i]!);
      classes.set(kind, (classes.get(kind) ?? 0) + 1);
    });
    const known = [...classes.keys()].filter((kind) =>
      !kind.startsWith("another")
    );
    assertEquals([...classes.keys()], known);
    assert((classes.get("same") ?? 0) > 40, `${[...classes]}`);
  });

  Deno.test(`profile --format addresses prints the same frames of ${name}.data as the text has`, async () => {
    const [text, addresses] = [world(), world()];
    await main(["profile", "--format", "text", `${name}.data`], text);
    await main(["profile", "--format", "addresses", `${name}.data`], addresses);
    const expected = samples(text.out).map(([, ...frames]) =>
      frames.filter((line) => !line.includes(CUT))
        .map((line) => `${/^\t +[0-9a-f]+/.exec(line)![0]}\n`).join("")
    );
    assertEquals(
      addresses.out,
      expected.map((frames) => `\n${frames}\n`).join(""),
    );
  });
}

Deno.test("profile reads a stream from standard input", async () => {
  const bytes = read("stream.data");
  const io = world({ stdin: [bytes.subarray(0, 5000), bytes.subarray(5000)] });
  const direct = world();
  const args = ["profile", "--format", "text"];
  assertEquals(await main([...args, "-"], io), 0);
  assertEquals(await main([...args, "stream.data"], direct), 0);
  assertEquals(io.out, direct.out);
});

Deno.test("profile merges several captures", async () => {
  const io = world();
  const args = ["profile", "--format", "text", "plain.data", "packed.data"];
  assertEquals(await main(args, io), 0);
  const count = golden("plain").length + golden("packed").length;
  assertEquals(samples(io.out).length, count);
});

Deno.test("profile keeps the samples that are asked for", async () => {
  const all = golden("plain");
  const [head] = all[0]!;
  const pid = Number(/(\d+)\//.exec(head!)![1]);
  const time = /(\d+\.\d+):/.exec(all[9]![0]!)![1]!;
  const count = async (...options: string[]): Promise<number> => {
    const io = world();
    const args = ["profile", "--format", "text", ...options, "plain.data"];
    assertEquals(await main(args, io), 0);
    return io.out === "" ? 0 : samples(io.out).length;
  };
  const ofPid = all.filter(([line]) => line!.includes(` ${pid}/`)).length;
  assertEquals(await count("--pid", `${pid}`), ofPid);
  assertEquals(await count("--tid", `${pid}`), ofPid);
  assertEquals(await count("--pid", `${pid + 1000}`), 0);
  assertEquals(await count("--comm", "profile"), all.length);
  assertEquals(await count("--comm", "other"), 0);
  assertEquals(await count("--event", "cpu-clock:u"), all.length);
  assertEquals(await count("--event", "cycles"), 0);
  assertEquals(await count("--time", `${time},`), all.length - 9);
  assertEquals(await count("--time", `,${time}`), 9);
});

Deno.test("profile says what it could not do", async () => {
  const io = world({ files: { "/mnt/profile": new Uint8Array(10) } });
  assertEquals(
    await main(["profile", "--format", "addresses", "plain.data"], io),
    0,
  );
  assertStringIncludes(io.err, "/mnt/profile: not used");
  assertStringIncludes(io.err, "stacks that end in /mnt/profile");
});

Deno.test("profile reads what is left of a capture that was cut off, and exits with 1", async () => {
  const bytes = read("plain.data").slice(0, 50_000);
  const io = world({ files: { "cut.data": bytes } });
  assertEquals(await main(["profile", "--format", "text", "cut.data"], io), 1);
  assert(samples(io.out).length > 20);
  assertStringIncludes(io.err, "cut.data: Cannot read perf.data data");
});

Deno.test("profile writes to a file, which has its name only if all went well", async () => {
  const io = world({ files: { "bad.data": new Uint8Array(200) } });
  const args = ["profile", "--format", "addresses", "-o", "out"];
  assertEquals(await main([...args, "plain.data"], io), 0);
  assertEquals(io.out, "");
  const direct = world();
  await main(["profile", "--format", "addresses", "plain.data"], direct);
  assertEquals(new TextDecoder().decode(io.saved["out"]), direct.out);
  const bad = world({ files: { "bad.data": new Uint8Array(200) } });
  assertEquals(await main([...args, "plain.data", "bad.data"], bad), 1);
  assertEquals(bad.saved["out"], undefined);
  assertStringIncludes(bad.err, "bad.data: Cannot read perf.data magic");
});

Deno.test("profile refuses arguments that make no sense", async () => {
  const cases: [args: string[], message: string][] = [
    [[], "needs a capture"],
    [["--format", "xml", "a"], "--format takes addresses"],
    [["--by", "colour", "a"], "--by takes thread"],
    [["--pid", "x", "a"], "--pid takes a number"],
    [["--time", "5", "a"], "--time takes two times"],
    [["--tables", "dwarf", "a"], "--tables takes sframe"],
    [["--kernal", "a"], "unknown option"],
  ];
  for (const [args, message] of cases) {
    const io = world();
    assertEquals(await main(["profile", ...args], io), 2, message);
    assertStringIncludes(io.err, message);
  }
});

Deno.test("profile names code made at run time by the map that is given", async () => {
  const bare = world();
  await main(["profile", "--format", "text", "plain.data"], bare);
  const pid = /\(\/tmp\/perf-(\d+)\.map\)/.exec(bare.out)![1]!;
  const map = new TextEncoder().encode(
    "10000000 5 first half\n10000005 4 second half\n",
  );
  const io = world({ files: { [`maps/perf-${pid}.map`]: map } });
  const args = ["profile", "--format", "text", "--perf-maps", "maps"];
  assertEquals(await main([...args, "plain.data"], io), 0);
  assertStringIncludes(io.out, ` second half+0x`);
  assertEquals(/1000000\d \[unknown\]/.test(io.out), false);
});
