import { assertEquals } from "@std/assert";
import { AREA, Scene } from "../../builders/rseq_scene.ts";

const GET = 1;
const SET = 2;
const PRCTL = 79;
const REQUEST = AREA + 28;

/** A thread that may ask for slices and does. */
function asking(): Scene {
  const scene = new Scene();
  assertEquals(scene.register(64, 2), 0);
  scene.write(REQUEST, new Uint8Array([1]));
  return scene;
}

function control(scene: Scene): number[] {
  return [...scene.read(REQUEST, 4)];
}

Deno.test("prctl() gets and sets the extension, with the errors in order", () => {
  const old = new Scene({ rseqFeatureSize: 28 });
  assertEquals(old.call("prctl", PRCTL, GET), -22);
  const scene = new Scene();
  const prctl = (...args: number[]): number =>
    scene.call("prctl", PRCTL, ...args);
  assertEquals(scene.call("prctl", 80, GET), -22);
  assertEquals(prctl(GET), 0);
  assertEquals(prctl(SET, 1), -6);
  assertEquals(prctl(SET, 2), -22);
  assertEquals(prctl(GET, 1), -22);
  assertEquals(prctl(3), -22);
  assertEquals(prctl(SET, 1, 1), -22);
  assertEquals(prctl(SET, 1, 0, 1), -22);
  scene.register(32);
  assertEquals(prctl(SET, 1), -524);
  const second = new Scene();
  second.register(64);
  assertEquals(second.call("prctl", PRCTL, SET, 1), 0);
  assertEquals(second.call("prctl", PRCTL, GET), 1);
  assertEquals(second.wordAt(AREA + 16), 0x30);
  assertEquals(second.call("prctl", PRCTL, SET, 1), 0);
  assertEquals(second.call("prctl", PRCTL, SET, 0), 0);
  assertEquals(second.wordAt(AREA + 16), 0x10);
});

Deno.test("prctl() kills a thread that changed its flags", () => {
  const scene = new Scene();
  scene.register(64);
  scene.word(AREA + 16, 0);
  assertEquals(scene.call("prctl", PRCTL, SET, 1), -14);
  assertEquals(scene.isAlive, false);
});

Deno.test("a preemption grants what was asked for, once", () => {
  const scene = asking();
  scene.enter(0x20108);
  scene.kernel.preempt(scene.tid);
  assertEquals(control(scene), [0, 1, 0, 0]);
  // the thread went on: its section too
  assertEquals(scene.pc, 0x20108);
  scene.kernel.preempt(scene.tid);
  assertEquals(control(scene), [0, 0, 0, 0]);
  assertEquals(scene.pc, 0x20200);
  assertEquals(scene.happened(), [
    "slice granted",
    "slice revoked",
    "rseq aborted 20108 20200",
  ]);
});

Deno.test("nothing is granted without a request, the right to it, or with a signal pending", () => {
  const silent = asking();
  silent.write(REQUEST, new Uint8Array([0]));
  silent.kernel.preempt(silent.tid);
  assertEquals(control(silent), [0, 0, 0, 0]);
  const refused = new Scene();
  refused.register(64);
  refused.write(REQUEST, new Uint8Array([1]));
  refused.kernel.preempt(refused.tid);
  // a preemption takes the request away
  assertEquals(control(refused), [0, 0, 0, 0]);
  const pending = asking();
  pending.handle(10);
  pending.kernel.signal(pending.tid, 10);
  pending.kernel.preempt(pending.tid);
  assertEquals(control(pending), [0, 0, 0, 0]);
});

Deno.test("rseq_slice_yield() tells whether there was a slice; any other call ends it", () => {
  const scene = asking();
  assertEquals(scene.call("rseq_slice_yield"), 0);
  // without a grant a call leaves the request alone
  assertEquals(control(scene), [1, 0, 0, 0]);
  scene.kernel.preempt(scene.tid);
  assertEquals(scene.call("rseq_slice_yield"), 1);
  assertEquals(scene.happened(), ["slice granted", "slice yielded"]);
  assertEquals(control(scene), [0, 0, 0, 0]);
  assertEquals(scene.call("rseq_slice_yield"), 0);
  const other = asking();
  other.kernel.preempt(other.tid);
  other.call("getpid");
  assertEquals(control(other), [0, 0, 0, 0]);
  assertEquals(other.call("rseq_slice_yield"), 0);
  const old = new Scene({ rseqFeatureSize: 28 });
  assertEquals(old.call("rseq_slice_yield"), -38);
});

Deno.test("a thread whose control cannot be written is killed", () => {
  const scene = asking();
  scene.call("mprotect", AREA, 0x1000, 1);
  scene.kernel.preempt(scene.tid);
  assertEquals(scene.isAlive, false);
});

Deno.test("a slice ends with its time", () => {
  const scene = asking();
  const { kernel, tid } = scene;
  kernel.preempt(tid);
  kernel.globals.timeUs += 4;
  kernel.interrupt(tid);
  assertEquals(control(scene), [0, 1, 0, 0]);
  kernel.globals.timeUs += 1;
  kernel.interrupt(tid);
  assertEquals(control(scene), [0, 0, 0, 0]);
  assertEquals(scene.happened(), ["slice granted", "slice revoked"]);
});
