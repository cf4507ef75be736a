/**
 * Credentials in the thread area, for helper functions that tell the user ID without a call.
 *
 * Behind the fields of struct rseq, at the next multiple of 8, kernels of feature size 33 and more keep a word that only
 * the kernel and its helper functions understand. There are two ways to keep it, by the kernel's option `credentials`:
 *
 * | option | the word |
 * | --- | --- |
 * | `per-thread` | the thread's user ID plus 1 |
 * | `shared` | the address of a record that all threads of the process share: u32 user ID plus 1, in a read-only page |
 *
 * 0 stands for "ask the kernel" in both places. A caller of the helper function gets the same answer either way.
 *
 * @module
 */
import { writeInt64 } from "../../formats/base/address.ts";
import { viewOf } from "../../formats/base/byte_source.ts";
import type { Kernel } from "./kernel.ts";
import { hasSlices } from "./rseq_area.ts";
import { forceKill } from "./rseq_resume.ts";
import type { Thread } from "./state.ts";
import { PAGE_SIZE, Protection } from "./user_memory.ts";

const WORD_SIZE = 8;

/** Where the word is in an area; NaN if the kernel keeps none. */
export function credentialsOffset(kernel: Kernel): number {
  if (!hasSlices(kernel)) return NaN;
  return Math.ceil(kernel.settings.rseqFeatureSize / WORD_SIZE) * WORD_SIZE;
}

/** Bytes of a thread area as the kernel knows it. */
export function areaSize(kernel: Kernel): number {
  return hasSlices(kernel)
    ? credentialsOffset(kernel) + WORD_SIZE
    : kernel.settings.rseqFeatureSize;
}

/** Writes what has changed since the thread's credentials were last written. */
export function publishCredentials(kernel: Kernel, thread: Thread): void {
  const state = thread.rseq;
  if (!state.isThreadArea) return;
  const offset = credentialsOffset(kernel);
  if (!(offset + WORD_SIZE <= state.length)) return;
  const isShared = kernel.settings.credentials === "shared";
  if (isShared) shareUid(kernel, thread);
  const word = isShared
    ? kernel.processOf(thread).area.credentialsAddress
    : thread.uid + 1;
  if (word === state.publishedCredentials) return;
  const bytes = new Uint8Array(WORD_SIZE);
  writeInt64(viewOf(bytes), 0, word, kernel.littleEndian);
  const { memory } = kernel.spaceOf(thread);
  if (memory.copyOut(state.address + offset, bytes)) {
    state.publishedCredentials = word;
  } else {
    forceKill(kernel, thread, 0, "area cannot be written");
  }
}

/** Brings the process's record up to date; makes it if there is none, and room for it. */
function shareUid(kernel: Kernel, thread: Thread): void {
  const { area } = kernel.processOf(thread);
  if (area.publishedUid === thread.uid) return;
  const space = kernel.spaceOf(thread);
  const { memory } = space;
  if (area.credentialsAddress === 0) {
    const at = memory.findFree(PAGE_SIZE, 0);
    if (at !== at || !memory.hasRoom(PAGE_SIZE)) return;
    kernel.map(space, at, at + PAGE_SIZE, Protection.READ, {
      name: "[credentials]",
    });
    area.credentialsAddress = at;
  }
  const { credentialsAddress: at } = area;
  // the kernel writes where the program may not; if the program took the page away, its helpers ask by a call
  const record = memory.view(at, at + 4);
  if (record === undefined) return;
  viewOf(record).setUint32(0, thread.uid + 1, kernel.littleEndian);
  area.publishedUid = thread.uid;
}
