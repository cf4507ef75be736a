import { assertEquals, assertRejects } from "@std/assert";
import {
  type Outcome,
  Replayer,
  ScenarioError,
  type ScenarioEvent,
} from "../../../kernel/replay/mod.ts";

const SPAWN: ScenarioEvent = { do: "spawn", as: "main" };

async function replay(events: readonly ScenarioEvent[]): Promise<Outcome[]> {
  const replayer = new Replayer({});
  const outcomes: Outcome[] = [];
  for (const event of events) outcomes.push(await replayer.apply(event));
  return outcomes;
}

function call(name: string, ...args: number[]): ScenarioEvent {
  return { do: "call", thread: "main", call: name, args };
}

Deno.test("Replayer tells the registers that an event changed, not those that were set before it", async () => {
  const set: ScenarioEvent = {
    do: "set",
    thread: "main",
    registers: { rip: 0x1000, rbx: 7 },
  };
  const jump: ScenarioEvent = { do: "signal", thread: "main", number: 10 };
  const [, first, fork, got] = await replay([
    SPAWN,
    set,
    call("fork"),
    call("gettid"),
    jump,
  ]);
  assertEquals(first, {});
  // The child is new, and the parent's result is the outcome's result.
  assertEquals(fork!.registers, undefined);
  assertEquals(got, { result: 2 });
});

Deno.test("Replayer refuses processes without number", async () => {
  const replayer = new Replayer({});
  for (let i = 0; i < 4096; i++) await replayer.apply(SPAWN);
  await assertRejects(() => replayer.apply(SPAWN), ScenarioError, "4096");
});

Deno.test("address spaces share a limit: forks do not multiply what one may map", async () => {
  const events = [SPAWN, call("mmap", 0x10000, 60 << 20, 3, 0x30)];
  for (let i = 0; i < 20; i++) events.push(call("fork"));
  const outcomes = await replay(events);
  const results = outcomes.slice(2).map(({ errno }) => errno);
  // 1 GiB holds the first process and sixteen copies of 60 MiB.
  assertEquals(results.filter((errno) => errno === undefined).length, 16);
  assertEquals(results.slice(16), Array(4).fill("ENOMEM"));
  assertEquals(outcomes.at(-1)!.error?.site, 9);
});

Deno.test("Replayer refuses numbers that are not exact", async () => {
  const us = "9".repeat(400);
  await assertRejects(() => replay([SPAWN, { do: "time", us }]), ScenarioError);
  const exact: ScenarioEvent = { do: "time", us: "0x1fffffffffffff" };
  assertEquals(await replay([exact]), [{}]);
});
