/**
 * An SFrame section, in user memory or in a file, as a table that walks ask.
 *
 * @module
 */
import { Lookup, type UnwindRow } from "../../formats/base/unwind_row.ts";
import {
  KernelSection,
  type KernelSectionProblem,
} from "../../formats/sframe/mod.ts";
import type { UnwindTable } from "../mod.ts";
import type { CodeRange, CodeSection } from "./code_range.ts";
import type { CodeOwner } from "./code_tables.ts";

/**
 * Reads the bytes where they are: a byte that user space changes is seen by the next lookup. A section that makes no
 * sense, or cannot be read, is marked, reported, and says nothing from then on.
 */
export class SectionTable implements UnwindTable {
  /** The only version that the kernel reads. */
  readonly kind = "sframe-v3";
  private readonly owner: CodeOwner;
  private readonly range: CodeRange;
  private readonly section: CodeSection;
  private reader: KernelSection | undefined = undefined;
  /** What `reader` was made from: a state of the mappings, or a file. */
  private source: unknown = undefined;

  /** Reads nothing yet. */
  constructor(owner: CodeOwner, range: CodeRange, section: CodeSection) {
    this.owner = owner;
    this.range = range;
    this.section = section;
  }

  /** Fills `row` with the rules at exactly `pc`. */
  lookup(pc: number, row: UnwindRow): number {
    if (this.section.bad) return Lookup.NO_ROW;
    const reader = this.read();
    if (reader === undefined) return this.spoil("it cannot be read");
    const status = reader.lookup(pc, row);
    return status === Lookup.BAD
      ? this.spoil(describeProblem(reader.problem))
      : status;
  }

  private read(): KernelSection | undefined {
    const { section, owner } = this;
    const { memory } = owner.space;
    const source = section.path === ""
      ? memory.generation
      : owner.kernel.files.get(section.path);
    if (this.source === source && this.reader !== undefined) return this.reader;
    this.source = source;
    const bytes = this.bytes();
    this.reader = bytes && new KernelSection(
      bytes,
      section.header,
      section.address,
      this.range.start,
      this.range.end,
      owner.anyReader,
    );
    owner.anyReader ??= this.reader;
    return this.reader;
  }

  /** The bytes themselves; a section that lies in several mappings is copied at each lookup. */
  private bytes(): Uint8Array | undefined {
    const { address, size, path, fileOffset } = this.section;
    const { kernel, space: { memory } } = this.owner;
    if (path !== "") {
      const bytes = kernel.files.get(path)?.bytes;
      return bytes !== undefined && fileOffset + size <= bytes.length
        ? bytes.subarray(fileOffset, fileOffset + size)
        : undefined;
    }
    const view = memory.view(address, address + size);
    if (view !== undefined) return view;
    this.source = undefined;
    return memory.copyIn(address, size);
  }

  private spoil(what: string): number {
    const { section, owner, range } = this;
    section.bad = true;
    const { address, size, path } = section;
    owner.problems.push({
      range,
      kind: "SFrame section",
      address,
      end: address + size,
      path,
      what,
    });
    return Lookup.BAD;
  }
}

function describeProblem(
  { kind, functionIndex, rowIndex }: KernelSectionProblem,
): string {
  const place = rowIndex < 0
    ? `FDE ${functionIndex}`
    : `FDE ${functionIndex} FRE ${rowIndex}`;
  const isOrder = kind === "fde-order" || kind === "fre-order";
  return `${place} ${isOrder ? "not sorted" : "is bad"}`;
}
