/**
 * Tables that a JIT compiler keeps in its own memory and changes while others walk.
 *
 * A table:
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 8 | `reserved_len`: bytes of room for entries |
 * | 8 | 8 | `used_len`: bytes of entries that are valid; written last (release), read first (acquire) |
 * | 16 | 8 | `next`: address of the table behind this one, or 0 |
 * | 24 | ... | entries |
 *
 * An entry, 24 bytes:
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 4 | `size`: bytes of code that it covers |
 * | 4 | 4 | `ip_off`: where they begin, from the start of the text |
 * | 8 | 4 | `cfa_off`: CFA minus SP or FP, signed |
 * | 12 | 4 | `ra_off`: where RA is saved, from the CFA, signed; 0 if it is in the link register |
 * | 16 | 4 | `fp_off`: where FP is saved, from the CFA, signed; 0 if it is unchanged |
 * | 20 | 1 | `info`: bit 0 the CFA is based on SP, else on FP; bit 1 there is no caller; no other bits |
 * | 21 | 3 | zero |
 *
 * Entries ascend, within a table and from table to table. A compiler adds an entry behind the others and then raises
 * `used_len`; it replaces tables by storing another address in `next`. Both are seen by the next lookup.
 *
 * Source: kernel_abi 4.2; the bits of `info` are not specified there.
 *
 * @module
 */
import { readAddress, readInt64 } from "../../formats/base/address.ts";
import { viewOf } from "../../formats/base/byte_source.ts";
import {
  Base,
  Lookup,
  RowFlag,
  type UnwindRow,
} from "../../formats/base/unwind_row.ts";
import type { UnwindTable } from "../mod.ts";
import type { CodeJit, CodeRange } from "./code_range.ts";
import { attach, checkRoom, textOf, type TextRange } from "./code_register.ts";
import type { CodeOwner } from "./code_tables.ts";
import { type Refusal, refuse, SITES } from "./codectl_sites.ts";
import type { JIT } from "./codectl_structs.ts";
import type { Kernel } from "./kernel.ts";
import type { AddressSpace } from "./state.ts";
import type { UserMemory } from "./user_memory.ts";

const HEAD_SIZE = 24;
const ENTRY_SIZE = 24;
/** Tables of a chain; one that is longer is taken for a loop. */
const MAX_TABLES = 1024;
const SP_BASED = 1;
const OUTERMOST = 2;

/** Registers the head of a chain. With strict validation the chain is followed to its end. */
export function registerJit(
  kernel: Kernel,
  space: AddressSpace,
  info: ReturnType<typeof JIT.decode>,
): Refusal | undefined {
  const { memory } = space;
  const { head } = info;
  const text = textOf(memory, info.textStart, info.textSize);
  if ("site" in text) return text;
  const bad = checkRoom(space);
  if (bad !== undefined) return bad;
  if (head === 0) return refuse(SITES.noHead);
  if (memory.copyIn(head, HEAD_SIZE) === undefined) {
    return refuse(SITES.head, head);
  }
  if (kernel.settings.codeValidation === "strict") {
    const chain = new Chain(memory, kernel.littleEndian, text);
    if (chain.find(head, text.end) === Lookup.BAD) {
      return refuse(SITES.chain, head);
    }
  }
  return attach(kernel, space, text, "jit", { head, bad: false });
}

/** A chain as a table that walks ask. */
export class JitTable implements UnwindTable {
  /** A table of its own kind. */
  readonly kind = "jit";
  private readonly owner: CodeOwner;
  private readonly range: CodeRange;
  private readonly jit: CodeJit;
  private readonly chain: Chain;

  /** Reads nothing yet. */
  constructor(owner: CodeOwner, range: CodeRange, jit: CodeJit) {
    this.owner = owner;
    this.range = range;
    this.jit = jit;
    const { kernel, space } = owner;
    this.chain = new Chain(space.memory, kernel.littleEndian, range);
  }

  /** Fills `row` with the rules at exactly `pc`. */
  lookup(pc: number, row: UnwindRow): number {
    const { jit, owner, range, chain } = this;
    if (jit.bad) return Lookup.NO_ROW;
    const status = chain.find(jit.head, pc);
    if (status === Lookup.FOUND && chain.fill(row)) return status;
    if (status === Lookup.NO_ROW) return status;
    jit.bad = true;
    owner.problems.push({
      range,
      kind: "JIT table",
      address: jit.head,
      end: jit.head + HEAD_SIZE,
      path: "",
      what: chain.problem,
    });
    return Lookup.BAD;
  }
}

/** The search through a chain. */
class Chain {
  /** What was wrong. */
  problem = "";
  private readonly memory: UserMemory;
  private readonly littleEndian: boolean;
  private readonly text: TextRange;
  /** The entry that was found. */
  private view: DataView = new DataView(new ArrayBuffer(ENTRY_SIZE));
  private at = 0;

  constructor(memory: UserMemory, littleEndian: boolean, text: TextRange) {
    this.memory = memory;
    this.littleEndian = littleEndian;
    this.text = text;
  }

  /** Looks for the entry that covers `pc`. */
  find(head: number, pc: number): number {
    const { memory, littleEndian } = this;
    let table = head;
    let end = 0;
    for (let i = 0; table !== 0; i++) {
      if (i === MAX_TABLES) return this.fail("the chain has no end");
      const bytes = memory.copyIn(table, HEAD_SIZE);
      if (bytes === undefined) return this.fail("a table cannot be read");
      const view = viewOf(bytes);
      const reserved = readInt64(view, 0, littleEndian);
      const used = readInt64(view, 8, littleEndian);
      if (!(used >= 0 && used <= reserved && used % ENTRY_SIZE === 0)) {
        return this.fail("used_len is bad");
      }
      if (used > 0) {
        const entries = memory.view(
          table + HEAD_SIZE,
          table + HEAD_SIZE + used,
        );
        if (entries === undefined) return this.fail("entries cannot be read");
        this.view = viewOf(entries);
        const count = used / ENTRY_SIZE;
        if (this.offset(0) < end) return this.fail("tables do not ascend");
        if (pc - this.text.start < this.offset(0)) return Lookup.NO_ROW;
        const status = this.search(count, pc - this.text.start);
        if (status !== Lookup.NO_ROW) return status;
        end = this.offset(count - 1) + this.size(count - 1);
      }
      table = readAddress(view, 16, littleEndian);
    }
    return Lookup.NO_ROW;
  }

  /** Turns the entry that was found into rules; false if it is not one. */
  fill(row: UnwindRow): boolean {
    const { view, at, littleEndian } = this;
    const info = view.getUint32(at + 20, littleEndian);
    const flags = littleEndian ? info & 0xff : info >>> 24;
    if ((flags & ~(SP_BASED | OUTERMOST)) !== 0) {
      this.problem = `info ${flags} is unknown`;
      return false;
    }
    const raOffset = view.getInt32(at + 12, littleEndian);
    const fpOffset = view.getInt32(at + 16, littleEndian);
    row.reset();
    row.cfaBase = (flags & SP_BASED) !== 0 ? Base.SP : Base.FP;
    row.cfaOffset = view.getInt32(at + 8, littleEndian);
    row.raBase = raOffset === 0 ? Base.SAME : Base.CFA;
    row.raOffset = raOffset;
    row.raDeref = raOffset !== 0;
    row.fpBase = fpOffset === 0 ? Base.SAME : Base.CFA;
    row.fpOffset = fpOffset;
    row.fpDeref = fpOffset !== 0;
    if ((flags & OUTERMOST) !== 0) row.flags = RowFlag.OUTERMOST;
    row.startPc = this.text.start + view.getUint32(at + 4, littleEndian);
    row.endPc = row.startPc + view.getUint32(at, littleEndian);
    return true;
  }

  /** Searches the present table, and holds it to its order on the way. */
  private search(count: number, pcOffset: number): number {
    let low = 0;
    let high = count - 1;
    let lowest = 0;
    let highest = Infinity;
    let found = -1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const offset = this.offset(middle);
      if (offset < lowest || offset > highest) {
        return this.fail(`entry ${middle} is not sorted`);
      }
      if (offset <= pcOffset) {
        lowest = offset;
        found = middle;
        low = middle + 1;
      } else {
        highest = offset;
        high = middle - 1;
      }
    }
    if (found < 0) return Lookup.NO_ROW;
    const end = this.offset(found) + this.size(found);
    if (end > this.text.end - this.text.start) {
      return this.fail(`entry ${found} reaches beyond the text`);
    }
    this.at = found * ENTRY_SIZE;
    return pcOffset < end ? Lookup.FOUND : Lookup.NO_ROW;
  }

  private offset(index: number): number {
    return this.view.getUint32(index * ENTRY_SIZE + 4, this.littleEndian);
  }

  private size(index: number): number {
    return this.view.getUint32(index * ENTRY_SIZE, this.littleEndian);
  }

  private fail(problem: string): number {
    this.problem = problem;
    return Lookup.BAD;
  }
}
