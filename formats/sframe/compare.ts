/**
 * What differs between two sets of functions, by their rules: versions of the format, widths of words and orders of rows do
 * not count.
 *
 * @module
 */
import { ABI_REGISTERS, SFrameAbi } from "./constants.ts";
import type {
  SFrameFunctionSpec,
  SFrameRowSpec,
  SFrameValueRule,
} from "./spec.ts";

/** A function of one side. */
export interface NamedSFrameFunction {
  /** Its name, if there is one. */
  name?: string | undefined;
  /** The function. */
  spec: SFrameFunctionSpec;
}

/** A row that only one side has (`added`: the second, `lost`: the first), or that has other rules. */
export interface SFrameRowChange {
  /** What happened. */
  kind: "added" | "lost" | "changed";
  /** Where the row starts, bytes from the function's start. */
  startOffset: number;
  /** The row of the first side. */
  before?: SFrameRowSpec;
  /** The row of the second side. */
  after?: SFrameRowSpec;
}

/** A function that only one side has, or that differs. */
export interface SFrameFunctionChange {
  /** What happened. */
  kind: "added" | "lost" | "changed";
  /** The function's name. */
  name?: string | undefined;
  /** The function of the first side. */
  before?: SFrameFunctionSpec;
  /** The function of the second side. */
  after?: SFrameFunctionSpec;
  /** Rows that differ; empty for functions that only one side has, and where other things than rows differ. */
  rows: SFrameRowChange[];
}

/** The outcome of a comparison. */
export interface SFrameDifference {
  /** What differs: first what the first side has, in its order, then what was added. */
  changes: SFrameFunctionChange[];
  /** How many functions are equal. */
  equalCount: number;
}

/**
 * Compares two sets of functions.
 *
 * Functions are matched by name, those without one by address; or all by
 * address. Several of one name or address are matched in their order. Where functions start does not count if they have
 * the same name.
 *
 * @param abi A value of `SFrameAbi`: says what a missing rule means, and which registers are SP and FP.
 *
 * @example
 * ```ts
 * import {
 *   compareSFrame, type NamedSFrameFunction, SFrameAbi, type SFrameDifference,
 * } from "@framewalk/framewalk/formats/sframe";
 * const side = (offset: number): NamedSFrameFunction[] => [{
 *   name: "main",
 *   spec: { startAddress: 0, size: 4, rows: [{ startOffset: 0, cfa: { base: "sp", offset } }] },
 * }];
 * const found: SFrameDifference = compareSFrame(side(8), side(16), SFrameAbi.AMD64_ENDIAN_LITTLE);
 * if (found.changes[0]?.rows[0]?.kind !== "changed") throw new Error("equal");
 * ```
 */
export function compareSFrame(
  before: readonly NamedSFrameFunction[],
  after: readonly NamedSFrameFunction[],
  abi: number,
  by: "name" | "address" = "name",
): SFrameDifference {
  const keyOf = ({ name, spec }: NamedSFrameFunction): string | number =>
    by === "name" && name !== undefined ? name : spec.startAddress;
  const waiting = new Map<string | number, NamedSFrameFunction[]>();
  for (const f of [...after].reverse()) {
    const key = keyOf(f);
    const same = waiting.get(key);
    if (same === undefined) waiting.set(key, [f]);
    else same.push(f);
  }
  const result: SFrameDifference = { changes: [], equalCount: 0 };
  const matched = new Set<NamedSFrameFunction>();
  for (const f of before) {
    const other = waiting.get(keyOf(f))?.pop();
    if (other === undefined) {
      result.changes.push({
        kind: "lost",
        name: f.name,
        before: f.spec,
        rows: [],
      });
      continue;
    }
    matched.add(other);
    const rows = compareRows(f.spec.rows, other.spec.rows, abi);
    if (rows.length === 0 && hasSameTraits(f.spec, other.spec)) {
      result.equalCount++;
      continue;
    }
    const name = f.name ?? other.name;
    result.changes.push({
      kind: "changed",
      name,
      before: f.spec,
      after: other.spec,
      rows,
    });
  }
  for (const f of after) {
    if (matched.has(f)) continue;
    result.changes.push({
      kind: "added",
      name: f.name,
      after: f.spec,
      rows: [],
    });
  }
  return result;
}

function hasSameTraits(a: SFrameFunctionSpec, b: SFrameFunctionSpec): boolean {
  const isMask = a.pcType === "mask";
  return a.size === b.size && isMask === (b.pcType === "mask") &&
    (!isMask || (a.repSize ?? 0) === (b.repSize ?? 0)) &&
    (a.signal ?? false) === (b.signal ?? false) &&
    (a.pauthKey ?? "A") === (b.pauthKey ?? "A");
}

/** Walks both lists in the order of their starts. */
function compareRows(
  before: readonly SFrameRowSpec[],
  after: readonly SFrameRowSpec[],
  abi: number,
): SFrameRowChange[] {
  const changes: SFrameRowChange[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const a = before[i];
    const b = after[j];
    if (b === undefined || a !== undefined && a.startOffset < b.startOffset) {
      changes.push({ kind: "lost", startOffset: a!.startOffset, before: a! });
      i++;
    } else if (a === undefined || b.startOffset < a.startOffset) {
      changes.push({ kind: "added", startOffset: b.startOffset, after: b });
      j++;
    } else {
      if (!hasSameRules(a, b, abi)) {
        const { startOffset } = a;
        changes.push({ kind: "changed", startOffset, before: a, after: b });
      }
      i++;
      j++;
    }
  }
  return changes;
}

/** Tells whether two rows mean the same, wherever they start. */
export function hasSameRules(
  a: SFrameRowSpec,
  b: SFrameRowSpec,
  abi: number,
): boolean {
  if (a.ra === "undefined" || b.ra === "undefined") return a.ra === b.ra;
  const { sp, fp } = ABI_REGISTERS[abi] ?? { sp: -1, fp: -1 };
  const register = (base: "sp" | "fp" | number | undefined) =>
    base === "sp" ? sp : base === "fp" ? fp : base;
  return register(a.cfa?.base) === register(b.cfa?.base) &&
    a.cfa?.offset === b.cfa?.offset &&
    (a.cfa?.deref ?? false) === (b.cfa?.deref ?? false) &&
    isSameValue(raOf(a, abi), raOf(b, abi)) && isSameValue(a.fp, b.fp) &&
    (a.mangled ?? false) === (b.mangled ?? false);
}

const AMD64_RA: SFrameValueRule = { base: "cfa", offset: -8, deref: true };

function raOf({ ra }: SFrameRowSpec, abi: number): SFrameRowSpec["ra"] {
  return ra ?? (abi === SFrameAbi.AMD64_ENDIAN_LITTLE ? AMD64_RA : undefined);
}

function isSameValue(a: SFrameRowSpec["ra"], b: SFrameRowSpec["ra"]): boolean {
  if (typeof a !== "object" || typeof b !== "object") return a === b;
  return a.base === b.base && a.offset === b.offset && a.deref === b.deref;
}
