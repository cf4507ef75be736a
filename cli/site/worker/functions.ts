/**
 * The functions of a binary, out of both of its tables.
 *
 * @module
 */
import { formatAddress } from "../../../formats/base/address.ts";
import { FormatError } from "../../../formats/base/error.ts";
import type { CfiTable } from "../../../formats/eh_frame/mod.ts";
import {
  type ElfFile,
  EM,
  ET,
  openSymbols,
  type SymbolTable,
} from "../../../formats/elf/mod.ts";
import {
  decodeSFrame,
  isSFrame,
  SFrameAbi,
} from "../../../formats/sframe/mod.ts";
import { openElfTables } from "../../../kernel/convert/mod.ts";
import type { Io } from "../../io.ts";
import { readSFrameInputs, type SFrameInput } from "../../sframe_input.ts";
import { openNames } from "../../sframe_names.ts";
import { pairRows } from "../model/row_pairs.ts";
import type { FunctionRow, FunctionRows, Page } from "../protocol.ts";
import { loadNames } from "./demangle.ts";
import { cfiRows, type DecodedFunction, sframeRows } from "./table_rows.ts";

interface KnownFunction {
  start: number;
  end: number;
  name: string;
  sframe: DecodedFunction | undefined;
}

const ABIS: Readonly<Record<number, number>> = {
  [EM.X86_64]: SFrameAbi.AMD64_ENDIAN_LITTLE,
  [EM.AARCH64]: SFrameAbi.AARCH64_ENDIAN_LITTLE,
  [EM.S390]: SFrameAbi.S390X_ENDIAN_BIG,
};

/** See the module's description. */
export class BinaryFunctions {
  private readonly all: KnownFunction[];
  private readonly cfi: CfiTable | undefined;
  private readonly abi: number;
  /** In an object that is not linked `.eh_frame` has no addresses yet. */
  private readonly isObject: boolean;
  private readonly problems: string[];
  private readonly readable: (name: string) => string;

  private constructor(
    all: KnownFunction[],
    cfi: CfiTable | undefined,
    abi: number,
    isObject: boolean,
    problems: string[],
    readable: (name: string) => string,
  ) {
    this.readable = readable;
    this.all = all;
    this.cfi = cfi;
    this.abi = abi;
    this.isObject = isObject;
    this.problems = problems;
  }

  /** Lists the functions of a file; what cannot be read is told with the rows. */
  static async open(
    name: string,
    elf: ElfFile | undefined,
    io: Io,
  ): Promise<BinaryFunctions> {
    const problems: string[] = [];
    const all: KnownFunction[] = [];
    let abi = ABIS[elf?.header.machine ?? -1] ?? 0;
    const raw = elf === undefined ? { raw: true } : {};
    for await (const input of readSFrameInputs(name, io, raw)) {
      if ("error" in input) {
        // That a file has no such section shows in its list of functions.
        if (input.error instanceof FormatError) {
          problems.push(input.error.message);
        }
      } else abi = await addSFrame(input, all, problems) ?? abi;
    }
    const isObject = elf?.header.type === ET.REL;
    const cfi = elf === undefined || isObject
      ? undefined
      : await openCfi(elf, problems);
    if (elf !== undefined && cfi !== undefined) {
      addCfi(all, cfi, await openAnySymbols(elf));
    }
    all.sort((a, b) => a.start - b.start);
    const readable = await loadNames();
    return new BinaryFunctions(all, cfi, abi, isObject, problems, readable);
  }

  /** Part of the list of those that have `query` in their name or address. */
  page(query: string, from: number, count: number): Page<FunctionRow> {
    const wanted = query.trim().toLowerCase();
    const rows: FunctionRow[] = [];
    let total = 0;
    for (const [index, f] of this.all.entries()) {
      const fits = wanted === "" || f.name.toLowerCase().includes(wanted) ||
        formatAddress(f.start).includes(wanted);
      if (!fits) continue;
      if (total >= from && rows.length < count) rows.push(this.describe(index));
      total++;
    }
    return { rows, total };
  }

  /** The function that has the address, by its index; the last of several. */
  find(address: number): number | undefined {
    const { all } = this;
    let [low, high] = [0, all.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (all[middle]!.start <= address) low = middle + 1;
      else high = middle;
    }
    const found = all[low - 1];
    return found !== undefined && address < found.end ? low - 1 : undefined;
  }

  /** The rows of a function in both tables. */
  rows(index: number): FunctionRows {
    const known = this.all[index];
    if (known === undefined) throw new RangeError("No such function");
    const notes: string[] = [];
    const left = known.sframe === undefined
      ? []
      : sframeRows(known.sframe, notes);
    const right = this.cfi === undefined
      ? []
      : cfiRows(this.cfi, this.abi, known, notes);
    if (this.isObject) {
      notes.push(
        "an object that is not linked: .eh_frame has no addresses yet",
      );
    }
    const pairs = pairRows(left, right);
    return {
      head: this.describe(index),
      pairs,
      notes: [...notes, ...this.problems],
    };
  }

  private describe(index: number): FunctionRow {
    const { start, end, name, sframe } = this.all[index]!;
    return {
      index,
      name: this.readable(name),
      start: formatAddress(start),
      size: end - start,
      sframe: sframe?.f.rows.length ?? -1,
      eh: this.isObject ? null : this.cfi?.findFde(start) !== undefined,
    };
  }
}

/** Adds the functions of a section. @returns Its ABI. */
async function addSFrame(
  input: SFrameInput,
  all: KnownFunction[],
  problems: string[],
): Promise<number | undefined> {
  const nameOf = await openNames(input);
  const { bytes, address } = input;
  let abi: number | undefined;
  let offset = 0;
  try {
    do {
      const section = decodeSFrame(bytes, address, { offset });
      const { header, functions } = section;
      abi = header.abi;
      for (const f of functions) {
        all.push({
          start: f.startAddress,
          end: f.startAddress + f.size,
          name: nameOf?.(f.offset, f.startAddress) ?? "",
          sframe: { f, header },
        });
      }
      problems.push(...section.errors.slice(0, 3).map((one) => one.message));
      offset += section.size + section.paddingSize;
    } while (isSFrame(bytes.subarray(offset)));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    problems.push(error.message);
  }
  return abi;
}

function addCfi(
  all: KnownFunction[],
  table: CfiTable,
  symbols: SymbolTable | undefined,
): void {
  const starts = new Set(all.map(({ start }) => start));
  for (const { startPc, endPc } of table.functions()) {
    if (starts.has(startPc)) continue;
    const symbol = symbols?.find(startPc) ?? -1;
    const distance = symbol < 0 ? 0 : startPc - symbols!.start(symbol);
    const name = symbol < 0 ? "" : symbols!.name(symbol) +
      (distance === 0 ? "" : `+0x${distance.toString(16)}`);
    all.push({ start: startPc, end: endPc, name, sframe: undefined });
  }
}

async function openCfi(
  elf: ElfFile,
  problems: string[],
): Promise<CfiTable | undefined> {
  try {
    return (await openElfTables(elf)).ehFrame;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    problems.push(error.message);
    return undefined;
  }
}

async function openAnySymbols(elf: ElfFile): Promise<SymbolTable | undefined> {
  return await openSymbols(elf, ".symtab") ?? await openSymbols(elf, ".dynsym");
}
