import { assertEquals } from "@std/assert";
import { rseqConfiguration } from "../../../kernel/model/mod.ts";
import {
  ABORT,
  AREA,
  PC,
  Scene,
  SIGNATURE,
  START,
} from "../../builders/rseq_scene.ts";

const RSEQ = 0x80;
const REGISTER = 0x100;

/** Two threads in sections, on CPUs 0 and 1. */
function pair(): { scene: Scene; other: number } {
  const scene = new Scene({ rseqFeatureSize: 28 });
  scene.register();
  const other = scene.call("clone", 0x10100, 0, 0);
  scene.kernel.call(other, "rseq", AREA + 64, 32, 0, SIGNATURE);
  scene.kernel.migrate(other, 1);
  scene.enter(START);
  scene.enter(START, {}, AREA + 64);
  scene.threadOf(other).registers[PC] = START;
  return { scene, other };
}

Deno.test("membarrier() cuts the others' sections short, not the caller's", () => {
  const { scene, other } = pair();
  assertEquals(scene.call("membarrier", RSEQ), -1);
  assertEquals(scene.call("membarrier", REGISTER), 0);
  assertEquals(scene.threadOf(other).registers[PC], START);
  assertEquals(scene.call("membarrier", RSEQ), 0);
  assertEquals(scene.threadOf(other).registers[PC], ABORT);
  assertEquals(scene.pc, START);
});

Deno.test("membarrier() can be for one CPU alone", () => {
  const { scene, other } = pair();
  scene.call("membarrier", REGISTER);
  for (const [cpu, pc] of [[0, START], [7, START], [1, ABORT]] as const) {
    assertEquals(scene.call("membarrier", RSEQ, 1, cpu), 0);
    assertEquals(scene.threadOf(other).registers[PC], pc);
  }
});

Deno.test("membarrier() knows three commands, and what a process has said stays with a fork, not with exec", () => {
  const { scene } = pair();
  assertEquals(scene.call("membarrier", 0), 0x180);
  assertEquals(scene.call("membarrier", 0, 1), -22);
  assertEquals(scene.call("membarrier", REGISTER, 1), -22);
  assertEquals(scene.call("membarrier", RSEQ, 2), -22);
  assertEquals(scene.call("membarrier", 3), -22);
  scene.call("membarrier", REGISTER);
  const child = scene.call("fork");
  assertEquals(scene.kernel.call(child, "membarrier", RSEQ), 0);
  scene.exec();
  assertEquals(scene.call("membarrier", RSEQ), -1);
});

Deno.test("rseqConfiguration() tells a debugger the area, its length and signature", () => {
  const { scene } = pair();
  const words = (bytes: Uint8Array | undefined): number[] => [
    ...new Uint32Array(bytes!.slice().buffer),
  ];
  assertEquals(words(rseqConfiguration(scene.kernel, scene.tid)), [
    AREA,
    0,
    32,
    SIGNATURE,
    0,
    0,
  ]);
  assertEquals(rseqConfiguration(scene.kernel, scene.tid, 8)?.length, 8);
  assertEquals(rseqConfiguration(scene.kernel, scene.tid, 99)?.length, 24);
  scene.call("rseq", AREA, 32, 1, SIGNATURE);
  assertEquals(words(rseqConfiguration(scene.kernel, scene.tid)), [
    ...new Array(6).fill(0),
  ]);
  assertEquals(rseqConfiguration(scene.kernel, 999), undefined);
});
