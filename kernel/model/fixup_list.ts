/**
 * A DSO's list of exception fixups, as it lies in user memory.
 *
 * @module
 */
import { viewOf } from "../../formats/base/byte_source.ts";
import type { UserMemory } from "./user_memory.ts";

/** Bytes of an entry. */
export const FIXUP_ENTRY_SIZE = 8;
/** Alignment of the list. */
export const FIXUP_ALIGNMENT = 4;

/** A registered list. The entries themselves stay in the caller's memory. */
export interface FixupList {
  /** First address of the text. */
  start: number;
  /** Address behind it. */
  end: number;
  /** Address of the entries. */
  entries: number;
  /** How many. */
  count: number;
  /** 0: none are defined yet. */
  flags: number;
  /** Whether it turned out to be nonsense when it was needed; it is not looked at again. */
  isBad: boolean;
}

/** One entry, as addresses. */
export interface FixupEntry {
  /** The instruction that may fault. */
  instruction: number;
  /** Where to go on then. */
  target: number;
}

/**
 * Decodes entry `index` of the bytes of a list.
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 4 | the instruction, signed, from the address of this field |
 * | 4 | 4 | where to go on, signed, from the address of this field |
 *
 * Source: kernel_abi.md 3.4, 3.5.
 *
 * @param entries Address of the list.
 */
export function decodeFixup(
  view: DataView,
  index: number,
  entries: number,
  littleEndian: boolean,
): FixupEntry {
  const offset = index * FIXUP_ENTRY_SIZE;
  const at = entries + offset;
  return {
    instruction: at + view.getInt32(offset, littleEndian),
    target: at + 4 + view.getInt32(offset + 4, littleEndian),
  };
}

/** Bytes of a list at address `entries`, for programs of the model; the fixups must be sorted by instruction. */
export function encodeFixups(
  fixups: readonly FixupEntry[],
  entries: number,
  littleEndian: boolean,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(fixups.length * FIXUP_ENTRY_SIZE);
  const view = viewOf(bytes);
  fixups.forEach(({ instruction, target }, index) => {
    const offset = index * FIXUP_ENTRY_SIZE;
    view.setInt32(offset, instruction - entries - offset, littleEndian);
    view.setInt32(offset + 4, target - entries - offset - 4, littleEndian);
  });
  return bytes;
}

/** What a list is found to be. */
export type FixupProblem = "unsorted" | "outside-text" | "unreadable";

/** Whether both addresses of `entry` are in the text of `list`. */
function isInText({ start, end }: FixupList, entry: FixupEntry): boolean {
  const { instruction, target } = entry;
  return instruction >= start && instruction < end &&
    target >= start && target < end;
}

/** Checks a whole list: readable, sorted without doubles, in the text. The index is that of the entry at fault. */
export function checkFixups(
  memory: UserMemory,
  list: FixupList,
): { problem: FixupProblem; index: number } | undefined {
  const { entries, count } = list;
  const bytes = memory.copyIn(entries, count * FIXUP_ENTRY_SIZE);
  if (bytes === undefined) return { problem: "unreadable", index: 0 };
  const view = viewOf(bytes);
  let previous = -Infinity;
  for (let index = 0; index < count; index++) {
    const entry = decodeFixup(view, index, entries, memory.littleEndian);
    if (!isInText(list, entry)) return { problem: "outside-text", index };
    if (entry.instruction <= previous) return { problem: "unsorted", index };
    previous = entry.instruction;
  }
  return undefined;
}

/**
 * The fixup of exactly the instruction at `pc`: its target, `undefined` if there is none, or what is wrong with the list.
 * Looks at O(log count) entries; of those each is checked, and against those seen before.
 */
export function findFixup(
  memory: UserMemory,
  list: FixupList,
  pc: number,
): number | undefined | FixupProblem {
  let low = 0;
  let high = list.count;
  let lowest = -Infinity;
  let highest = Infinity;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const at = list.entries + middle * FIXUP_ENTRY_SIZE;
    const bytes = memory.copyIn(at, FIXUP_ENTRY_SIZE);
    if (bytes === undefined) return "unreadable";
    const entry = decodeFixup(viewOf(bytes), 0, at, memory.littleEndian);
    if (!isInText(list, entry)) return "outside-text";
    const { instruction } = entry;
    if (instruction <= lowest || instruction >= highest) return "unsorted";
    if (instruction === pc) return entry.target;
    if (instruction < pc) {
      low = middle + 1;
      lowest = instruction;
    } else {
      high = middle;
      highest = instruction;
    }
  }
  return undefined;
}
