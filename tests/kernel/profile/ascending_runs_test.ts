import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { mergeRuns } from "../../../kernel/profile/ascending_runs.ts";

Deno.test("mergeRuns() sorts as a stable sort does, however many runs there are", () => {
  const keysOf = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 60 });
  fc.assert(fc.property(keysOf, fc.nat(60), (list, sorted) => {
    const keys = Float64Array.from(list);
    const sortedCount = Math.min(sorted, list.length);
    keys.subarray(0, sortedCount).sort();
    const order = Int32Array.from(keys.keys());
    const expected = [...keys.keys()].sort((a, b) => keys[a]! - keys[b]!);
    const scratch = new Int32Array(order.length);
    const result = mergeRuns(keys, order, scratch, order.length, sortedCount);
    assertEquals([...result], expected);
  }));
});
