/**
 * Which code of a vDSO can be unwound by its own tables.
 *
 * @module
 */
import { type ElfFile, SHF, STT } from "../../formats/elf/mod.ts";
import {
  coverElf,
  findPadding,
  intersect,
  RangeCollector,
  type Ranges,
  sizeOf,
  subtract,
} from "../stat/mod.ts";
import type { VdsoSymbol } from "./symbols.ts";

/** A function and how much of it has rows. */
export interface VdsoFunction {
  /** Its names, weak ones last. */
  names: string[];
  /** Address in the image. */
  address: number;
  /** Bytes. */
  size: number;
  /** Bytes with rows in `.eh_frame`; `undefined` without that section. */
  ehFrame: number | undefined;
  /** Bytes with rows in `.sframe`; `undefined` without that section. */
  sframe: number | undefined;
}

/** Code without rows. */
export interface VdsoHole {
  /** Address in the image. */
  address: number;
  /** Bytes. */
  size: number;
  /** The function, or the section outside of all functions. */
  where: string;
}

/** What {@linkcode readCoverage} finds. */
export interface VdsoCoverage {
  /** Bytes of code. */
  textSize: number;
  /** Bytes of it with rows in `.eh_frame`; `undefined` without that section. */
  ehFrame: number | undefined;
  /** Bytes of it with rows in `.sframe`; `undefined` without that section. */
  sframe: number | undefined;
  /** The functions in address order. */
  functions: VdsoFunction[];
  /** Bytes between functions. */
  padding: number;
  /** Other code that neither table covers, in address order. */
  holes: VdsoHole[];
}

/** What is told of an image: it has a dozen functions, and two sections of code. */
const MAX_FUNCTIONS = 256;
const MAX_HOLES = 256;
const MAX_SECTIONS = 32;

/**
 * Measures how much of an image's code has rows, function by function.
 *
 * @throws {FormatError} As `statElf`.
 */
export async function readCoverage(
  elf: ElfFile,
  symbols: readonly VdsoSymbol[],
): Promise<VdsoCoverage> {
  const { text, ehFrame, sframe } = await coverElf(elf);
  const functions = groupFunctions(symbols);
  const own = (ranges: Ranges | undefined, part: Ranges) =>
    ranges && sizeOf(intersect(part, ranges));
  for (const one of functions) {
    const part = Float64Array.of(one.address, one.address + one.size);
    one.ehFrame = own(ehFrame, part);
    one.sframe = own(sframe, part);
  }
  const covered = join([ehFrame, sframe]);
  const known = join([covered, rangesOf(functions)]);
  const bare = subtract(text, covered);
  const padding = findPadding(subtract(bare, known), known);
  return {
    textSize: sizeOf(text),
    ehFrame: own(ehFrame, text),
    sframe: own(sframe, text),
    functions,
    padding: sizeOf(padding),
    holes: await nameHoles(elf, subtract(bare, padding), functions),
  };
}

function rangesOf(functions: readonly VdsoFunction[]): Ranges {
  const ranges = new RangeCollector();
  for (const { address, size } of functions) {
    ranges.add(address, address + size);
  }
  return ranges.finish();
}

function join(all: readonly (Ranges | undefined)[]): Ranges {
  const joined = new RangeCollector();
  for (const ranges of all) {
    if (ranges === undefined) continue;
    for (let i = 0; i < ranges.length; i += 2) {
      joined.add(ranges[i]!, ranges[i + 1]!);
    }
  }
  return joined.finish();
}

/** Functions by address: on x86-64 each has two names. */
function groupFunctions(symbols: readonly VdsoSymbol[]): VdsoFunction[] {
  const functions = new Map<number, VdsoFunction>();
  const inOrder = [...symbols].sort((a, b) =>
    Number(a.isWeak) - Number(b.isWeak)
  );
  for (const { name, address, size, type, isDefined } of inOrder) {
    // Trampolines are written in assembly and may have no type.
    const isCode = type === STT.FUNC || (type === STT.NOTYPE && size > 0);
    if (!isDefined || !isCode) continue;
    const known = functions.get(address);
    if (known !== undefined) known.names.push(name);
    else if (functions.size < MAX_FUNCTIONS) {
      functions.set(address, {
        names: [name],
        address,
        size,
        ehFrame: undefined,
        sframe: undefined,
      });
    }
  }
  return [...functions.values()].sort((a, b) => a.address - b.address);
}

async function nameHoles(
  elf: ElfFile,
  bare: Ranges,
  functions: readonly VdsoFunction[],
): Promise<VdsoHole[]> {
  const holes: VdsoHole[] = [];
  for (const { names, address, size } of functions) {
    const part = Float64Array.of(address, address + size);
    addHoles(holes, intersect(bare, part), names[0]!);
  }
  let rest = subtract(bare, rangesOf(functions));
  const sections = (await elf.sections())
    .filter(({ flags }) => (flags & SHF.EXECINSTR) !== 0);
  for (const { name, address, size } of sections.slice(0, MAX_SECTIONS)) {
    const part = Float64Array.of(address, address + size);
    addHoles(holes, intersect(rest, part), name);
    rest = subtract(rest, part);
  }
  return holes.sort((a, b) => a.address - b.address);
}

function addHoles(holes: VdsoHole[], ranges: Ranges, where: string): void {
  for (let i = 0; i < ranges.length && holes.length < MAX_HOLES; i += 2) {
    const address = ranges[i]!;
    holes.push({ address, size: ranges[i + 1]! - address, where });
  }
}
