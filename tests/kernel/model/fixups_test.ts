import { assertEquals } from "@std/assert";
import { HANDLER, Scene } from "../../builders/rseq_scene.ts";

const TEXT = 0x20000;
const TEXT_END = 0x20800;
const LIST = 0x30000;
const BUFFER = 0x30800;
const EINVAL = -22;
const EFAULT = -14;
const EEXIST = -17;
const ENOENT = -2;

/** Writes entries, each relative to its own fields. */
function writeList(
  scene: Scene,
  entries: [instruction: number, target: number][],
  at: number = LIST,
): void {
  entries.forEach(([instruction, target], i) => {
    scene.word(at + 8 * i, instruction - (at + 8 * i));
    scene.word(at + 8 * i + 4, target - (at + 8 * i + 4));
  });
}

function registered(
  entries: [number, number][] = [[0x20010, 0x20700], [0x20020, 0x20710]],
): Scene {
  const scene = new Scene();
  writeList(scene, entries);
  assertEquals(
    scene.call("fixup_register", TEXT, TEXT_END, LIST, entries.length, 0),
    0,
  );
  return scene;
}

Deno.test("fixup_register() checks in the order that it names", () => {
  const scene = new Scene();
  writeList(scene, [[0x20010, 0x20700]]);
  const register = (...args: number[]): number =>
    scene.call("fixup_register", ...args);
  assertEquals(register(TEXT, TEXT, LIST + 1, 0, 1), EINVAL);
  assertEquals(scene.kernel.globals.failure?.line, 1);
  const lines: [line: number, result: number, args: number[]][] = [
    [2, EINVAL, [TEXT, TEXT, LIST + 1, 0, 0]],
    [2, EINVAL, [-4, TEXT, LIST, 1, 0]],
    [2, EINVAL, [TEXT, 2 ** 50, LIST, 1, 0]],
    [3, EINVAL, [0x90000, 0x90010, LIST + 1, 0, 0]],
    [3, EINVAL, [TEXT, TEXT + 4, LIST, 5, 0]],
    [4, EINVAL, [0x90000, 0x90010, LIST + 2, 1, 0]],
    [5, EFAULT, [0x90000, 0x90010, LIST, 1, 0]],
    [5, EFAULT, [LIST, LIST + 16, LIST, 1, 0]], // mapped, not executable
    [8, EFAULT, [TEXT, TEXT_END, 0x90000, 1, 0]],
    [8, EFAULT, [TEXT, TEXT_END, 0x31ff8, 2, 0]],
  ];
  for (const [line, result, args] of lines) {
    assertEquals(register(...args), result);
    assertEquals(scene.kernel.globals.failure?.line, line);
  }
  assertEquals(register(TEXT, TEXT_END, LIST, 1, 0), 0);
  for (
    const [start, end] of [
      [TEXT, TEXT_END],
      [TEXT + 8, TEXT + 16],
      [TEXT_END - 1, TEXT_END + 8],
    ]
  ) assertEquals(register(start!, end!, LIST, 1, 0), EEXIST);
});

Deno.test("fixup_register() refuses lists that are unsorted or leave the text", () => {
  const lists: [line: number, entries: [number, number][]][] = [
    [9, [[0x20020, 0x20700], [0x20010, 0x20700]]],
    [9, [[0x20020, 0x20700], [0x20020, 0x20710]]],
    [10, [[0x20020, 0x20800]]],
    [10, [[0x20020, 0x1ffff]]],
    [10, [[0x20800, 0x20700]]],
    [10, [[0x1ffff, 0x20700]]],
  ];
  for (const [line, entries] of lists) {
    const scene = new Scene();
    writeList(scene, entries);
    assertEquals(
      scene.call("fixup_register", TEXT, TEXT_END, LIST, entries.length, 0),
      EINVAL,
    );
    assertEquals(scene.kernel.globals.failure?.line, line);
  }
});

Deno.test("fault() goes to the fixup of exactly the instruction, with trap, code and address in registers", () => {
  for (
    const [machine, numbers] of [
      ["x86-64", [5, 4, 1]],
      ["aarch64", [0, 1, 2]],
      ["s390x", [2, 3, 4]],
    ] as const
  ) {
    const scene = new Scene({ machine });
    writeList(scene, [[0x20010, 0x20700], [0x20020, 0x20710]]);
    scene.call("fixup_register", TEXT, TEXT_END, LIST, 2, 0);
    scene.pc = 0x20020;
    assertEquals(scene.kernel.fault(scene.tid, 14, 6, 0x5000), 0);
    assertEquals(scene.pc, 0x20710);
    assertEquals(
      numbers.map((number) => scene.thread.registers[number]),
      [14, 6, 0x5000],
    );
    assertEquals(scene.happened(), ["fixup 20020 20710"]);
    scene.pc = 0x20021;
    scene.kernel.fault(scene.tid, 14, 6, 0x5000);
    assertEquals(scene.happened(), ["signal 11 killed", "exit 11"]);
  }
});

Deno.test("fault() sends each trap's signal, of page faults by what is mapped", () => {
  const cases: [
    trap: number,
    address: number,
    number,
    code: number,
    at: number,
  ][] = [
    [0, 0, 8, 1, 0x20300],
    [1, 0, 5, 2, 0x20300],
    [3, 0, 5, 0x80, 0],
    [6, 0, 4, 2, 0x20300],
    [13, 0, 11, 0x80, 0],
    [14, 0x5000, 11, 1, 0x5000],
    [14, 0x50000, 11, 2, 0x50000],
    [17, 0x30001, 7, 1, 0x30001],
  ];
  for (const [trap, address, number, code, at] of cases) {
    const scene = new Scene();
    assertEquals(scene.call("mmap", 0x50000, 4096, 1, 0x30), 0x50000);
    scene.pc = 0x20300;
    scene.kernel.fault(scene.tid, trap, 2, address);
    const signal = scene.kernel.takeEvents().find(({ kind }) =>
      kind === "signal"
    );
    assertEquals(signal, {
      kind: "signal",
      tid: scene.tid,
      signal: { number, code, address: at, forced: true },
      fate: "killed",
    });
  }
  const scene = new Scene();
  // an access that the mapping allows was a page that had not been brought in yet
  assertEquals(scene.kernel.fault(scene.tid, 14, 2, 0x30000), 0);
  assertEquals(scene.happened(), []);
  assertEquals(scene.kernel.fault(scene.tid, 99, 0, 0), -22);
  assertEquals(scene.kernel.fault(12345, 6, 0, 0), -3);
});

Deno.test("debug traps are never fixed up", () => {
  for (const trap of [1, 3]) {
    const scene = registered();
    scene.handle(5);
    scene.pc = 0x20010;
    scene.kernel.fault(scene.tid, trap, 0, 0);
    assertEquals(scene.happened(), ["signal 5 handled"]);
    assertEquals(scene.pc, HANDLER);
  }
});

Deno.test("a list that has become nonsense is reported once and not looked at again", () => {
  const spoils: ((scene: Scene) => void)[] = [
    (scene) => scene.word(LIST, 0x7fff_0000),
    (scene) => scene.word(LIST + 12, 0x7fff_0000),
    (scene) => scene.word(LIST, 0x20028 - LIST),
    (scene) => scene.call("munmap", LIST & ~4095, 4096),
  ];
  for (const spoil of spoils) {
    const scene = registered();
    scene.handle(11);
    spoil(scene);
    for (
      const expected of ["report bad fixup list of the text at 0x20000", ""]
    ) {
      scene.thread.blocked = [0, 0];
      scene.thread.registers[7] = 0x32000;
      scene.pc = 0x20010;
      scene.kernel.fault(scene.tid, 14, 6, 0x5000);
      const lines = expected === "" ? [] : [expected];
      assertEquals(scene.happened(), [...lines, "signal 11 handled"]);
    }
  }
});

Deno.test("the list is read when it is needed: a change that makes sense counts", () => {
  const scene = registered();
  writeList(scene, [[0x20010, 0x20700], [0x20020, 0x20730]]);
  scene.pc = 0x20020;
  scene.kernel.fault(scene.tid, 0, 0, 0);
  assertEquals(scene.pc, 0x20730);
});

Deno.test("a list does not go with its neighbours' text", () => {
  const scene = registered();
  for (const page of [TEXT - 0x1000, TEXT + 0x1000]) {
    assertEquals(scene.call("mmap", page, 4096, 5, 0x30), page);
    assertEquals(scene.call("munmap", page, 4096), 0);
  }
  assertEquals(scene.call("fixup_save", 0, 0), 1);
});

Deno.test("lists go with their text, stay with a fork, are gone after unregistering", () => {
  const scene = registered();
  const child = scene.call("fork");
  assertEquals(scene.call("fixup_unregister", TEXT + 1), ENOENT);
  assertEquals(scene.call("fixup_unregister", TEXT), 0);
  assertEquals(scene.call("fixup_unregister", TEXT), ENOENT);
  scene.threadOf(child).registers[16] = 0x20010;
  scene.kernel.fault(child, 0, 0, 0);
  assertEquals(scene.threadOf(child).registers[16], 0x20700);
  assertEquals(scene.kernel.call(child, "munmap", TEXT, 4096), 0);
  assertEquals(scene.kernel.call(child, "fixup_unregister", TEXT), ENOENT);
  const other = registered();
  other.exec();
  assertEquals(other.call("fixup_save", 0, 0), 0);
});

Deno.test("fixup_save() and fixup_restore() carry the lists over, all or none", () => {
  const scene = registered();
  assertEquals(scene.call("fixup_save", BUFFER, 0), 1);
  assertEquals(scene.call("fixup_save", 0x90000, 1), EFAULT);
  assertEquals(scene.call("fixup_save", BUFFER, 8), 1);
  assertEquals(scene.call("fixup_restore", BUFFER, 1), EEXIST);
  assertEquals(scene.call("fixup_unregister", TEXT), 0);
  // the second record repeats the first
  scene.write(BUFFER + 40, scene.read(BUFFER, 40));
  assertEquals(scene.call("fixup_restore", BUFFER, 2), EEXIST);
  assertEquals(scene.call("fixup_save", BUFFER, 0), 0);
  assertEquals(scene.call("fixup_restore", BUFFER, 1), 0);
  scene.pc = 0x20010;
  scene.kernel.fault(scene.tid, 0, 0, 0);
  assertEquals(scene.pc, 0x20700);
  assertEquals(scene.call("fixup_restore", BUFFER, -1), EINVAL);
  assertEquals(scene.call("fixup_restore", 0x90000, 1), EFAULT);
  scene.long(BUFFER + 32, 1);
  assertEquals(scene.call("fixup_restore", BUFFER, 1), EINVAL);
});

Deno.test("a fixup comes before rseq: an event judges where the thread goes on", () => {
  const scene = registered([[0x20108, 0x20700]]);
  scene.register();
  scene.enter(0x20108);
  scene.happened();
  scene.kernel.fault(scene.tid, 14, 6, 0x5000);
  assertEquals(scene.pc, 0x20700);
  scene.kernel.preempt(scene.tid);
  assertEquals(scene.happened(), [
    "fixup 20108 20700",
    "rseq cleared 20700 20700",
  ]);
});

Deno.test("a fault without fixup in a section: its signal's frame has the abort handler", () => {
  for (const rseqChecks of ["strict", "lenient"] as const) {
    const scene = new Scene({ rseqChecks });
    scene.register();
    scene.handle(4);
    scene.enter(0x20108);
    scene.kernel.fault(scene.tid, 6, 0, 0);
    assertEquals(scene.happened(), [
      "rseq aborted 20108 20200",
      "signal 4 handled",
    ]);
  }
});
