/**
 * Exception fixups of DSOs: a fault at a listed instruction goes on elsewhere, and no signal is sent.
 *
 * | call | does |
 * | --- | --- |
 * | `fixup_register(text_start, text_end, entries, count, flags)` | registers the list at `entries` for a text |
 * | `fixup_unregister(text_start)` | takes it back |
 * | `fixup_save(buffer, capacity)` | writes up to `capacity` records, returns how many lists there are |
 * | `fixup_restore(buffer, count)` | registers `count` records, all or none |
 *
 * The list is the caller's memory: the kernel keeps where it is and reads it when it is needed. It is checked whole when
 * it is registered; what it turned into since is noticed entry by entry at a lookup, and then there is no fixup, an error
 * report, and the list is not looked at again.
 *
 * Checks when registering, in this order: `flags` not 0, text empty or not in user space, `count` 0 or more than the text
 * has addresses, `entries` no multiple of 4: EINVAL; text not mapped to be executed: EFAULT; a list for part of the text:
 * EEXIST; too many lists: ENOMEM; entries unreadable: EFAULT; unsorted, or not in the text: EINVAL.
 *
 * A list goes when any of its text is unmapped. A forked process has copies of all; a new program has none.
 *
 * A record of `fixup_save` has 40 bytes: u64 text start, text end, entries; u32 count, flags; u64 0.
 *
 * Source: kernel_abi.md 3.3 to 3.5.
 *
 * @module
 */
import { readInt64, writeInt64 } from "../../formats/base/address.ts";
import { viewOf } from "../../formats/base/byte_source.ts";
import { indexAbove } from "./code_range.ts";
import { Errno } from "./errno.ts";
import {
  checkFixups,
  FIXUP_ALIGNMENT,
  type FixupList,
  type FixupProblem,
} from "./fixup_list.ts";
import type { Kernel } from "./kernel.ts";
import { Category, defineSites, type Site } from "./site.ts";
import type { AddressSpace, Thread } from "./state.ts";
import type { Subsystem } from "./subsystem.ts";
import { Protection, USER_END } from "./user_memory.ts";

/** Lists of one address space. */
const LIST_LIMIT = 65536;
/** Bytes of a saved record. */
export const FIXUP_RECORD_SIZE = 40;

const SITES = defineSites(Category.FIXUP, {
  flags: [1, Errno.EINVAL, "unknown flags %#jx"],
  text: [2, Errno.EINVAL, "text %#jx to %#jx is empty or not in user space"],
  count: [3, Errno.EINVAL, "%jd entries for %jd bytes of text"],
  alignment: [4, Errno.EINVAL, "list at %#jx is not aligned to %jd bytes"],
  notExecutable: [5, Errno.EFAULT, "text %#jx to %#jx is not executable"],
  overlap: [6, Errno.EEXIST, "text %#jx to %#jx has a list"],
  tooMany: [7, Errno.ENOMEM, "%jd lists are registered"],
  unreadable: [8, Errno.EFAULT, "list at %#jx of %jd entries cannot be read"],
  unsorted: [9, Errno.EINVAL, "entry %jd of the list at %#jx is out of order"],
  outside: [10, Errno.EINVAL, "entry %jd of the list at %#jx leaves the text"],
  notRegistered: [11, Errno.ENOENT, "no list for a text at %#jx"],
  buffer: [12, Errno.EFAULT, "records at %#jx cannot be accessed"],
  capacity: [13, Errno.EINVAL, "%jd records"],
  reserved: [14, Errno.EINVAL, "record %jd has reserved bits"],
});

/** fixup_register(text_start, text_end, entries, count, flags) */
function fixupRegister(
  kernel: Kernel,
  thread: Thread,
  args: readonly number[],
): number {
  const [start, end, entries, count, flags] = args as [
    number,
    number,
    number,
    number,
    number,
  ];
  const list = { start, end, entries, count, flags, isBad: false };
  const result = checkList(kernel, thread, list);
  if (result === 0) insert(kernel.spaceOf(thread).fixups, list);
  return result;
}

function checkList(kernel: Kernel, thread: Thread, list: FixupList): number {
  const { start, end, entries, count, flags } = list;
  const fail = (site: Site, p1?: number, p2?: number): number =>
    kernel.fail(thread, site, p1, p2);
  if (flags !== 0) return fail(SITES.flags, flags);
  if (!(start >= 0 && start < end && end <= USER_END)) {
    return fail(SITES.text, start, end);
  }
  // Every instruction is listed once, so the text limits the list.
  if (!(count > 0 && count <= end - start)) {
    return fail(SITES.count, count, end - start);
  }
  if (entries % FIXUP_ALIGNMENT !== 0) {
    return fail(SITES.alignment, entries, FIXUP_ALIGNMENT);
  }
  const { memory, fixups } = kernel.spaceOf(thread);
  if (!memory.isCovered(start, end, Protection.EXEC)) {
    return fail(SITES.notExecutable, start, end);
  }
  const below = fixups[indexAbove(fixups, end - 1) - 1];
  if (below !== undefined && below.end > start) {
    return fail(SITES.overlap, below.start, below.end);
  }
  if (fixups.length >= LIST_LIMIT) return fail(SITES.tooMany, fixups.length);
  const found = checkFixups(memory, list);
  if (found === undefined) return 0;
  const { problem, index } = found;
  if (problem === "unreadable") return fail(SITES.unreadable, entries, count);
  const site = problem === "unsorted" ? SITES.unsorted : SITES.outside;
  return fail(site, index, entries);
}

/** fixup_unregister(text_start) */
function fixupUnregister(
  kernel: Kernel,
  thread: Thread,
  [start]: readonly number[],
): number {
  const { fixups } = kernel.spaceOf(thread);
  const index = indexAbove(fixups, start!) - 1;
  if (fixups[index]?.start !== start) {
    return kernel.fail(thread, SITES.notRegistered, start);
  }
  fixups.splice(index, 1);
  return 0;
}

/** fixup_save(buffer, capacity) */
function fixupSave(
  kernel: Kernel,
  thread: Thread,
  [buffer, capacity]: readonly number[],
): number {
  if (capacity! < 0) return kernel.fail(thread, SITES.capacity, capacity);
  const { fixups, memory } = kernel.spaceOf(thread);
  const saved = fixups.slice(0, capacity);
  const bytes = new Uint8Array(saved.length * FIXUP_RECORD_SIZE);
  const view = viewOf(bytes);
  const { littleEndian } = kernel;
  saved.forEach(({ start, end, entries, count, flags }, i) => {
    const at = i * FIXUP_RECORD_SIZE;
    writeInt64(view, at, start, littleEndian);
    writeInt64(view, at + 8, end, littleEndian);
    writeInt64(view, at + 16, entries, littleEndian);
    view.setUint32(at + 24, count, littleEndian);
    view.setUint32(at + 28, flags, littleEndian);
  });
  return bytes.length === 0 || memory.copyOut(buffer!, bytes)
    ? fixups.length
    : kernel.fail(thread, SITES.buffer, buffer);
}

/** fixup_restore(buffer, count) */
function fixupRestore(
  kernel: Kernel,
  thread: Thread,
  [buffer, count]: readonly number[],
): number {
  if (!(count! >= 0 && count! <= LIST_LIMIT)) {
    return kernel.fail(thread, SITES.capacity, count);
  }
  const space = kernel.spaceOf(thread);
  const size = count! * FIXUP_RECORD_SIZE;
  const bytes = space.memory.copyIn(buffer!, size);
  if (bytes === undefined) return kernel.fail(thread, SITES.buffer, buffer);
  const view = viewOf(bytes);
  const before = [...space.fixups];
  for (let i = 0; i < count!; i++) {
    const list = readRecord(view, i * FIXUP_RECORD_SIZE, kernel.littleEndian);
    const result = list === undefined
      ? kernel.fail(thread, SITES.reserved, i)
      : checkList(kernel, thread, list);
    if (result !== 0) {
      space.fixups = before;
      return result;
    }
    insert(space.fixups, list!);
  }
  return 0;
}

function readRecord(
  view: DataView,
  at: number,
  littleEndian: boolean,
): FixupList | undefined {
  if (readInt64(view, at + 32, littleEndian) !== 0) return undefined;
  return {
    start: readInt64(view, at, littleEndian),
    end: readInt64(view, at + 8, littleEndian),
    entries: readInt64(view, at + 16, littleEndian),
    count: view.getUint32(at + 24, littleEndian),
    flags: view.getUint32(at + 28, littleEndian),
    isBad: false,
  };
}

function insert(fixups: FixupList[], list: FixupList): void {
  fixups.splice(indexAbove(fixups, list.start), 0, list);
}

/** The list for the text at `pc`. */
export function fixupListAt(
  { fixups }: AddressSpace,
  pc: number,
): FixupList | undefined {
  const list = fixups[indexAbove(fixups, pc) - 1];
  return list !== undefined && pc < list.end ? list : undefined;
}

/** A list is nonsense: says so, once. */
export function reportBadList(
  kernel: Kernel,
  thread: Thread,
  list: FixupList,
  problem: FixupProblem,
): void {
  list.isBad = true;
  const text = list.start.toString(16);
  kernel.report(
    "fixup",
    `bad fixup list of the text at 0x${text}`,
    `The list of ${list.count} entries at 0x${list.entries.toString(16)} is ` +
      `not what it was when it was registered: ${problem}`,
    thread,
  );
}

/** Fixups as a part of the kernel. */
export const FIXUPS: Subsystem = {
  calls: {
    fixup_register: fixupRegister,
    fixup_unregister: fixupUnregister,
    fixup_save: fixupSave,
    fixup_restore: fixupRestore,
  },
  spaceCopied(_kernel, space, copy): void {
    copy.fixups = space.fixups.map((list) => ({ ...list }));
  },
  unmapped(_kernel, space, start, end): void {
    if (space.fixups.length === 0) return;
    space.fixups = space.fixups.filter((list) =>
      list.end <= start || list.start >= end
    );
  },
  spaceGone(_kernel, space): void {
    space.fixups = [];
  },
};
