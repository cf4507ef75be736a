/**
 * Stacks as the oracles list them: gdb (through `../programs/gdb_frames.py`), eu-stack, and the program itself.
 *
 * @module
 */

/** The stack of one thread, addresses as `0x…` without leading zeros, innermost first. */
export interface Listing {
  /** Thread id. */
  readonly tid: number;
  /** Program counters; return addresses above frame 0. */
  readonly frames: string[];
  /** A function name for each, where the tool knows one. */
  readonly names: (string | null)[];
  /** Why it went no further, in the tool's words. */
  readonly stop?: string;
}

/** One line that a fixture program printed: a function and where it returns to. */
export interface Printed {
  /** The function's name; "?" where there is none. */
  readonly name: string;
  /** Its return address. */
  readonly address: string;
}

/** gdb's frames: the lines that gdb_frames.py marks. */
export function parseGdb(text: string): Listing[] {
  return text.split("\n").filter((line) => line.startsWith("FRAMES "))
    .map((line) => JSON.parse(line.slice(7)));
}

/** eu-stack's frames: `TID n:` heads and `#n 0x… name` lines. */
export function parseEuStack(text: string): Listing[] {
  const threads: Listing[] = [];
  let last: Listing | undefined;
  for (const line of text.split("\n")) {
    const head = /^TID (\d+):/.exec(line);
    if (head) {
      last = { tid: Number(head[1]), frames: [], names: [] };
      threads.push(last);
      continue;
    }
    const frame = /^#\d+\s+0x0*([0-9a-f]+)\s*(?:- )?\s*(\S.*)?$/.exec(line);
    if (frame === null || last === undefined) continue;
    last.frames.push(`0x${frame[1]}`);
    last.names.push(frame[2] ?? null);
  }
  return threads;
}

/** What the program printed: for each thread its callers, innermost first. */
export function parsePrinted(text: string): Map<number, Printed[]> {
  const threads = new Map<number, Printed[]>();
  for (const line of text.split("\n")) {
    const [tid, name, address, more] = line.split(" ");
    if (!/^\d+$/.test(tid ?? "") || name === undefined) continue;
    if (address === undefined || more !== undefined) continue;
    const list = threads.get(Number(tid)) ?? [];
    list.push({ name, address });
    threads.set(Number(tid), list);
  }
  for (const list of threads.values()) list.reverse();
  return threads;
}

/** Whether two lists of addresses are the same. */
export function sameFrames(
  a: readonly string[],
  b: readonly string[],
): boolean {
  return a.length === b.length && a.every((frame, i) => frame === b[i]);
}

/** Addresses without the bits above the 48th, where AArch64 keeps signatures. */
export function maskFrames(frames: readonly string[]): string[] {
  return frames.map((frame) =>
    "0x" + (BigInt(frame) & 0xffffffffffffn).toString(16)
  );
}
