/**
 * Which system's programs the traced processes run: the numbers of system calls mean something else in a Linux program.
 *
 * @module
 */
import { KTR } from "./constants.ts";
import { decodePayload } from "./payload.ts";
import type { KtraceLayout } from "./header.ts";
import type { KtraceRecord } from "./stream.ts";

/** What of a process's flags names the system. */
const ABI_MASK = 0xff;
const ABI_FREEBSD = 9;
/** More processes than FreeBSD has numbers for at once; a trace that begins more is made up. */
const MAX_PROCESSES = 1 << 17;

/** Remembers the processes that run programs of another system, from the records that begin and end them. */
export class ForeignProcesses {
  /** Types of records that {@linkcode ForeignProcesses.add} looks at. */
  static readonly types: readonly number[] = [KTR.PROCCTOR, KTR.PROCDTOR];
  private readonly layout: KtraceLayout;
  private readonly pids: Set<number> = new Set();

  /** Knows none: a process counts as one of FreeBSD until its flags say otherwise. */
  constructor(layout: KtraceLayout) {
    this.layout = layout;
  }

  /**
   * Takes the next record of the trace, of any type.
   *
   * @throws {FormatError} `bad-value` for a beginning of another size
   */
  add({ type, pid, payload, offset }: KtraceRecord): void {
    if (type === KTR.PROCDTOR) this.pids.delete(pid);
    if (type !== KTR.PROCCTOR) return;
    const decoded = decodePayload(type, payload, this.layout, offset);
    if (decoded.kind !== "PROCCTOR") return;
    const abi = decoded.flags & ABI_MASK;
    if (abi === ABI_FREEBSD || abi === 0) this.pids.delete(pid);
    else if (this.pids.size < MAX_PROCESSES) this.pids.add(pid);
  }

  /** Whether process `pid` runs a program of another system. */
  has(pid: number): boolean {
    return this.pids.has(pid);
  }
}
