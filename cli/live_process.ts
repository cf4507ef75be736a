/**
 * A live process as something that can be walked.
 *
 * @module
 */
import { readInt64 } from "../formats/base/address.ts";
import { viewOf } from "../formats/base/byte_source.ts";
import { type MemoryMap, parseMaps } from "../formats/proc/mod.ts";
import {
  type CoreDump,
  liveProcess,
  type LiveThread,
  type MachineName,
  MACHINES,
} from "../kernel/reader.ts";
import { InputError } from "./io.ts";
import { LiveMemory } from "./live_memory.ts";
import { type Refusal, StoppedThreads } from "./live_stop.ts";
import { type LiveSystem, NT_SET } from "./live_system.ts";
import {
  describeForbidden,
  describeRefusal,
  type Target,
} from "./live_target.ts";

/** General registers of a 32-bit program on a machine of 64 bits are fewer. */
const LEAST_REGISTERS_SIZE = 200;
const NAMES: Readonly<Record<string, MachineName>> = {
  x86_64: "x86-64",
  aarch64: "aarch64",
  s390x: "s390x",
};

/** A process as it was while it was stopped. */
export interface Snapshot {
  /** In the shape of a core. */
  readonly core: CoreDump;
  /** Its memory. */
  readonly memory: LiveMemory;
  /** Its mappings, by address. */
  readonly maps: readonly MemoryMap[];
  /** By thread id `struct ptrace_rseq_configuration`, if that was asked for and the kernel tells it. */
  readonly rseq: Map<number, Uint8Array>;
  /** Threads that are missing. */
  readonly refusals: readonly Refusal[];
  /** Threads that will stop some time and are then to be let go: see `releaseStragglers`. */
  readonly stragglers: number[];
  /** How long it stood still, milliseconds. */
  readonly stoppedMs: number;
}

/**
 * Stops a process, copies registers and stacks, lets it go.
 *
 * @throws {InputError} If nothing of it can be had; the message says why.
 */
export function takeSnapshot(system: LiveSystem, target: Target): Snapshot {
  const stopped = new StoppedThreads(system, target.pid);
  let still: StillProcess;
  try {
    still = readStill(system, target, stopped);
    still.memory.copyStacks(still.core.threads.map(({ sp }) => sp));
    if (target.wantsRseq) keepRseq(system, still);
  } finally {
    stopped.release();
  }
  return finish(system, target, stopped, still);
}

/**
 * Stops a process for as long as `look` takes, which may read all memory as it stands; then lets it go.
 *
 * @throws {InputError} As {@linkcode takeSnapshot}, and what `look` throws.
 */
export async function lookWhileStopped(
  system: LiveSystem,
  target: Target,
  look: (still: StillProcess) => Promise<void>,
): Promise<Snapshot> {
  const stopped = new StoppedThreads(system, target.pid);
  let still: StillProcess;
  try {
    still = readStill(system, target, stopped);
    if (target.wantsRseq) keepRseq(system, still);
    still.memory.keepsReads = true;
    await look(still);
  } finally {
    stopped.release();
  }
  still.memory.keepsReads = false;
  return finish(system, target, stopped, still);
}

/** What can be done when the process runs again. */
function finish(
  system: LiveSystem,
  target: Target,
  { startTime, refusals, stragglers }: StoppedThreads,
  still: StillProcess,
): Snapshot {
  const stoppedMs = system.now() - startTime;
  for (const thread of still.core.threads) {
    const path = `/proc/${target.pid}/task/${thread.tid}/comm`;
    const file = system.readText(path);
    if (typeof file !== "string") thread.name = file.text.replace(/\n$/, "");
  }
  return { ...still, refusals, stragglers, stoppedMs };
}

/** What is read in any case while a process is stopped. */
export type StillProcess = Pick<Snapshot, "core" | "memory" | "maps" | "rseq">;

/** Stops the threads and reads what is needed in any case. */
function readStill(
  system: LiveSystem,
  target: Target,
  stopped: StoppedThreads,
): StillProcess {
  const machine = machineOf(system);
  const { pid, liveTid } = target;
  // All that does not change is read before the process stops.
  const auxv = readProc(system, target, "auxv");
  const args = readProc(system, target, "cmdline");
  const before = new MapsReader(system, target);
  const missing = stopped.stop(target.tid);
  if (stopped.tids.length === 0) {
    throw new InputError(describeNothing(system, target, stopped, missing));
  }
  const threads = stopped.tids.map((tid) => readThread(system, tid, machine))
    .filter((thread) => thread !== undefined);
  const maps = before.readAgain();
  const memory = new LiveMemory(system, liveTid, maps);
  const core = liveProcess({
    machine,
    littleEndian: machine !== "s390x",
    process: {
      pid,
      parentPid: 0,
      name: target.name,
      args: new TextDecoder().decode(args).replace(/\0+$/, "")
        .replaceAll("\0", " "),
    },
    maps,
    auxv,
    source: memory,
    threads,
  });
  return { core, memory, maps, rseq: new Map() };
}

/** Mappings, parsed before the process stops, and again then only if they have changed: a thousand threads have many. */
class MapsReader {
  private readonly system: LiveSystem;
  private readonly target: Target;
  private readonly text: string;
  private readonly maps: readonly MemoryMap[];

  constructor(system: LiveSystem, target: Target) {
    this.system = system;
    this.target = target;
    this.text = this.read();
    this.maps = parseMaps(this.text);
  }

  readAgain(): readonly MemoryMap[] {
    const text = this.read();
    return text === this.text ? this.maps : parseMaps(text);
  }

  private read(): string {
    return new TextDecoder().decode(readProc(this.system, this.target, "maps"));
  }
}

function machineOf(system: LiveSystem): MachineName {
  const name = NAMES[system.machine];
  if (name === undefined) {
    throw new InputError(
      `no registers of ${system.machine} are known here: ${
        Object.keys(MACHINES).join(", ")
      }`,
    );
  }
  return name;
}

function readProc(
  system: LiveSystem,
  target: Target,
  name: string,
): Uint8Array {
  const { pid, liveTid } = target;
  const bytes = system.readBytes(`/proc/${liveTid}/${name}`);
  if (typeof bytes !== "string") return bytes;
  if (/^n(ot found|o such process)$/.test(bytes)) {
    throw new InputError(`process ${pid} has ended`);
  }
  const why = bytes === "permission denied"
    ? describeForbidden(system, target)
    : bytes;
  throw new InputError(`process ${pid} (${target.name}): ${why}`);
}

function describeNothing(
  system: LiveSystem,
  target: Target,
  { refusals }: StoppedThreads,
  missing: string | undefined,
): string {
  const { pid } = target;
  const first = refusals[0];
  if (first === undefined) {
    return missing === undefined || missing === "not found"
      ? `process ${pid} has ended`
      : `process ${pid}: ${missing}`;
  }
  return `process ${pid} (${target.name}): ${
    describeRefusal(system, target, first)
  }`;
}

/** The registers of a stopped thread; `undefined` if it was killed in between. */
function readThread(
  system: LiveSystem,
  tid: number,
  machine: MachineName,
): LiveThread | undefined {
  const general = readSet(system, tid, NT_SET.PRSTATUS);
  if (general === undefined) return undefined;
  if (general.length < LEAST_REGISTERS_SIZE) {
    throw new InputError(
      `${tid} is a 32-bit program: only 64-bit ones are read`,
    );
  }
  const thread = { tid, name: undefined, general };
  if (machine === "aarch64") {
    return {
      ...thread,
      tls: readSet(system, tid, NT_SET.ARM_TLS),
      pacMask: readSet(system, tid, NT_SET.ARM_PAC_MASK),
    };
  }
  return machine === "s390x"
    ? { ...thread, floating: readSet(system, tid, NT_SET.PRFPREG) }
    : thread;
}

function readSet(
  system: LiveSystem,
  tid: number,
  set: number,
): Uint8Array | undefined {
  const bytes = system.readRegisters(tid, set);
  return typeof bytes === "number" ? undefined : bytes;
}

/** Enough of any area: what its fields need is at its start. */
const RSEQ_AREA_SIZE = 64;
const RSEQ_CS_POINTER_OFFSET = 8;
const RSEQ_CS_SIZE = 32;

/** Asks where each thread's area is, and keeps the area and the descriptor that it names as they are now. */
function keepRseq(
  system: LiveSystem,
  { core: { threads, littleEndian }, memory, rseq }: StillProcess,
): void {
  for (const { tid } of threads) {
    const bytes = system.readRseqConfiguration(tid);
    if (typeof bytes === "number") continue;
    rseq.set(tid, bytes);
    const address = readInt64(viewOf(bytes), 0, littleEndian);
    const area = memory.keep(address, RSEQ_AREA_SIZE);
    if (area.length < RSEQ_CS_POINTER_OFFSET + 8) continue;
    const section = readInt64(
      viewOf(area),
      RSEQ_CS_POINTER_OFFSET,
      littleEndian,
    );
    if (section !== 0) memory.keep(section, RSEQ_CS_SIZE);
  }
}
