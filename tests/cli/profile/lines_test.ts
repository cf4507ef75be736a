import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Profile as Pprof } from "pprof-format";
import { main } from "../../../cli/main.ts";
import { BIT, PerfDataBuilder } from "../../builders/perf_data.ts";
import { FakeIo } from "../fake_io.ts";
import { gunzip } from "./literal_profile.ts";

const PROGRAM = Deno.readFileSync(
  new URL("../../data/dwarf/gcc12-v5/program", import.meta.url),
);
/** Functions at the sample's address and at its caller's, as the golden has them. */
const HIDDEN = "shop::(anonymous namespace)::hidden";
const PUSH = "_ZN4shop5StackIlE4pushEl";
const LOCAL = "_ZL5locali";
const TOTAL = "_ZN4shop4Item5totalEPKS0_i";
const CLAMP = "clamp";

/** Two samples: one in what is inlined twice into `local`, called from what is inlined into `total`; one in `_start`. */
function capture(): Uint8Array {
  const time = (n: bigint) => ({ pid: 1, tid: 1, time: n });
  return new PerfDataBuilder([{
    sampleType: BIT.tid | BIT.time | BIT.chain,
    flags: [18],
  }])
    .mmap2({
      ...time(1n),
      start: 0x401000n,
      size: 0x1000n,
      offset: 0x1000n,
      path: "/mnt/program",
    })
    .comm(1, 1, "program", 1n)
    .sample({ ...time(2n), chain: [-512n, 0x40104dn, 0x4010c6n] })
    .sample({ ...time(3n), chain: [-512n, 0x401170n] })
    .build();
}

async function run(
  ...args: string[]
): Promise<{ out: string; bytes: Uint8Array<ArrayBuffer> }> {
  const files = { "app.perf": capture(), "/mnt/program": PROGRAM };
  const io = new FakeIo({ files });
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const { write } = io.stdout;
  io.stdout.write = (bytes) => {
    parts.push(bytes.slice());
    write(bytes);
  };
  assertEquals(
    await main(["profile", "--no-demangle", ...args, "app.perf"], io),
    0,
  );
  return { out: io.out, bytes: new Uint8Array(await new Blob(parts).bytes()) };
}

/** Frames of the first sample: the lines behind its head. */
function frames(text: string): string[] {
  return text.split("\n\n")[0]!.split("\n").slice(1);
}

const INLINED = [
  `\t          40104d ${HIDDEN}+0xd (inlined)`,
  `\t          40104d ${PUSH}+0xd (inlined)`,
  `\t          40104d ${LOCAL}+0xd (/mnt/program)`,
  `\t          4010c6 ${CLAMP}+0x46 (inlined)`,
  `\t          4010c6 ${CLAMP}+0x46 (inlined)`,
  `\t          4010c6 ${TOTAL}+0x46 (/mnt/program)`,
];
const LINES = [
  "  /src/lines.cc:10",
  "  /src/lines.cc:21",
  "  /src/lines.cc:47",
  "  /src/lines.h:5",
  "  /src/lines.h:8",
  "  /src/lines.cc:36",
];

Deno.test("profile --format text shows inlined functions as perf script does; source lines when asked; neither with --no-lines", async () => {
  const text = ["--format", "text"];
  assertEquals(frames((await run(...text)).out), INLINED);
  assertEquals(
    frames((await run(...text, "--lines")).out),
    INLINED.flatMap((line, i) => [line, LINES[i]!]),
  );
  assertEquals(
    frames((await run(...text, "--no-lines")).out),
    [INLINED[2], INLINED[5]],
  );
});

Deno.test("profile --format addresses is the same with and without lines", async () => {
  const { out } = await run("--format", "addresses");
  assertEquals(out.match(/[0-9a-f]+/g), ["40104d", "4010c6", "401170"]);
  for (const option of ["--lines", "--no-lines"]) {
    assertEquals((await run("--format", "addresses", option)).out, out);
  }
});

Deno.test("profile --format folded --lines marks what was inlined", async () => {
  const inlined = [TOTAL, `${CLAMP}_[i]`, `${CLAMP}_[i]`, LOCAL];
  const stack = [...inlined, `${PUSH}_[i]`, `${HIDDEN}_[i]`];
  const folded = ["--format", "folded"];
  const sorted = (text: string) => text.trimEnd().split("\n").sort();
  assertEquals(
    sorted((await run(...folded, "--lines")).out),
    [`${stack.join(";")} 1`, "_start 1"].sort(),
  );
  assertEquals(
    sorted((await run(...folded, "--lines", "--inverted")).out),
    [`${stack.toReversed().join(";")} 1`, "_start 1"].sort(),
  );
  assertEquals(
    sorted((await run(...folded, "--lines", "--by", "comm")).out),
    [`program;${stack.join(";")} 1`, "program;_start 1"].sort(),
  );
  for (const options of [[], ["--no-lines"]]) {
    assertEquals(
      sorted((await run(...folded, ...options)).out),
      [`${TOTAL};${LOCAL} 1`, "_start 1"].sort(),
    );
  }
});

Deno.test("profile --format summary --lines counts inlined functions apart", async () => {
  const { out } = await run("--format", "summary", "--json", "--lines");
  const { functions } = JSON.parse(out);
  const shares = functions.map((
    { name, self, total }: { name: string; self: number; total: number },
  ) => `${name} ${self} ${total}`);
  assertEquals(
    shares.sort(),
    [
      `${CLAMP} (inlined) 0 1`,
      `${HIDDEN} (inlined) 1 1`,
      `${LOCAL} 0 1`,
      `${PUSH} (inlined) 0 1`,
      `${TOTAL} 0 1`,
      "_start 1 1",
    ].sort(),
  );
});

Deno.test("profile --format svg --lines says what was inlined", async () => {
  const { out } = await run("--format", "svg", "--lines");
  assertStringIncludes(
    out,
    `<title>${HIDDEN} (inlined) (/mnt/program): 1 samples, 50.00%`,
  );
  assertStringIncludes(out, `<title>${LOCAL} (/mnt/program): 1 samples`);
  assert(
    !(await run("--format", "svg")).out.includes("(inlined)"),
  );
});

Deno.test("profile --format pprof --lines gives each location its functions with files and lines, innermost first", async () => {
  const { bytes } = await run("--format", "pprof", "--lines");
  const pprof = Pprof.decode(await gunzip(bytes));
  const text = (index: number | bigint): string =>
    pprof.stringTable.strings[Number(index)]!;
  const locations = pprof.location.map(({ line: lines }) =>
    lines.map(({ functionId, line }) => {
      const { name, filename } = pprof.function[Number(functionId) - 1]!;
      return `${text(name)} ${text(filename)}:${line}`;
    })
  );
  assertEquals(locations[0], [
    `${HIDDEN} /src/lines.cc:10`,
    `${PUSH} /src/lines.cc:21`,
    `${LOCAL} /src/lines.cc:47`,
  ]);
  assertEquals(locations[1], [
    `${CLAMP} /src/lines.h:5`,
    `${CLAMP} /src/lines.h:8`,
    `${TOTAL} /src/lines.cc:36`,
  ]);
  const [mapping] = pprof.mapping;
  assert(mapping!.hasLineNumbers && mapping!.hasInlineFrames);
  const plain = Pprof.decode(
    await gunzip((await run("--format", "pprof")).bytes),
  );
  assertEquals(plain.location[0]!.line.length, 1);
  assert(!plain.mapping[0]!.hasInlineFrames);
});

Deno.test("profile --format speedscope --lines has source files and inlined functions", async () => {
  const { out } = await run("--format", "speedscope", "--lines");
  const { shared: { frames }, profiles: [profile] } = JSON.parse(out);
  const stacks = profile.samples.map((stack: number[]) =>
    stack.map((frame) =>
      `${frames[frame].name} ${frames[frame].file.replace(/^.*\//, "")}`
    )
  );
  assertEquals(stacks[0], [
    `${TOTAL} lines.cc`,
    `${CLAMP} (inlined) lines.h`,
    `${CLAMP} (inlined) lines.h`,
    `${LOCAL} lines.cc`,
    `${PUSH} (inlined) lines.cc`,
    `${HIDDEN} (inlined) lines.cc`,
  ]);
  assertEquals(stacks[1].length, 1);
});

Deno.test("profile --format firefox --lines has frames with depths of inlining, lines and files", async () => {
  const { bytes } = await run("--format", "firefox", "--lines");
  const { shared, threads: [thread] } = JSON.parse(
    new TextDecoder().decode(await gunzip(bytes)),
  );
  const { stackTable, frameTable, funcTable, sources, stringArray } = shared;
  const path: string[] = [];
  for (let at = thread.samples.stack[0]; at !== null;) {
    const frame = stackTable.frame[at];
    const func = frameTable.func[frame];
    const file = stringArray[sources.filename[funcTable.source[func]]];
    path.push(
      `${frameTable.inlineDepth[frame]} ${frameTable.address[frame]} ${
        stringArray[funcTable.name[func]]
      } ${file}:${frameTable.line[frame]}`,
    );
    at = stackTable.prefix[at];
  }
  assertEquals(path, [
    `2 ${0x40104d} ${HIDDEN} /src/lines.cc:10`,
    `1 ${0x40104d} ${PUSH} /src/lines.cc:21`,
    `0 ${0x40104d} ${LOCAL} /src/lines.cc:47`,
    `2 ${0x4010c6} ${CLAMP} /src/lines.h:5`,
    `1 ${0x4010c6} ${CLAMP} /src/lines.h:8`,
    `0 ${0x4010c6} ${TOTAL} /src/lines.cc:36`,
  ]);
});
