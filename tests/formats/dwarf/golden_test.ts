/**
 * Every address of the programs of `tests/data/dwarf` against what gdb said (`tests/golden/dwarf`; each golden names
 * its tool and command).
 */
import { assertEquals, assertGreater } from "@std/assert";
import type { SourceFrame } from "../../../formats/dwarf/mod.ts";
import { openFixture } from "./fixture.ts";

const GOLDEN = new URL("../../golden/dwarf/", import.meta.url);

type Place = [name: string, file: string | null, line: number];

interface Golden {
  name: string;
  stretches: [start: string, end: string, frames: Place[]][];
}

/** As gdb tells it: functions without a linkage name have their parameters behind the name there. */
function place({ name, file, line }: SourceFrame): Place {
  return [name ?? "", file?.replace(/^.*\//, "") ?? null, line];
}

function gdbPlace([name, file, line]: Place): Place {
  const bare = name.startsWith("_Z") ? name : name.replace(/\([^()]*\)$/, "");
  return [bare, file?.replace(/^.*\//, "") ?? null, line];
}

const files = Array.from(Deno.readDirSync(GOLDEN), ({ name }) => name).sort();
for (const name of files) {
  Deno.test(`locate() says of each address of ${name.slice(0, -5)} what gdb says`, async () => {
    const golden: Golden = JSON.parse(
      await Deno.readTextFile(new URL(name, GOLDEN)),
    );
    const dwarf = await openFixture(golden.name);
    let inlined = 0;
    for (const [start, end, frames] of golden.stretches) {
      for (let pc = Number(start); pc < Number(end); pc++) {
        const found = await dwarf.locate(pc);
        inlined += found.filter((frame) => frame.inlined).length;
        // Where gdb knows no function there may still be a line.
        const known = found.filter((frame) => frame.name !== undefined);
        assertEquals(
          known.map(place),
          frames.map(gdbPlace),
          `0x${pc.toString(16)}`,
        );
      }
    }
    assertEquals(dwarf.warnings, []);
    assertGreater(inlined, 10);
  });
}
