import { assert, assertEquals } from "@std/assert";
import { openElf } from "../../../formats/elf/mod.ts";
import { BytesSource } from "../../../kernel/mod.ts";
import {
  FrameKind,
  FrameNames,
  FrameTable,
  type ProfileFile,
  type ProfileModule,
  type SourceFrame,
} from "../../../kernel/profile/mod.ts";
import { ModuleLines } from "../../../kernel/walk/lines.ts";
import { MACHINES } from "../../../kernel/walk/machines.ts";

const FOLDER = new URL("../../data/dwarf/gcc12-v5/", import.meta.url);
const GOLDEN = new URL("../../golden/dwarf/gcc12-v5.json", import.meta.url);
const MISSING = { candidates: () => [], decompress: undefined };

/** The fixture as a file of a profile, which knows no symbols, and how often it was opened and asked. */
class Program implements ProfileFile {
  readonly symbols = undefined;
  readonly elf = undefined;
  readonly asked: number[] = [];
  openCount = 0;
  unitAt: (address: number) => Promise<number> = () => Promise.resolve(-1);

  loadSymbols(): Promise<void> {
    return Promise.resolve();
  }

  async openLines() {
    this.openCount++;
    const bytes = await Deno.readFile(new URL("program", FOLDER));
    const lines = new ModuleLines(
      await openElf(new BytesSource(bytes)),
      { binary: "/program", debug: "/program" },
      { ...MISSING, machine: MACHINES["x86-64"] },
      (error) => {
        throw error;
      },
    );
    this.unitAt = (address) => lines.unitAt(address);
    return {
      unitAt: this.unitAt,
      locate: (address: number): Promise<readonly SourceFrame[]> => {
        this.asked.push(address);
        return lines.locate(address);
      },
    };
  }
}

/** A file without debug information. */
const BARE: ProfileFile = {
  symbols: { find: () => ({ name: "bare", address: 16 }) },
  elf: undefined,
  loadSymbols: () => Promise.resolve(),
  openLines: () => Promise.resolve(undefined),
};

function module(index: number, file: ProfileFile | undefined): ProfileModule {
  return {
    index,
    path: `/bin/${index}`,
    kind: file === undefined ? FrameKind.JIT : FrameKind.USER,
    buildId: undefined,
    pid: -1,
    file,
    isOpen: true,
    missedCount: 0,
  };
}

/** Frames at `addresses` of the fixture, then one in a file that has no debug information, one in no file, one nowhere. */
function makeNames(addresses: readonly number[]) {
  const program = new Program();
  const frames = new FrameTable();
  for (const address of addresses) frames.intern(0, address, FrameKind.USER);
  const others = [
    frames.intern(1, 20, FrameKind.USER),
    frames.intern(2, 20, FrameKind.JIT),
    frames.intern(-1, 20, FrameKind.USER),
  ];
  const modules = [program, BARE, undefined]
    .map((file, index) => module(index, file));
  const names = new FrameNames({ frames, modules });
  return { names, program, others };
}

type Place = [name: string, file: string | null, line: number];

Deno.test("FrameNames.sources() tells of every address what gdb tells", async () => {
  const golden: { stretches: [string, string, Place[]][] } = JSON.parse(
    await Deno.readTextFile(GOLDEN),
  );
  // From the end, so that asking in order is not by chance.
  const stretches = golden.stretches.toReversed();
  const { names, program, others } = makeNames(
    stretches.map(([start]) => Number(start)),
  );
  await names.loadAll({ lines: true });
  let inlinedCount = 0;
  stretches.forEach(([start, , expected], frame) => {
    const sources = names.sources(frame);
    inlinedCount += sources.filter(({ inlined }) => inlined).length;
    // Where gdb knows no function there may still be a line.
    const known = sources.filter(({ symbol }) => symbol !== undefined);
    assertEquals(
      known.map(({ symbol, file, line }) => [
        symbol,
        file?.replace(/^.*\//, ""),
        line,
      ]),
      expected.map(([name, file, line]) => [
        name.startsWith("_Z") ? name : name.replace(/\([^()]*\)$/, ""),
        file?.replace(/^.*\//, ""),
        line,
      ]),
      start,
    );
  });
  assert(inlinedCount > 10);
  assertEquals(others.map((frame) => names.sources(frame)), [[], [], []]);
  const units = await Promise.all(
    program.asked.map((address) => program.unitAt(address)),
  );
  assertEquals(units, units.toSorted((a, b) => a - b));
  assertEquals(new Set(units.filter((unit) => unit >= 0)).size, 2);
  assertEquals([program.openCount, program.asked.length], [
    1,
    stretches.length,
  ]);
});

Deno.test("FrameNames.loadSources() asks once for each frame, and not at all where nothing can be known", async () => {
  const { names, program, others } = makeNames([0x40104d, 0x401000]);
  assertEquals([0, 1, ...others].map((frame) => names.needsSources(frame)), [
    true,
    true,
    true,
    false,
    false,
  ]);
  await names.loadSources(0);
  await names.loadSources(others[0]!);
  assertEquals([0, 1, ...others].map((frame) => names.needsSources(frame)), [
    false,
    true,
    false,
    false,
    false,
  ]);
  await names.loadAll({ lines: true });
  await names.loadAll({ lines: true });
  assertEquals(program.asked, [0x40104d, 0x401000]);
  assertEquals(names.sources(0), names.sources(0));
});

Deno.test("FrameNames.name() takes the name of the debug information where no symbol names a frame", async () => {
  const { names } = makeNames([0x40104d]);
  await names.loadAll();
  assertEquals(names.name(0).symbol, undefined);
  await names.loadSources(0);
  const { symbol, offset } = names.name(0);
  assertEquals([symbol, offset], ["local", 0xd]);
  assertEquals(names.sources(0).at(-1)!.symbol, "local");
});

Deno.test("FrameNames.sources() makes names readable, each once", async () => {
  const read: string[] = [];
  const { frames, modules } = (() => {
    const table = new FrameTable();
    table.intern(0, 0x40104d, FrameKind.USER);
    table.intern(0, 0x40104e, FrameKind.USER);
    return { frames: table, modules: [module(0, new Program())] };
  })();
  const names = new FrameNames({ frames, modules }, {
    isMangled: (name) => name.startsWith("_Z"),
    loadDemangler: () =>
      Promise.resolve((name) => {
        if (name.startsWith("_Z")) read.push(name);
        return name.replace(/^_Z.*push.*$/, "push");
      }),
  });
  await names.loadAll({ lines: true });
  for (const frame of [0, 1]) {
    assertEquals(names.sources(frame)[1]!.symbol, "push");
  }
  assertEquals(read, ["_ZN4shop5StackIlE4pushEl"]);
});
