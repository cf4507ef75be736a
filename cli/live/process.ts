/**
 * A live process as something that can be walked.
 *
 * @module
 */
import { parseMaps } from "../../formats/proc/mod.ts";
import {
  type CoreDump,
  liveProcess,
  type LiveThread,
  type MachineName,
} from "../../kernel/mod.ts";
import { InputError } from "../io.ts";
import { LiveMemory } from "./snapshot.ts";
import { StoppedThreads } from "./stop.ts";
import { type LiveSystem, NT_SET } from "./system.ts";

/** The largest register set of the machines known here has 272 bytes. */
const REGISTERS_CAPACITY = 1024;
const MACHINES: Readonly<Record<string, MachineName>> = {
  x86_64: "x86-64",
  aarch64: "aarch64",
  s390x: "s390x",
};

export function takeProcess(
  system: LiveSystem,
  pid: number,
  walk: (core: CoreDump) => Promise<void>,
): Promise<void> {
  const stopped = new StoppedThreads(system, pid);
  const machine = MACHINES[system.machine]!;
  const source = new LiveMemory(system, pid);
  return (async () => {
    try {
      stopped.stop();
      const threads: LiveThread[] = stopped.tids.map((tid) => {
        const buffer = new Uint8Array(REGISTERS_CAPACITY);
        const size = system.readRegisters(tid, NT_SET.PRSTATUS, buffer);
        if (size < 0) throw new InputError(`registers: ${size}`);
        return { tid, name: undefined, general: buffer.slice(0, size) };
      });
      const maps = system.readText(`/proc/${pid}/maps`);
      if (typeof maps === "string") throw new InputError(maps);
      const auxv = system.readBytes(`/proc/${pid}/auxv`);
      if (typeof auxv === "string") throw new InputError(auxv);
      await walk(liveProcess({
        machine,
        littleEndian: machine !== "s390x",
        process: { pid, parentPid: 0, name: "", args: "" },
        maps: parseMaps(maps.text),
        auxv,
        source,
        threads,
      }));
    } finally {
      stopped.release();
    }
  })();
}
