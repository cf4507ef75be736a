import { assertEquals } from "@std/assert";
import { Chunk } from "../../../formats/perf_data/mod.ts";
import { RecordQueue } from "../../../kernel/profile/record_queue.ts";

/** Takes all records up to a time: their times and offsets. */
function takeUpTo(queue: RecordQueue, limit: number): [number, number][] {
  const taken: [number, number][] = [];
  while (queue.isDue(limit)) {
    taken.push([queue.time, queue.offset]);
    queue.take();
  }
  return taken;
}

Deno.test("RecordQueue gives records out by time, those of equal time as they came, round after round", () => {
  let state = 3;
  const random = (limit: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor(state / 65536) % limit;
  };
  for (let trial = 0; trial < 50; trial++) {
    const queue = new RecordQueue();
    const chunk = new Chunk();
    const waiting: [number, number][] = [];
    let offset = 0;
    for (let round = 0; round < 10; round++) {
      for (let cpu = 0; cpu < 3; cpu++) {
        let time = round * 50;
        for (let i = random(40); i > 0; i--) {
          time += random(4);
          queue.add(time, chunk, offset);
          waiting.push([time, offset++]);
        }
      }
      const limit = round === 9 ? Infinity : round * 50 - 20;
      waiting.sort(([a, x], [b, y]) => a - b || x - y);
      const due = waiting.filter(([time]) => time <= limit);
      waiting.splice(0, due.length);
      assertEquals(takeUpTo(queue, limit), due);
      assertEquals(queue.count, waiting.length);
    }
    assertEquals(queue.count, 0);
  }
});

Deno.test("RecordQueue.forgetBytes() gives the buffers back and keeps where the records are", () => {
  const queue = new RecordQueue();
  const chunk = new Chunk();
  chunk.position = 5000;
  queue.add(2, chunk, 70);
  queue.add(1, chunk, 90);
  assertEquals(chunk.holderCount, 2);
  queue.forgetBytes((held) => held.holderCount--);
  assertEquals(chunk.holderCount, 0);
  assertEquals(queue.isDue(1), true);
  assertEquals([queue.chunk, queue.position], [undefined, 5090]);
  assertEquals(queue.middleTime(), 2);
});
