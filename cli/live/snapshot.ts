/**
 * What is copied of a process while it is stopped: registers and the used parts of the stacks. Everything else is
 * read when it runs again: files do not change, and code hardly ever.
 *
 * @module
 */
import type { ByteSource } from "../../formats/base/byte_source.ts";
import type { LiveSystem } from "./system.ts";

/** Where the address space of a process ends, more or less: files of memory have no size. */
const ADDRESS_SPACE_SIZE = 2 ** 56;

/** The memory of a process: what was copied, else what is there now. Offsets are addresses. */
export class LiveMemory implements ByteSource {
  /** Size in bytes: no process has more. */
  readonly size: number = ADDRESS_SPACE_SIZE;
  private readonly system: LiveSystem;
  private readonly pid: number;

  /** The memory of process `pid`. */
  constructor(system: LiveSystem, pid: number) {
    this.system = system;
    this.pid = pid;
  }

  /** Reads `length` bytes at the address `offset`; fewer where the process has no memory. */
  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, this.readInto(offset, bytes));
  }

  /** Fills `target` from the address `offset`. */
  readInto(offset: number, target: Uint8Array): number {
    if (!(offset >= 0)) return 0;
    return Math.max(0, this.system.readMemory(this.pid, offset, target));
  }
}
