import { assertEquals } from "@std/assert";
import type { Scenario } from "../../../kernel/replay/mod.ts";
import { LibC, Script } from "../../../kernel/runtimes/mod.ts";
import {
  runBareRuntime,
  runLibC,
  runLoader,
  runThreadLibrary,
} from "../../builders/runtime_scenarios.ts";

/** The scenario that a runtime wrote down must be the one that is published. */
function checkScenario(name: string, scenario: Scenario): void {
  const path = new URL(`../../scenarios/${name}.json`, import.meta.url);
  const { $schema: _, ...published } = JSON.parse(Deno.readTextFileSync(path));
  assertEquals(JSON.parse(JSON.stringify(scenario)), published);
}

Deno.test("LibC registers the area once for all threads and tells applications where it is", async () => {
  const { scenario, found: { libc, cpus, node } } = await runLibC();
  checkScenario("runtime_libc", scenario);
  assertEquals(libc.method, "thread area");
  assertEquals(libc.areaOffset, -64);
  assertEquals(cpus, [0, 2]);
  assertEquals(node, 1);
  const registrations = scenario.events.filter((event) =>
    event.do === "call" && event.call === "rseq_ktls" && event.args?.[2] === 4
  );
  assertEquals(registrations.length, 1);
});

Deno.test("ThreadLibrary fetches each thread's own text", async () => {
  const { scenario, found } = await runThreadLibrary();
  checkScenario("runtime_threads", scenario);
  assertEquals(found, {
    main: "address 0x5 is no page of user space",
    worker: "length 0 at offset 0",
    full:
      "length 0 at offset 0 errno 22 category 200 (src sys/unknown:kern:1) p1 0 p2 0",
    after: "",
  });
});

Deno.test("BareRuntime registers each thread by itself and reads its own record", async () => {
  const { scenario, found } = await runBareRuntime();
  checkScenario("runtime_bare", scenario);
  assertEquals(found, {
    failure: "errno 22 at 200:2: address %#jx is no page of user space",
    cpu: 1,
  });
});

Deno.test("Loader registers ranges in one call or several, at the documented cost", async () => {
  // the third frame is the return address of the second, 0, which the kernel records before it looks at it
  const one = await runLoader(false);
  checkScenario("runtime_loader_one_call", one.scenario);
  assertEquals(one.found, { cost: { calls: 4, copied: 4 * 32 }, frames: 3 });
  const several = await runLoader(true);
  checkScenario("runtime_loader_several_calls", several.scenario);
  assertEquals(several.found, {
    cost: { calls: 8, copied: 4 * (32 + 40 + 20 + 11) },
    frames: 3,
  });
});

Deno.test("LibC falls back to rseq where the layout cannot be had", async () => {
  const script = new Script();
  const main = await script.spawn("main");
  // a seccomp filter or an old kernel: the call is not there for this program
  const call = script.call.bind(script);
  script.call = async (thread, name, ...args) =>
    name === "rseq_ktls" ? -38 : await call(thread, name, ...args);
  const libc = new LibC(script);
  const pointer = await libc.start(main);
  assertEquals([libc.method, libc.areaSize], ["rseq", 32]);
  const worker = await libc.createThread(main);
  for (
    const { thread, at } of [
      { thread: main, at: pointer },
      { thread: worker.thread, at: worker.pointer },
    ]
  ) {
    const area = await script.read(thread, at + libc.areaOffset, 8);
    assertEquals([...area.subarray(4)], [0, 0, 0, 0], "cpu_id is CPU 0");
  }
});
