/**
 * From `.eh_frame` to SFrame.
 *
 * @module
 */
import type { CfiMachine, CfiTable, Fde } from "../../formats/eh_frame/mod.ts";
import {
  SFrameAbi,
  type SFrameFunctionSpec,
  type SFrameSpec,
} from "../../formats/sframe/mod.ts";
import {
  type Conversion,
  type ConvertOptions,
  type ConvertRules,
  type DroppedFunction,
  rulesOf,
} from "./options.ts";
import { PLT_ORDER, PltConverter, type PltSection } from "./plt.ts";
import { Translator } from "./translate.ts";

/** What there is to convert. */
export interface EhFrameInput {
  /** The table, opened from `.eh_frame`. */
  table: CfiTable;
  /** The machine that it was opened for. */
  machine: CfiMachine;
  /** Byte order of the file. */
  littleEndian: boolean;
  /** Address of the section to be made, in the file's own space. */
  sectionAddress: number;
  /** The linker's own sections `.plt`, `.plt.sec` and `.plt.got`, as far as there are such. */
  pltSections?: readonly PltSection[];
}

/** Most bytes of a function. */
const MAX_SIZE = 0xffff_ffff;

/** How far a start may be from the section in V1 and V2: 32 bits, less what the position in the section adds. */
const MAX_DISTANCE = 0x7000_0000;

/**
 * Makes an SFrame section of call frame information, with the rows that gas and ld would have written for it.
 *
 * Functions that SFrame cannot express are left out and listed. Work is proportional to the section's size.
 *
 * @example Converting a section without functions
 * ```ts
 * import { openEhFrame } from "@framewalk/framewalk/formats/eh_frame";
 * import { buildSFrame } from "@framewalk/framewalk/formats/sframe";
 * import { convertEhFrame } from "@framewalk/framewalk/kernel/convert";
 * const options = { littleEndian: true, machine: "x86-64" } as const;
 * const table = openEhFrame(new Uint8Array(4), 0x2000, options);
 * const { section, dropped } = convertEhFrame({ table, ...options, sectionAddress: 0x3000 });
 * console.log(buildSFrame(section).length, dropped.length); // 28 0
 * ```
 */
export function convertEhFrame(
  input: EhFrameInput,
  options: ConvertOptions = {},
): Conversion {
  const rules = rulesOf(options);
  const converter = new Converter(input, rules);
  for (const fde of input.table.functions()) converter.add(fde);
  return converter.finish();
}

class Converter {
  private readonly input: EhFrameInput;
  private readonly rules: ConvertRules;
  private readonly translator: Translator;
  private readonly plt: PltConverter;
  private readonly functions: SFrameFunctionSpec[] = [];
  private readonly pltFunctions: Map<string, SFrameFunctionSpec[]> = new Map();
  private readonly dropped: DroppedFunction[] = [];

  constructor(input: EhFrameInput, rules: ConvertRules) {
    const { table, machine, pltSections = [] } = input;
    this.input = input;
    this.rules = rules;
    this.translator = new Translator(table, machine, rules);
    this.plt = new PltConverter(table, machine, rules, pltSections);
  }

  add(fde: Fde): void {
    if (fde.endPc - fde.startPc > MAX_SIZE) {
      this.drop(fde, "it has 4 GiB or more");
      return;
    }
    const name = this.plt.nameOf(fde);
    if (name !== undefined) {
      const functions = this.plt.convert(fde, name);
      this.pltFunctions.set(name, functions);
      if (functions.length === 0) this.drop(fde, `V1 has no ${name}`);
      return;
    }
    const distance = fde.startPc - this.input.sectionAddress;
    const isFar = this.rules.version < 3 &&
      !(Math.abs(distance) <= MAX_DISTANCE);
    const problem = isFar
      ? "it is too far from the section"
      : this.translator.translate(fde);
    if (problem === undefined) this.functions.push(this.functionOf(fde));
    else this.drop(fde, problem);
  }

  finish(): Conversion {
    const { input, rules, functions } = this;
    for (const name of PLT_ORDER) {
      functions.push(...this.pltFunctions.get(name) ?? []);
    }
    const section: SFrameSpec = {
      version: rules.version,
      abi: abiOf(input.machine, input.littleEndian),
      sectionAddress: input.sectionAddress,
      // binutils 2.45 and later say so in every section, those before in none.
      pcrel: rules.gas === "2.47" && rules.version > 1 || rules.version === 3,
      functions,
    };
    return { section, dropped: this.dropped, errors: input.table.errors };
  }

  private functionOf(fde: Fde): SFrameFunctionSpec {
    const { rows, isFlex } = this.translator;
    const { cie } = fde;
    const f: SFrameFunctionSpec = {
      startAddress: fde.startPc,
      size: fde.endPc - fde.startPc,
      rows,
      flex: isFlex,
    };
    if (cie.usesBKey) f.pauthKey = "B";
    if (cie.isSignalFrame && this.rules.version === 3) f.signal = true;
    return f;
  }

  /** Notes a function without rows. V3 can at least say that it is a signal frame, which tells walkers what to do. */
  private drop(fde: Fde, reason: string): void {
    const size = fde.endPc - fde.startPc;
    const isListed = fde.cie.isSignalFrame && this.rules.version === 3 &&
      size <= MAX_SIZE;
    const startAddress = fde.startPc;
    this.dropped.push({ startAddress, size, reason, isListed });
    if (!isListed) return;
    const f: SFrameFunctionSpec = {
      startAddress,
      size,
      rows: [],
      signal: true,
    };
    if (fde.cie.usesBKey) f.pauthKey = "B";
    this.functions.push(f);
  }
}

/** The value of `SFrameAbi` for a machine and its byte order. */
export function abiOf(machine: CfiMachine, littleEndian: boolean): number {
  switch (machine) {
    case "x86-64":
      return SFrameAbi.AMD64_ENDIAN_LITTLE;
    case "s390x":
      return SFrameAbi.S390X_ENDIAN_BIG;
    case "aarch64":
      return littleEndian
        ? SFrameAbi.AARCH64_ENDIAN_LITTLE
        : SFrameAbi.AARCH64_ENDIAN_BIG;
  }
}
