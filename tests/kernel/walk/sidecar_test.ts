import { assertEquals } from "@std/assert";
import { Lookup, type UnwindTable } from "../../../formats/base/unwind_row.ts";
import { Base, type UnwindRow } from "../../../formats/base/unwind_row.ts";
import {
  BytesMemory,
  CodeMap,
  DEBUGGER_POLICY,
  FrameBuffer,
  MACHINES,
  Module,
  RuleCache,
  Stop,
  Walk,
} from "../../../kernel/mod.ts";

/** A table that lacks its bytes until it is filled. */
class LazyTable implements UnwindTable {
  readonly kind = "sidecar";
  fillCount = 0;
  lookupCount = 0;

  lookup(_pc: number, row: UnwindRow): number {
    this.lookupCount++;
    if (this.fillCount === 0) return Lookup.NEEDS_DATA;
    row.reset();
    row.cfaBase = Base.SP;
    row.cfaOffset = 8;
    row.raBase = Base.CFA;
    row.raOffset = -8;
    row.raDeref = true;
    row.startPc = 0;
    row.endPc = 0x1000;
    return Lookup.FOUND;
  }

  fill(): void {
    this.fillCount++;
  }
}

Deno.test("Walk.run() stops for a table that lacks bytes, and goes on at the same frame", () => {
  const table = new LazyTable();
  const module = new Module("program", 0x1000, 0x2000);
  module.bias = 0x1000;
  module.tables = [table];
  const map = new CodeMap();
  map.addText(0x1000, 0x2000, map.addModule(module));
  const stack = new Uint8Array(16);
  new DataView(stack.buffer).setUint32(0, 0x1800, true);
  const walk = new Walk(
    map,
    new BytesMemory(stack, 0x8000),
    MACHINES["x86-64"],
    new RuleCache(),
    DEBUGGER_POLICY,
  );
  const registers = new Float64Array(17).fill(NaN);
  registers[7] = 0x8000;
  registers[6] = 0;
  registers[16] = 0x1234;
  walk.begin(registers);
  const frames = new FrameBuffer();
  assertEquals(walk.run(frames), Stop.NEEDS_DATA);
  assertEquals(frames.count, 1);
  const missing = walk.takeMissingTable();
  assertEquals(missing === table, true);
  assertEquals(walk.takeMissingTable(), undefined);
  missing!.fill!();
  assertEquals(walk.run(frames), Stop.END_OF_STACK);
  assertEquals([...frames.pcs.subarray(0, frames.count)], [0x1234, 0x1800]);
});
