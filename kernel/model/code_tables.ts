/**
 * The registered ranges of an address space as walks use them. All of this derives from the ranges: it is made when
 * something is walked first, and follows the ranges from then on.
 *
 * @module
 */
import type { UnwindTable } from "../../formats/base/unwind_row.ts";
import type { KernelSection } from "../../formats/sframe/mod.ts";
import {
  CodeMap,
  FrameBuffer,
  KERNEL_POLICY,
  Module,
  RuleCache,
  Walk,
} from "../mod.ts";
import { JitTable } from "./code_jit.ts";
import type { CodeFollower, CodeRange } from "./code_range.ts";
import { SectionTable } from "./code_sframe.ts";
import { RangeSidecar } from "./code_sidecar.ts";
import type { Kernel } from "./kernel.ts";
import type { AddressSpace } from "./state.ts";

/** A table that proved bad, to be reported. */
export interface CodeProblem {
  /** The text. */
  range: CodeRange;
  /** What it is. */
  kind: "SFrame section" | "sidecar" | "JIT table";
  /** Address of its first byte. */
  address: number;
  /** Address behind it. */
  end: number;
  /** Its file; empty if it is in memory. */
  path: string;
  /** What is wrong. */
  what: string;
}

/** What the tables of an address space need to know of it. */
export interface CodeOwner {
  /** The kernel. */
  readonly kernel: Kernel;
  /** The address space. */
  readonly space: AddressSpace;
  /** What went wrong since it was last taken, oldest first. */
  problems: CodeProblem[];
  /** A reader with which others share memory. */
  anyReader: KernelSection | undefined;
}

/** Ranges as modules of a code map. */
export class CodeTables implements CodeFollower, CodeOwner {
  /** The ranges, for walks. */
  readonly codeMap: CodeMap = new CodeMap();
  /** What went wrong since it was last taken, oldest first. */
  problems: CodeProblem[] = [];
  /** A reader with which others share memory. */
  anyReader: KernelSection | undefined = undefined;
  /** A walker that nobody uses at the moment. */
  idleWalk: Walk | undefined = undefined;
  /** Frames for walks that do not have to wait. */
  readonly frames: FrameBuffer = new FrameBuffer();
  /** The kernel. */
  readonly kernel: Kernel;
  /** The address space. */
  readonly space: AddressSpace;
  private readonly indexes: Map<CodeRange, number> = new Map();
  private readonly ranges: (CodeRange | undefined)[] = [];
  private readonly freeIndexes: number[] = [];

  /** Takes over what is registered. */
  constructor(kernel: Kernel, space: AddressSpace) {
    this.kernel = kernel;
    this.space = space;
    space.memory.codeHighMask = kernel.machine.codeHighMask;
    for (const range of space.code) this.add(range);
  }

  /** A range is registered. */
  add(range: CodeRange): void {
    const module = new Module("", range.start, range.end);
    const index = this.freeIndexes.pop() ?? this.codeMap.modules.length;
    this.codeMap.modules[index] = module;
    this.ranges[index] = range;
    this.indexes.set(range, index);
    this.codeMap.addText(range.start, range.end, index);
  }

  /** A range is no longer registered. */
  remove(range: CodeRange): void {
    const index = this.indexes.get(range)!;
    this.indexes.delete(range);
    this.ranges[index] = undefined;
    this.freeIndexes.push(index);
    this.codeMap.removeText(range.start, range.end);
  }

  /** Other aspects are registered for a range. */
  change(range: CodeRange): void {
    this.codeMap.modules[this.indexes.get(range)!]!.tables = undefined;
  }

  /** Gives a module its tables, in a fixed order: results do not depend on the order of registration. */
  open(index: number): void {
    const range = this.ranges[index]!;
    const { sframe, file, sidecar, jit } = range;
    const tables: UnwindTable[] = [];
    if (sframe !== null) tables.push(new SectionTable(this, range, sframe));
    if (file !== null) tables.push(new SectionTable(this, range, file));
    if (sidecar !== null) tables.push(new RangeSidecar(this, range, sidecar));
    if (jit !== null) tables.push(new JitTable(this, range, jit));
    this.codeMap.modules[index]!.tables = tables;
  }

  /** A walker; whoever takes it gives it back to `idleWalk`. */
  takeWalk(): Walk {
    const walk = this.idleWalk ?? this.makeWalk();
    this.idleWalk = undefined;
    return walk;
  }

  /** Binds a walker to the ranges. */
  private makeWalk(): Walk {
    const { machine, settings } = this.kernel;
    return new Walk(
      this.codeMap,
      this.space.memory,
      machine,
      new RuleCache(),
      { ...KERNEL_POLICY, maxFrames: settings.maxFrames },
    );
  }
}
