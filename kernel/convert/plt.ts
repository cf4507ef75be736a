/**
 * Functions of a linker's own making: the procedure linkage tables.
 *
 * ld writes rows for them without looking at call frame instructions; here they come from the FDEs that the same linker
 * wrote into `.eh_frame`, as a table without an FDE has no rows either.
 *
 * @module
 */
import { FormatError } from "../../formats/base/error.ts";
import {
  CfaOpcode,
  type CfiMachine,
  type CfiTable,
  type Fde,
} from "../../formats/eh_frame/mod.ts";
import type {
  SFrameFunctionSpec,
  SFrameRowSpec,
} from "../../formats/sframe/mod.ts";
import type { ConvertRules } from "./options.ts";

/** A section of the linker's making, as the file's section table states it. */
export interface PltSection {
  /** `.plt`, `.plt.sec` or `.plt.got`. */
  name: string;
  /** Address of its first byte, in the file's own space. */
  address: number;
  /** Bytes. */
  size: number;
  /** Bytes of an entry, 0 if not stated. */
  entrySize: number;
}

/** The order in which ld writes their rows. */
export const PLT_ORDER: readonly string[] = [".plt", ".plt.sec", ".plt.got"];

/** x86-64: `DW_CFA_def_cfa_expression` of `.plt`: rsp + offset + ((rip & 15) >= threshold) * 8; -1 stands for the two. */
const EXPRESSION: readonly number[] = [
  ...[0x77, -1, 0x80, 0x00, 0x3f, 0x1a],
  ...[-1, 0x2a, 0x33, 0x24, 0x22],
];
/** Where the offset stands in the expression. */
const OFFSET_INDEX = 1;
/** Where the threshold stands, as `DW_OP_lit0` plus it. */
const THRESHOLD_INDEX = 6;
const LIT0 = 0x30;
/** The threshold with indirect branch tracking: the push comes two bytes earlier, and `.plt.got` has wide entries. */
const IBT_THRESHOLD = 9;

/** x86-64: bytes of an entry of `.plt`. */
const AMD64_ENTRY_SIZE = 16;
/** s390x: bytes of an entry of `.plt`. */
const S390X_ENTRY_SIZE = 32;

/** Makes the functions of procedure linkage tables of one file. */
export class PltConverter {
  private readonly table: CfiTable;
  private readonly machine: CfiMachine;
  private readonly rules: ConvertRules;
  private readonly sections: readonly PltSection[];
  private hasIbt = false;

  /** A converter for the FDEs of `table`. */
  constructor(
    table: CfiTable,
    machine: CfiMachine,
    rules: ConvertRules,
    sections: readonly PltSection[],
  ) {
    this.table = table;
    this.machine = machine;
    this.rules = rules;
    this.sections = sections.filter(({ name }) => PLT_ORDER.includes(name));
  }

  /** The name of the linkage table that `fde` describes, or `undefined` if it is a function like others. */
  nameOf(fde: Fde): string | undefined {
    const named = this.sections.find(({ address }) => address === fde.startPc);
    if (this.machine === "x86-64") {
      if (named !== undefined && named.name !== ".plt") {
        return this.isPlain(named) ? undefined : named.name;
      }
      return this.readThreshold(fde) !== undefined ? ".plt" : undefined;
    }
    return this.machine === "s390x" && named?.name === ".plt"
      ? ".plt"
      : undefined;
  }

  /** The functions of the linkage table `name` that `fde` describes; none where ld writes none. */
  convert(fde: Fde, name: string): SFrameFunctionSpec[] {
    if (this.machine === "s390x") {
      return this.entries(fde, S390X_ENTRY_SIZE, [160], [160]);
    }
    const first = this.readThreshold(fde);
    if (name === ".plt" && first !== undefined) {
      const { offset, threshold } = first;
      this.hasIbt = threshold === IBT_THRESHOLD;
      return this.entries(
        fde,
        AMD64_ENTRY_SIZE,
        [16, 24],
        [offset, offset + 8],
        threshold,
      );
    }
    // ld 2.40 has none for .plt.got.
    if (this.rules.version === 1 && name === ".plt.got") return [];
    const isWrong = name === ".plt.got" && this.rules.plt === "ld";
    return [{
      startAddress: fde.startPc,
      size: fde.endPc - fde.startPc,
      rows: [spRow(0, isWrong ? 16 : 8)],
      pcType: "mask",
      repSize: this.entrySize(name),
    }];
  }

  /** `.plt.got` of V1 has no form of its own, so a right one is a function like others. */
  private isPlain({ name }: PltSection): boolean {
    return name === ".plt.got" && this.rules.version === 1 &&
      this.rules.plt === "correct";
  }

  private entrySize(name: string): number {
    const stated = this.sections.find((s) => s.name === name)?.entrySize ?? 0;
    if (stated === 8 || stated === 16) return stated;
    return this.hasIbt ? 16 : 8;
  }

  /** Entry 0 pushes once more than the others; those repeat. */
  private entries(
    fde: Fde,
    entrySize: number,
    firstOffsets: readonly number[],
    otherOffsets: readonly number[],
    threshold = 0,
  ): SFrameFunctionSpec[] {
    const size = fde.endPc - fde.startPc;
    const startSize = size < 0x100 ? 1 : size < 0x1_0000 ? 2 : 4;
    const starts = [0, 6];
    const first: SFrameFunctionSpec = {
      startAddress: fde.startPc,
      size: Math.min(size, entrySize),
      rows: firstOffsets.map((offset, i) => spRow(starts[i]!, offset)),
      startSize,
    };
    if (this.rules.version === 2) first.repSize = entrySize;
    if (size <= entrySize) return [first];
    return [first, {
      startAddress: fde.startPc + entrySize,
      size: size - entrySize,
      rows: otherOffsets.map((offset, i) =>
        spRow(i === 0 ? 0 : threshold, offset)
      ),
      pcType: "mask",
      repSize: entrySize,
      startSize,
    }];
  }

  /** The two numbers of the expression of `.plt`, if `fde` has it. */
  private readThreshold(
    fde: Fde,
  ): { offset: number; threshold: number } | undefined {
    const { view } = this.table;
    if (!mayHaveExpression(view, fde)) return undefined;
    const instructions = this.table.instructions(fde);
    try {
      while (instructions.next()) {
        if (instructions.opcode !== CfaOpcode.DEF_CFA_EXPRESSION) continue;
        const at = instructions.expressionOffset;
        const matches = instructions.expressionSize === EXPRESSION.length &&
          EXPRESSION.every((byte, i) =>
            byte < 0 || view.getUint8(at + i) === byte
          );
        if (!matches) return undefined;
        const offset = view.getUint8(at + OFFSET_INDEX);
        const threshold = view.getUint8(at + THRESHOLD_INDEX) - LIT0;
        return offset < 0x40 && threshold > 0 && threshold < AMD64_ENTRY_SIZE
          ? { offset, threshold }
          : undefined;
      }
    } catch (error) {
      // The function is then dropped with the reason.
      if (!(error instanceof FormatError)) throw error;
    }
    return undefined;
  }
}

/** Whether a look at the instructions is worth while: real ones have 24 bytes with padding, functions often more. */
function mayHaveExpression(view: DataView, fde: Fde): boolean {
  const end = fde.instructionsEndOffset - EXPRESSION.length - 1;
  if (end - fde.instructionsOffset > 64) return false;
  for (let at = fde.instructionsOffset; at < end; at++) {
    if (
      view.getUint8(at) === CfaOpcode.DEF_CFA_EXPRESSION &&
      view.getUint8(at + 1) === EXPRESSION.length
    ) return true;
  }
  return false;
}

function spRow(startOffset: number, offset: number): SFrameRowSpec {
  return { startOffset, cfa: { base: "sp", offset } };
}
