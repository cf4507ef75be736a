/**
 * Processes as of a moment: what is mapped where, who is called what.
 *
 * @module
 */
import { CodeMap, type Module } from "../walk/code_map.ts";

/**
 * Code of a process. Processes that were forked share theirs until one of them maps something.
 */
export class AddressSpace {
  /** Text ranges; owners are instances of the profile's modules. */
  readonly codeMap: CodeMap;
  /** Number under which addresses of this space are cached; another one after each change that makes them wrong. */
  id = 0;
  /** The cache's generation in which `id` was given. */
  epoch = -1;
  /** How often it changed: what was made for an earlier version is to be made anew. */
  version = 0;
  /** Processes that have it. */
  ownerCount = 1;

  /** A space with the text of `codeMap`. */
  constructor(codeMap: CodeMap) {
    this.codeMap = codeMap;
  }
}

/** A process. */
export interface Process {
  /** Process id. */
  readonly pid: number;
  /** What it has mapped. */
  space: AddressSpace;
  /** Index of the module of the code that it makes at run time, or -1. */
  jitModule: number;
}

/** Dead processes that are kept for samples that come late; the oldest goes first. */
const MAX_DEAD_COUNT = 256;

/** The processes and threads of a capture. */
export class ProcessTable {
  /** Names of threads, each once; entry 0 is the empty name. */
  readonly comms: string[];
  private readonly commIds: Map<string, number>;
  private readonly processes: Map<number, Process> = new Map();
  private readonly threadComms: Map<number, number> = new Map();
  private readonly dead: number[] = [];
  private readonly instances: Module[];

  /** Starts without processes. `comms` is filled with the names that come up. */
  constructor(instances: Module[], comms: string[]) {
    this.instances = instances;
    this.comms = comms;
    this.commIds = new Map(comms.map((comm, id) => [comm, id]));
  }

  /** The process `pid`, made if it was not known. */
  get(pid: number): Process {
    const known = this.processes.get(pid);
    if (known !== undefined) return known;
    const made = { pid, space: this.emptySpace(), jitModule: -1 };
    this.processes.set(pid, made);
    return made;
  }

  /** Name of thread `tid`, an index into `comms`: its own, or `:tid` where no record names it. */
  comm(tid: number): number {
    const known = this.threadComms.get(tid);
    if (known !== undefined) return known;
    const id = this.commId(tid === 0 ? "swapper" : `:${tid}`);
    this.threadComms.set(tid, id);
    return id;
  }

  /** Index of a name in `comms`. */
  commId(comm: string): number {
    let id = this.commIds.get(comm);
    if (id === undefined) {
      id = this.comms.push(comm) - 1;
      this.commIds.set(comm, id);
    }
    return id;
  }

  /** Thread `tid` is called `comm` from now on; a process that executes another program loses its mappings. */
  rename(pid: number, tid: number, comm: string, isExec: boolean): void {
    this.threadComms.set(tid, this.commId(comm));
    if (!isExec) return;
    const process = this.get(pid);
    process.space.ownerCount--;
    process.space = this.emptySpace();
  }

  /** Process `pid` with thread `tid` was forked from `parentTid` of `parentPid`: another process, or a thread of the same. */
  fork(
    pid: number,
    tid: number,
    parentPid: number,
    parentTid: number,
    copyMappings: boolean,
  ): void {
    if (this.threadComms.has(parentTid) || !this.threadComms.has(tid)) {
      this.threadComms.set(tid, this.comm(parentTid));
    }
    if (pid === parentPid) return;
    const before = this.processes.get(pid);
    if (!copyMappings) return;
    if (before !== undefined) before.space.ownerCount--;
    const parent = this.get(parentPid);
    const { space } = parent;
    space.ownerCount++;
    this.processes.set(pid, { pid, space, jitModule: parent.jitModule });
  }

  /** Thread `tid` has ended. What it was called stays known for a while: samples of its end may come yet. */
  exit(pid: number, tid: number): void {
    if (pid !== tid) return;
    this.dead.push(pid);
    if (this.dead.length <= MAX_DEAD_COUNT) return;
    const oldest = this.dead.shift()!;
    // The number may have been given to another process since.
    if (this.dead.includes(oldest)) return;
    const process = this.processes.get(oldest);
    if (process === undefined) return;
    process.space.ownerCount--;
    this.processes.delete(oldest);
  }

  /** The space of a process, its own, to be changed. */
  ownSpace(process: Process): AddressSpace {
    const { space } = process;
    if (space.ownerCount > 1) {
      space.ownerCount--;
      process.space = new AddressSpace(space.codeMap.clone());
    }
    return process.space;
  }

  private emptySpace(): AddressSpace {
    return new AddressSpace(new CodeMap(this.instances));
  }
}
