import { assert, assertEquals } from "@std/assert";
import { formatAddress } from "../../../formats/base/address.ts";
import { findRseqAreas, type RseqThread } from "../../../kernel/rseq/mod.ts";
import { openFixtureCore, readFixture } from "./fixture.ts";

interface GoldenThread {
  tid: number;
  [field: string]: number | string;
}

const GOLDEN = new URL("../../golden/rseq/areas.json", import.meta.url);

function recordOf(thread: RseqThread): GoldenThread {
  const { tid, threadPointer, areaAddress, area, pc } = thread;
  return {
    tid,
    threadPointer: formatAddress(threadPointer!),
    address: formatAddress(areaAddress!),
    cpuIdStart: area!.cpuIdStart,
    cpuId: area!.cpuId,
    rseqCs: `0x${area!.rseqCs.toString(16)}`,
    flags: area!.flags,
    nodeId: area!.nodeId!,
    mmCid: area!.mmCid!,
    pc: formatAddress(pc),
  };
}

Deno.test("findRseqAreas() reads of each thread what gdb reads", async () => {
  const golden = JSON.parse(await Deno.readTextFile(GOLDEN));
  const session = await openFixtureCore(await readFixture("program"));
  const found = await findRseqAreas(session);
  const { kind, offset, size, flags, path } = found.runtime;
  assertEquals([kind, offset, size], ["glibc", golden.offset, golden.size]);
  assertEquals([flags, path], [0, "/srv/rseq/program"]);
  assertEquals(
    found.threads.map(recordOf).sort((a, b) => a.tid - b.tid),
    golden.threads,
  );
  assertEquals(found.threads.map(({ reason }) => reason), ["", "", "", ""]);
});

Deno.test("findRseqAreas() follows rseq_cs and tells who is inside", async () => {
  const session = await openFixtureCore(await readFixture("program"));
  const { threads, signature } = await findRseqAreas(session);
  assertEquals(signature, 0x5305_3053);
  const sections = threads.map(({ section }) => section);
  assertEquals(sections.filter((one) => one !== undefined).length, 2);
  const inside = sections.find((one) => one?.isInside === true)!;
  const outside = sections.find((one) => one?.isInside === false)!;
  assertEquals(inside.resolution, { action: "abort", rule: undefined });
  assertEquals(outside.resolution, { action: "clear", rule: undefined });
  assertEquals(inside.problems, []);
  assertEquals(inside.start!.symbol, "add");
  assertEquals(inside.end!.symbolOffset - inside.start!.symbolOffset, 0x17);
  assertEquals(inside.pc.symbol, "add");
  assertEquals(outside.pc.symbol, "park");
  assertEquals(inside.abort!.module, "/srv/rseq/program");
});

Deno.test("findRseqAreas() reads as many fields as the feature size has", async () => {
  const session = await openFixtureCore(await readFixture("program"));
  const at = async (size: number) => {
    const { threads, featureSize } = await findRseqAreas(session, { size });
    assertEquals(featureSize, size);
    return threads[0]!.area!;
  };
  assertEquals((await at(20)).nodeId, undefined);
  assertEquals((await at(24)).mmCid, undefined);
  assertEquals((await at(33)).sliceControl?.granted, 0);
  assertEquals((await at(48)).tail.length, 16);
});

Deno.test("findRseqAreas() says why where the symbols cannot be had", async () => {
  // Nothing but the core: its first page of the program has no symbols.
  const session = await openFixtureCore(undefined);
  const { runtime, threads } = await findRseqAreas(session);
  assertEquals(runtime.kind, "unknown");
  assert(runtime.reason.length > 0);
  assertEquals(threads[0]!.reason, runtime.reason);
  assertEquals(threads[0]!.area, undefined);
});

Deno.test("findRseqAreas() takes a given offset, and the kernel's feature size with it", async () => {
  const session = await openFixtureCore(undefined);
  const { runtime, featureSize, threads } = await findRseqAreas(session, {
    offset: -64,
  });
  assertEquals([runtime.kind, featureSize], ["given", 28]);
  assertEquals(threads.map(({ area }) => area!.cpuId).includes(-1), true);
  const far = await findRseqAreas(session, { offset: 0x4000_0000 });
  assertEquals(far.threads[0]!.reason, "the core does not hold the area");
  assertEquals(far.threads[0]!.area, undefined);
});

Deno.test("findRseqAreas() judges by the signature and the mode", async () => {
  const session = await openFixtureCore(await readFixture("program"));
  const actions = async (mode: "strict" | "lenient") => {
    const { threads } = await findRseqAreas(session, { signature: 1, mode });
    return threads.map(({ section }) => section?.resolution?.action).sort();
  };
  assertEquals(await actions("lenient"), [
    "clear",
    "kill",
    undefined,
    undefined,
  ]);
  assertEquals(await actions("strict"), ["kill", "kill", undefined, undefined]);
});

Deno.test("findRseqAreas() tells a descriptor that is not in the core", async () => {
  const core = await readFixture("core.gz");
  const program = await readFixture("program");
  const good = await findRseqAreas(await openFixtureCore(program, core));
  const thread = good.threads.find(({ section }) => section?.isInside)!;
  const session = await openFixtureCore(program, core);
  const { memory } = session.core;
  const segment = memory.find(thread.areaAddress!);
  const at = memory.offsets[segment]! + thread.areaAddress! -
    memory.starts[segment]!;
  core.fill(0x7f, at + 8, at + 16);
  const { threads } = await findRseqAreas(session);
  const { section } = threads.find(({ tid }) => tid === thread.tid)!;
  assertEquals(section!.address, 0x7f7f_7f7f_7f7f_7f7fn);
  assertEquals([section!.descriptor, section!.resolution], [
    undefined,
    undefined,
  ]);
});
