import { assertEquals, assertStringIncludes } from "@std/assert";
import { scenarioSchema } from "../../cli/replay_schema.ts";
import { run } from "./sframe_files.ts";

const SCHEMA = new URL("../scenarios/scenario.schema.json", import.meta.url);

const SCENARIO = {
  title: "a page",
  events: [
    { do: "spawn", as: "main" },
    {
      do: "call",
      thread: "main",
      call: "mmap",
      args: ["0x10000", 4096, 3, "0x30"],
      as: "page",
      expect: { result: 0x10000 },
    },
    {
      do: "call",
      thread: "main",
      call: "munmap",
      args: ["$page + 1", 1],
      expect: { errno: "EINVAL" },
    },
  ],
};

function files(scenario: unknown): Record<string, Uint8Array> {
  return { "s.json": new TextEncoder().encode(JSON.stringify(scenario)) };
}

function changed(expect: unknown): unknown {
  const [spawn, map, unmap] = SCENARIO.events;
  return { ...SCENARIO, events: [spawn, map, { ...unmap, expect }] };
}

Deno.test("scenario.schema.json is what the command checks by", () => {
  assertEquals(JSON.parse(Deno.readTextFileSync(SCHEMA)), scenarioSchema());
});

Deno.test("replay --schema prints the schema", async () => {
  const { code, out } = await run(["replay", "--schema"], {});
  assertEquals(code, 0);
  assertEquals(JSON.parse(out), scenarioSchema());
});

Deno.test("replay prints a line an event, with what failed below it", async () => {
  const { code, out } = await run(["replay", "s.json"], {
    files: files(SCENARIO),
  });
  assertEquals(code, 0);
  assertEquals(
    out,
    [
      "a page",
      "  1  spawn main = 2",
      "  2  main: mmap(0x10000, 4096, 3, 0x30) = 0x10000",
      "  3  main: munmap($page + 1, 1) = -EINVAL",
      "       at memory 2: address 0x10001 is no page of user space",
      "",
    ].join("\n"),
  );
});

Deno.test("replay exits 1 and tells what did not come as expected", async () => {
  const world = { files: files(changed({ result: 0, errno: null })) };
  const { code, out } = await run(["replay", "-q", "s.json"], world);
  assertEquals(code, 1);
  assertEquals(
    out,
    [
      "s.json: event 3: main: munmap($page + 1, 1) = -EINVAL",
      "     ! result: expected 0, got -22",
      '     ! errno: expected null, got "EINVAL"',
      "",
    ].join("\n"),
  );
  const json = await run(["replay", "--json", "s.json"], world);
  assertEquals(json.code, 1);
  const last = JSON.parse(json.out.trim().split("\n").at(-1)!);
  assertEquals(last.ok, false);
  assertEquals(last.event, 3);
  assertEquals(last.mismatches[0], {
    path: "result",
    expected: 0,
    actual: -22,
  });
});

Deno.test("replay --fill prints a scenario that then comes as it expects", async () => {
  const world = { files: files(changed({})) };
  const filled = await run(["replay", "--fill", "s.json"], world);
  assertEquals(filled.code, 0);
  assertEquals(JSON.parse(filled.out).events[2].expect.errno, "EINVAL");
  const again = await run(["replay", "-q", "-"], {
    stdin: [new TextEncoder().encode(filled.out)],
  });
  assertEquals([again.code, again.out], [0, ""]);
});

Deno.test("replay tells what is wrong with a file that is no scenario", async () => {
  const cases: [unknown, string][] = [
    [{ events: [] }, "title: "],
    [{ title: "t", events: [{ do: "dance" }] }, "events.0.do: "],
    [
      { title: "t", events: [{ do: "spawn", as: "a", cpu: 1 }] },
      'events.0: Unrecognized key: "cpu"',
    ],
    [
      { title: "t", events: [{ do: "preempt", thread: "nobody" }] },
      'event 1: "nobody" is no number',
    ],
    [
      { title: "t", events: [{ do: "preempt", thread: 7 }] },
      "event 1: no thread 7",
    ],
  ];
  for (const [scenario, message] of cases) {
    const { code, err } = await run(["replay", "s.json"], {
      files: files(scenario),
    });
    assertEquals(code, 1);
    assertStringIncludes(err, `framewalk: s.json: ${message}`);
  }
  const { code, err } = await run(["replay", "s.json"], {
    files: { "s.json": new TextEncoder().encode("{") },
  });
  assertEquals(code, 1);
  assertStringIncludes(err, "framewalk: s.json: no JSON: ");
});

Deno.test("replay --json -q tells only of what did not come as expected", async () => {
  const world = { files: files(changed({ result: 0 })) };
  const { code, out } = await run(["replay", "--json", "-q", "s.json"], world);
  assertEquals(code, 1);
  const lines = out.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.map(({ event, ok }) => [event, ok]), [[3, false]]);
});

Deno.test("replay --fill is for one scenario", async () => {
  const args = ["replay", "--fill", "s.json", "s.json"];
  const { code, err } = await run(args, { files: files(SCENARIO) });
  assertEquals(code, 2);
  assertStringIncludes(err, "--fill prints one scenario");
});

Deno.test("replay takes files of any length", async () => {
  const event = { do: "file", path: "/a", hex: "ab ".repeat(2_000_000) };
  const scenario = { title: "long", events: [event] };
  const world = { files: files(scenario) };
  const { code, err } = await run(["replay", "s.json"], world);
  assertEquals([code, err], [0, ""]);
  const bad = { title: "long", events: [{ ...event, hex: "abc" }] };
  const refused = await run(["replay", "s.json"], { files: files(bad) });
  assertEquals(refused.code, 1);
  assertStringIncludes(refused.err, "pairs of hexadecimal digits");
});
