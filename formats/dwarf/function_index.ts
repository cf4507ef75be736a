/**
 * Which function of a unit, and which functions inlined into it, an address belongs to.
 *
 * @module
 */
import { type Abbreviation, Die, Slot } from "./abbreviations.ts";
import { TAG } from "./constants.ts";
import { RangeCollector } from "./range_lists.ts";
import { layOut, type RangeMap, RangeStore } from "./range_store.ts";
import type { Unit } from "./unit.ts";

/** Entries without these have no code of their own. */
const PC_MASK = 1 << Slot.LOW_PC | 1 << Slot.RANGES;
/** Inlined functions without these are of no use: who called them cannot be told. */
const CALL_MASK = 1 << Slot.CALL_FILE | 1 << Slot.CALL_LINE;
/** Ranges that any unit may have, however small. */
const FREE_RANGES = 1 << 16;
/** A list of ranges takes two bytes for each at least. */
const RANGES_PER_BYTE = 2;

/** An owner that is no function, and whose children are none either. */
const IGNORED = -2;
/** An owner that is the function itself. */
const SELF = -1;

/** The functions of a unit. */
export interface FunctionIndex {
  /** Functions by address. */
  readonly map: RangeMap;
  /** Offset of each function's entry in the unit. */
  readonly dieOffsets: readonly number[];
  /** First address that each function's entry names; NaN where it names none that can be. */
  readonly addresses: Float64Array;
}

/** The functions that were inlined into one function, in each other. */
export interface InlineIndex {
  /** The innermost inlined function by address. */
  readonly map: RangeMap;
  /** Offset of each one's entry in the unit. */
  readonly dieOffsets: readonly number[];
  /** Index of the one that each was inlined into, -1 for the function itself. */
  readonly parents: readonly number[];
  /** Index of the file that calls each. */
  readonly callFiles: readonly number[];
  /** Line that calls each. */
  readonly callLines: readonly number[];
  /** Column that calls each; 0 if unknown. */
  readonly callColumns: readonly number[];
}

/**
 * Finds the functions of a unit: one walk over all its entries.
 *
 * @throws {FormatError} If an entry makes no sense.
 */
export async function indexFunctions(unit: Unit): Promise<FunctionIndex> {
  const store = new RangeStore(await rangeLimit(unit));
  const collector = new RangeCollector(unit, await unit.addressTable(), store);
  const reader = await unit.reader();
  const dieOffsets: number[] = [];
  const order = new ClosingOrder();
  const die = new Die();
  while (reader.hasMore) {
    const abbreviation = reader.next();
    if (abbreviation === undefined) {
      if (order.close()) break;
      continue;
    }
    let owner = IGNORED;
    if (isFunction(abbreviation)) {
      reader.read(abbreviation, die);
      owner = dieOffsets.length;
      dieOffsets.push(reader.dieOffset);
      collector.add(owner, die);
    } else reader.skip(abbreviation);
    if (order.open(owner, abbreviation.hasChildren)) break;
  }
  order.closeAll();
  await collector.finish();
  const addresses = new Float64Array(dieOffsets.length).fill(NaN);
  for (let i = store.starts.length - 1; i >= 0; i--) {
    addresses[store.owners[i]!] = store.starts[i]!;
  }
  return { map: layOut(store, order.ranks), dieOffsets, addresses };
}

function isFunction({ tag, slotMask }: Abbreviation): boolean {
  return tag === TAG.SUBPROGRAM && (slotMask & PC_MASK) !== 0;
}

/**
 * Finds what was inlined into the function whose entry is at `dieOffset`.
 *
 * @throws {FormatError} If an entry makes no sense.
 */
export async function indexInlines(
  unit: Unit,
  dieOffset: number,
): Promise<InlineIndex> {
  const store = new RangeStore(await rangeLimit(unit));
  const collector = new RangeCollector(unit, await unit.addressTable(), store);
  const reader = await unit.reader(dieOffset);
  const calls = new InlinedCalls();
  const order = new ClosingOrder();
  const die = new Die();
  const self = reader.next();
  if (self !== undefined) {
    reader.skip(self);
    order.open(SELF, self.hasChildren);
  }
  while (order.isOpen && reader.hasMore) {
    const abbreviation = reader.next();
    if (abbreviation === undefined) {
      order.close();
      continue;
    }
    const outer = order.innermost;
    let owner = outer;
    if (abbreviation.tag === TAG.INLINED_SUBROUTINE && outer !== IGNORED) {
      reader.read(abbreviation, die);
      const isCall = (abbreviation.slotMask & CALL_MASK) === CALL_MASK;
      owner = isCall ? calls.add(reader.dieOffset, outer, die) : IGNORED;
      if (isCall) collector.add(owner, die);
    } else {
      reader.skip(abbreviation);
      // A function inside this one is one of its own.
      if (abbreviation.tag === TAG.SUBPROGRAM) owner = IGNORED;
    }
    order.open(owner, abbreviation.hasChildren, owner !== outer);
  }
  order.closeAll();
  await collector.finish();
  return { map: layOut(store, order.ranks), ...calls.columns };
}

/** Ranges that the functions of a unit may have together: as many as there is room for. */
async function rangeLimit({ file, header, skeleton }: Unit): Promise<number> {
  const section = header.version < 5 ? ".debug_ranges" : ".debug_rnglists";
  const lists = await (skeleton?.file ?? file).reader(section);
  return FREE_RANGES + (header.size + lists.size) / RANGES_PER_BYTE;
}

/** The columns of an {@linkcode InlineIndex}. */
class InlinedCalls {
  readonly columns = {
    dieOffsets: [] as number[],
    parents: [] as number[],
    callFiles: [] as number[],
    callLines: [] as number[],
    callColumns: [] as number[],
  };

  add(dieOffset: number, parent: number, die: Die): number {
    const { columns } = this;
    columns.parents.push(parent);
    columns.callFiles.push(die.get(Slot.CALL_FILE));
    columns.callLines.push(die.get(Slot.CALL_LINE));
    columns.callColumns.push(die.get(Slot.CALL_COLUMN));
    return columns.dieOffsets.push(dieOffset) - 1;
  }
}

/** The order in which entries end: of two with the same address the one that ends first is inside, or came first. */
class ClosingOrder {
  /** Rank of each owner. */
  readonly ranks: number[] = [];
  private readonly owners: number[] = [];
  private readonly counts: boolean[] = [];
  private nextRank = 0;

  /** Whether an entry is open. */
  get isOpen(): boolean {
    return this.owners.length > 0;
  }

  /** Owner of the innermost open entry. */
  get innermost(): number {
    return this.owners.at(-1) ?? IGNORED;
  }

  /** Begins an entry; without children it ends at once. `isNew` if the owner is its own. @returns Whether all has ended. */
  open(owner: number, hasChildren: boolean, isNew = true): boolean {
    if (hasChildren) {
      this.owners.push(owner);
      this.counts.push(isNew);
    } else if (isNew && owner >= 0) this.ranks[owner] = this.nextRank++;
    return !hasChildren && this.owners.length === 0;
  }

  /** Ends the innermost entry. @returns Whether all has ended. */
  close(): boolean {
    const owner = this.owners.pop() ?? IGNORED;
    if (this.counts.pop() === true && owner >= 0) {
      this.ranks[owner] = this.nextRank++;
    }
    return this.owners.length === 0;
  }

  /** Ends what is still open, as at the end of a damaged unit. */
  closeAll(): void {
    while (this.isOpen) this.close();
  }
}
