/**
 * Rows of procedure linkage tables, which linkers get wrong in SFrame.
 *
 * @module
 */
import {
  Lookup,
  type UnwindRow,
  type UnwindTable,
} from "../../formats/base/unwind_row.ts";
import type { CfiTable } from "../../formats/eh_frame/mod.ts";
import type { ElfSection } from "../../formats/elf/reader.ts";

interface Range {
  start: number;
  end: number;
}

/**
 * `.eh_frame` for linkage code only, to be asked before SFrame. ld 2.44 to 2.47 make the CFA of `.plt.got` 8 too high;
 * ld 2.40 gives `.plt.sec` the rows of the first PLT entry, and the rows of `.plt.sec` to the start of the section
 * behind it. `.eh_frame` is right in all of them.
 */
export class PltTable implements UnwindTable {
  /** The rows are `.eh_frame`'s. */
  readonly kind = "eh_frame";
  private readonly ranges: readonly Range[];
  private readonly table: CfiTable;

  /** Answers for those of `sections` that hold linkage code, and for what ld 2.40 mistakes for it. */
  constructor(sections: readonly ElfSection[], table: CfiTable) {
    const linkage = sections.filter(({ name }) =>
      name === ".plt" || name.startsWith(".plt.")
    );
    this.ranges = linkage.flatMap((section) => {
      const end = section.address + section.size;
      const range = { start: section.address, end };
      return section.name === ".plt.sec"
        ? [range, behind(sections, end, section.size)]
        : [range];
    });
    this.table = table;
  }

  /** As {@linkcode CfiTable.lookup}; `NO_ROW` elsewhere. */
  lookup(pc: number, row: UnwindRow): number {
    for (const { start, end } of this.ranges) {
      if (pc >= start && pc < end) return this.table.lookup(pc, row);
    }
    return Lookup.NO_ROW;
  }
}

/** The first `size` bytes of the section that starts at or behind `address`. */
function behind(
  sections: readonly ElfSection[],
  address: number,
  size: number,
): Range {
  const next = sections.reduce(
    (nearest, { address: start }) =>
      start >= address ? Math.min(nearest, start) : nearest,
    Infinity,
  );
  return { start: next, end: next + size };
}
