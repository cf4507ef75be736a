/**
 * Functions as compilers write them are run by code of their own. Here the code for all registers, which does the
 * rest, says what is right.
 */
import { assert, assertEquals } from "@std/assert";
import { BytesSource } from "../../../formats/base/byte_source.ts";
import {
  type CfiMachine,
  type CfiTable,
  type Fde,
  FormatError,
  Lookup,
  openEhFrame,
  UnwindRow,
} from "../../../formats/eh_frame/mod.ts";
import { Lowering } from "../../../formats/eh_frame/lower.ts";
import { RowStore } from "../../../formats/eh_frame/row_store.ts";
import {
  type CfiOptions,
  CfiSection,
} from "../../../formats/eh_frame/section.ts";
import { ET, openElf } from "../../../formats/elf/mod.ts";
import {
  CfiBuilder,
  type CieParts,
  fixed,
  uleb,
} from "../../builders/eh_frame.ts";

const DATA = new URL("../../data/", import.meta.url);
const MACHINES: Record<number, CfiMachine> = {
  62: "x86-64",
  183: "aarch64",
  22: "s390x",
};

/** All rows of `fde` by way of the rules of all registers. */
function keepRows(table: CfiTable, section: CfiSection, fde: Fde): RowStore {
  const store = new RowStore();
  const lowering = new Lowering(section);
  const row = new UnwindRow();
  store.addFunction(fde.offset, fde.startPc, fde.endPc);
  let end = fde.startPc;
  try {
    for (const rules of table.rows(fde)) {
      const threshold = lowering.lower(rules, row);
      store.push(row, threshold);
      end = row.endPc;
    }
  } catch (error) {
    assert(error instanceof FormatError);
    store.pushBad(end);
  }
  return store;
}

/** Compares both at the edges of all rows of `fde`. Returns how many pcs that were. */
function checkFunction(
  table: CfiTable,
  section: CfiSection,
  fde: Fde,
  name: string,
): number {
  const store = keepRows(table, section, fde);
  const want = new UnwindRow();
  const row = new UnwindRow();
  let count = 0;
  let pc = fde.startPc;
  while (pc < fde.endPc) {
    const status = store.read(0, pc, want);
    const end = status === Lookup.FOUND ? want.endPc : fde.endPc;
    for (const at of [pc, end - 1]) {
      const where = `${name}: ${at.toString(16)} of FDE ${fde.offset}`;
      assertEquals(store.read(0, at, want), status, where);
      assertEquals(table.lookup(at, row), status, where);
      if (status === Lookup.FOUND) assertEquals(row, want, where);
      count++;
    }
    pc = end;
  }
  return count;
}

/** `.eh_frame` of an ELF file, and what goes with it. */
async function openProgram(path: string) {
  const elf = await openElf(new BytesSource(await Deno.readFile(path)));
  const frames = await elf.findSection(".eh_frame");
  const machine = MACHINES[elf.header.machine];
  // Functions of files that are not linked all start at 0.
  if (
    frames === undefined || machine === undefined ||
    elf.header.type === ET.REL
  ) return undefined;
  const options: CfiOptions = {
    littleEndian: elf.header.littleEndian,
    machine,
  };
  const header = await elf.findSection(".eh_frame_hdr");
  if (header !== undefined) {
    const bytes = await elf.readSection(header);
    options.header = { bytes, address: header.address };
  }
  return {
    bytes: await elf.readSection(frames),
    address: frames.address,
    options,
  };
}

async function* findPrograms(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* findPrograms(new URL(`${name}/`, folder));
    else yield new URL(name, folder);
  }
}

Deno.test("lookup() equals the lowered rules of all registers in each program of the test data", async () => {
  let count = 0;
  const machines = new Set<CfiMachine>();
  for await (const path of findPrograms(DATA)) {
    const program = await openProgram(path.pathname).catch((error) => {
      assert(error instanceof FormatError);
      return undefined;
    });
    if (program === undefined) continue;
    const { bytes, address, options } = program;
    const section = new CfiSection(bytes, address, true, options);
    const table = openEhFrame(bytes, address, options);
    for (const fde of table.functions()) {
      count += checkFunction(table, section, fde, path.pathname);
    }
    machines.add(options.machine);
  }
  assertEquals([...machines].sort(), ["aarch64", "s390x", "x86-64"]);
  assert(count > 1000, `${count}`);
});

let state = 0x9e37_79b9;
function random(below: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}

/** Operands at the edges of their sizes, and some that say the same in more bytes. */
function operand(): number[] {
  const numbers = [
    0,
    1,
    2,
    16,
    127,
    128,
    300,
    2 ** 14,
    2 ** 21 - 1,
    2 ** 21,
    2 ** 24,
  ];
  if (random(3) > 0) return uleb(random(64));
  if (random(8) === 0) return [0x88, 0x80, 0x00];
  if (random(8) === 0) return [0x81, 0x80, 0x80, 0x00];
  return uleb(numbers[random(numbers.length)]!);
}

/** Stack pointers, frame pointers and return columns of all machines, and others. */
function register(): number {
  return [3, 6, 7, 11, 12, 14, 15, 16, 29, 30, 31][random(11)]!;
}

function instruction(isPlain: boolean): number[] {
  const kinds: (() => number[])[] = [
    () => [0x40 | random(20)],
    () => [0x80 | register(), ...operand()],
    () => [0xc0 | register()],
    () => [0x0e, ...operand()],
    () => [0x00],
    () => [0x0a],
    () => [0x0b],
    () => [0x02, random(40)],
    () => [0x03, random(40), 0],
    () => [0x0c, ...uleb(register()), ...operand()],
    () => [0x0d, register()],
    () => [0x2e, ...operand()],
    () => [0x05, ...uleb(register()), ...operand()],
    () => [0x06, ...uleb(register())],
    () => [0x2d],
    () => [0x0d, ...uleb(100 + random(60))],
    () => [0x04, 5, 0, 0, 0],
    () => [0x07, register()],
    () => [0x08, register()],
    () => [0x09, register(), register()],
    () => [0x11, register(), random(128)],
    () => [0x12, register(), random(128)],
    () => [0x13, random(128)],
    () => [0x14, register(), ...operand()],
    () => [0x10, register(), 2, 0x76, 0],
    () => [0x0f, 2, 0x77, 8],
    () => [0x3c],
  ];
  return kinds[random(isPlain ? 15 : kinds.length)]!();
}

/** A function of random instructions, cut anywhere, by a CIE of random form. */
function randomFunction(machine: CfiMachine, littleEndian: boolean) {
  const isRelative = random(2) === 0;
  const hasLsda = isRelative && random(2) === 0;
  const cie: CieParts = {
    codeAlignment: [1, 1, 4, 8, 9, 0][random(6)]!,
    dataAlignment: [-8, -8, -4, 8, 1, 0, -9][random(7)]!,
    returnColumn: { "x86-64": 16, "aarch64": 30, "s390x": 14 }[machine],
    initial: [
      ...[0x0c, register(), ...operand()],
      ...Array.from({ length: random(3) }, () => [0x80 | register(), 1]).flat(),
      ...(random(8) === 0 ? [0x07, register()] : []),
    ],
    ...(isRelative
      ? {
        augmentation: hasLsda ? "zLR" : "zR",
        augmentationData: hasLsda ? [0x1b, 0x1b] : [0x1b],
      }
      : {}),
  };
  const isPlain = random(4) > 0;
  const instructions = Array.from(
    { length: random(24) },
    () => instruction(isPlain),
  ).flat();
  if (random(4) === 0) instructions.length = random(instructions.length + 1);
  const builder = new CfiBuilder({ littleEndian });
  builder.fde({
    cie: builder.cie(cie),
    start: isRelative ? fixed(0x1000, 4, littleEndian) : 0x1000,
    size: isRelative ? fixed(0x100, 4, littleEndian) : 0x100,
    ...(isRelative ? { augmentationData: hasLsda ? fixed(0, 4) : [] } : {}),
    instructions,
  });
  builder.terminator(); // bytes that operands which are cut off must not be read from
  return { bytes: builder.bytes, instructions };
}

Deno.test("lookup() equals the lowered rules of all registers for random instructions", () => {
  for (let i = 0; i < 6000; i++) {
    const machine = MACHINES[[62, 183, 22][i % 3]!]!;
    const littleEndian = machine !== "s390x";
    const { bytes, instructions } = randomFunction(machine, littleEndian);
    const options = { machine, littleEndian };
    const section = new CfiSection(bytes, 0x2000, true, options);
    const table = openEhFrame(bytes, 0x2000, options);
    const [fde] = table.functions();
    if (fde === undefined) throw new Error(`no FDE in ${bytes}`);
    checkFunction(table, section, fde, `${machine} ${i} [${instructions}]`);
  }
});

Deno.test("lookup() keeps states that are remembered deeper than compilers do", () => {
  for (const depth of [1, 7, 8, 9, 64, 65]) {
    const builder = new CfiBuilder();
    builder.fde({
      cie: builder.cie(),
      start: 0x1000,
      size: 0x1000,
      instructions: [
        ...Array.from({ length: depth }, (_, i) => [0x0e, 16 + i, 0x41, 0x0a])
          .flat(),
        ...[0x0e, 0, 0x41],
        ...Array.from({ length: depth }, () => [0x0b, 0x41]).flat(),
      ],
    });
    const options = { machine: "x86-64", littleEndian: true } as const;
    const section = new CfiSection(builder.bytes, 0, true, options);
    const table = openEhFrame(builder.bytes, 0, options);
    const [fde] = table.functions();
    checkFunction(table, section, fde!, `depth ${depth}`);
  }
});
