/**
 * The tables in which `framewalk lookup` looks: `.sframe` first, `.eh_frame` where that says nothing.
 *
 * @module
 */
import { formatAddress } from "../formats/base/address.ts";
import {
  type CfiMachine,
  Lookup,
  openEhFrame,
  UnwindRow,
  type UnwindTable,
} from "../formats/eh_frame/mod.ts";
import {
  type ElfFile,
  EM,
  openElf,
  openSymbols,
  type SymbolTable,
} from "../formats/elf/mod.ts";
import {
  decodeSFrame,
  openSFrameSections,
  SFrameAbi,
  type SFrameFunction,
  type SFrameHeader,
  specOfRow,
} from "../formats/sframe/mod.ts";
import { InputError, type Io } from "./io.ts";
import type { LookupOptions } from "./lookup_options.ts";
import {
  describeRules,
  describeUnwindRow,
  type RuleRecord,
  spRule,
  type ValueRecord,
} from "./rule_record.ts";
import {
  openInput,
  readSFrameInputs,
  type SFrameInput,
} from "./sframe_input.ts";
import { openNames } from "./sframe_names.ts";

/** What is known of one address; without a table the rules are null. */
export interface RowAnswer {
  /** The address. */
  address: string;
  /** Name of the function by the file's symbols. */
  name: string | null;
  /** Bytes from its start. */
  offset: number | null;
  /** `sframe-v1`, `sframe-v2`, `sframe-v3` or `eh_frame`. */
  table: string | null;
  /** First address of the row. */
  start: string | null;
  /** First address behind the row. */
  end: string | null;
  /** The CFA. */
  cfa: RuleRecord["cfa"];
  /** The caller's stack pointer. */
  sp: ValueRecord | null;
  /** The return address. */
  ra: RuleRecord["ra"] | null;
  /** The caller's frame pointer. */
  fp: RuleRecord["fp"] | null;
  /** Whether the return address carries a pointer authentication code. */
  raSigned: boolean;
  /** What else is to be known. */
  notes: string[];
  /** Why there is no row. */
  problem?: string;
}

/** A file that can be asked. */
export interface LookupFile {
  /** Address of a function. */
  findSymbol(name: string): number | undefined;
  /** The rows at an address: one, but in a relocatable object as many as sections have code there. */
  find(address: number, name: string | undefined): RowAnswer[];
}

const MACHINES: Record<number, [name: CfiMachine, abi: number]> = {
  [EM.X86_64]: ["x86-64", SFrameAbi.AMD64_ENDIAN_LITTLE],
  [EM.AARCH64]: ["aarch64", SFrameAbi.AARCH64_ENDIAN_LITTLE],
  [EM.S390]: ["s390x", SFrameAbi.S390X_ENDIAN_BIG],
};

/**
 * Opens the file that is to be asked.
 *
 * @throws {InputError} If it cannot be opened or has no table.
 * @throws {FormatError} If it is no ELF file, or its only table cannot be read.
 */
export async function openLookupFile(
  options: LookupOptions,
  io: Io,
): Promise<LookupFile> {
  const inputs: SFrameInput[] = [];
  let failure: Error | undefined;
  for await (const input of readSFrameInputs(options.file, io, options)) {
    if ("error" in input) failure ??= input.error;
    else inputs.push(input);
  }
  const [first] = inputs;
  if (first?.targets !== undefined) return await openObject(inputs);
  const tables: UnwindTable[] = [];
  for (const { bytes, address } of inputs) {
    const opened = openSFrameSections(bytes, address);
    tables.push(...opened.tables);
    failure ??= opened.error;
  }
  let elf = first?.elf;
  if (!options.raw && (elf !== undefined || options.file !== "-")) {
    elf ??= await openElf(await openInput(options.file, io));
    const cfi = await openCfi(elf);
    if (cfi !== undefined) tables.push(cfi);
  }
  if (tables.length === 0) {
    throw failure ?? new InputError(`${options.file}: no unwind table`);
  }
  return await openLinked(elf, tables, first?.bytes[4]);
}

async function openCfi(elf: ElfFile): Promise<UnwindTable | undefined> {
  const machine = MACHINES[elf.header.machine];
  const section = await elf.findSection(".eh_frame");
  if (machine === undefined || section === undefined) return undefined;
  const bytes = await elf.readSection(section);
  if (bytes.length === 0) return undefined;
  const header = await elf.findSection(".eh_frame_hdr");
  return openEhFrame(bytes, section.address, {
    littleEndian: elf.header.littleEndian,
    machine: machine[0],
    ...(header === undefined ? {} : {
      dataAddress: header.address,
      header: {
        bytes: await elf.readSection(header),
        address: header.address,
      },
    }),
  });
}

async function openLinked(
  elf: ElfFile | undefined,
  tables: readonly UnwindTable[],
  rawAbi: number | undefined,
): Promise<LookupFile> {
  const symbols: SymbolTable | undefined = elf === undefined
    ? undefined
    : await openSymbols(elf, ".symtab") ?? await openSymbols(elf, ".dynsym");
  const abi = (elf && MACHINES[elf.header.machine]?.[1]) ?? rawAbi ?? 0;
  const row = new UnwindRow();
  return {
    findSymbol: (name) => {
      const symbol = symbols?.findByName(name) ?? -1;
      return symbol < 0 ? undefined : symbols!.start(symbol);
    },
    find: (address) => {
      const answer = emptyAnswer(address);
      const symbol = symbols?.find(address) ?? -1;
      if (symbol >= 0) {
        answer.name = symbols!.name(symbol);
        answer.offset = address - symbols!.start(symbol);
      }
      for (const table of tables) {
        const found = table.lookup(address, row);
        if (found === Lookup.BAD) {
          answer.problem = `the bytes of ${table.kind} make no sense there`;
        }
        if (found !== Lookup.FOUND) continue;
        answer.table = table.kind;
        answer.start = formatAddress(row.startPc);
        answer.end = formatAddress(row.endPc);
        const { notes, ...rules } = describeUnwindRow(row, abi);
        fillRules(answer, rules, abi);
        answer.notes.push(...notes);
        break;
      }
      return [answer];
    },
  };
}

/** In an object all sections of code start at 0: each function that has the address is an answer. */
async function openObject(
  inputs: readonly SFrameInput[],
): Promise<LookupFile> {
  const known: { f: SFrameFunction; name: string | null; input: number }[] = [];
  const headers: SFrameHeader[] = [];
  for (const [i, input] of inputs.entries()) {
    const nameOf = await openNames(input);
    const section = decodeSFrame(input.bytes, input.address);
    headers.push(section.header);
    for (const f of section.functions) {
      const name = nameOf?.(f.offset, f.startAddress) ?? null;
      known.push({ f, name, input: i });
    }
  }
  return {
    findSymbol: (wanted) =>
      known.find(({ name }) => name === wanted)?.f.startAddress,
    find: (address, wanted) => {
      const answers: RowAnswer[] = [];
      for (const { f, name, input } of known) {
        const distance = address - f.startAddress;
        if (distance < 0 || distance >= f.size) continue;
        if (wanted !== undefined && name !== wanted) continue;
        const header = headers[input]!;
        const answer = emptyAnswer(address);
        answer.name = name;
        answer.offset = distance;
        const at = f.pcType === "mask" && f.repSize > 0
          ? distance % f.repSize
          : distance;
        const index = f.rows.findLastIndex((row) => row.startOffset <= at);
        const spec = index < 0
          ? undefined
          : specOfRow(header, f, f.rows[index]!);
        if (spec !== undefined) {
          const repetition = address - at;
          const end = f.rows[index + 1]?.startOffset ??
            (f.pcType === "mask" ? f.repSize : f.size);
          answer.table = `sframe-v${header.version}`;
          answer.start = formatAddress(repetition + spec.startOffset);
          answer.end = formatAddress(repetition + end);
          fillRules(answer, describeRules(spec, header.abi), header.abi);
        }
        answers.push(answer);
      }
      return answers.length > 0 ? answers : [emptyAnswer(address)];
    },
  };
}

function emptyAnswer(address: number): RowAnswer {
  return {
    address: formatAddress(address),
    name: null,
    offset: null,
    table: null,
    start: null,
    end: null,
    cfa: null,
    sp: null,
    ra: null,
    fp: null,
    raSigned: false,
    notes: [],
  };
}

function fillRules(answer: RowAnswer, rules: RuleRecord, abi: number): void {
  Object.assign(answer, rules);
  if (rules.cfa !== null) answer.sp = spRule(abi);
}
