/**
 * A modelled kernel to bytes and back. What is restored behaves as what was saved would have.
 *
 * Readers of error reports are outside the kernel: whoever has one keeps its position and makes a new one with it.
 *
 * @module
 */
import { ErrorReports } from "../reports/mod.ts";
import { Kernel, type KernelGlobals } from "./kernel.ts";
import type { KernelSettings } from "./options.ts";
import { decodePlainData, encodePlainData } from "./plain_data.ts";
import type { AddressSpace, Process, Thread } from "./state.ts";
import { type Mapping, UserMemory } from "./user_memory.ts";

interface SavedSpace extends Omit<AddressSpace, "memory"> {
  mappings: Mapping[];
}

interface SavedKernel {
  settings: KernelSettings;
  globals: KernelGlobals;
  threads: Thread[];
  processes: Process[];
  spaces: SavedSpace[];
  files: [path: string, bytes: Uint8Array][];
  reports: Uint8Array;
}

/** Saves everything in `kernel` but what derives from the rest. */
export function saveKernel(kernel: Kernel): Uint8Array<ArrayBuffer> {
  const saved: SavedKernel = {
    settings: kernel.settings,
    globals: kernel.globals,
    threads: [...kernel.threads.values()],
    processes: [...kernel.processes.values()],
    spaces: [...kernel.spaces.values()].map(({ memory, ...space }) => ({
      ...space,
      mappings: memory.mappings,
    })),
    files: [...kernel.files].map(([path, { bytes }]) => [path, bytes]),
    reports: kernel.reports.save(),
  };
  return encodePlainData(saved);
}

/**
 * Makes a kernel of what {@linkcode saveKernel} saved.
 *
 * @throws {FormatError} If the bytes are no checkpoint, or were changed.
 */
export function restoreKernel(bytes: Uint8Array): Kernel {
  const saved = decodePlainData(bytes) as SavedKernel;
  const kernel = new Kernel(saved.settings);
  kernel.globals = saved.globals;
  kernel.reports = ErrorReports.restore(saved.reports);
  for (const [path, content] of saved.files) kernel.addFile(path, content);
  for (const process of saved.processes) {
    kernel.processes.set(process.pid, process);
  }
  for (const thread of saved.threads) kernel.threads.set(thread.tid, thread);
  for (const { mappings, ...space } of saved.spaces) {
    const memory = new UserMemory(
      kernel.littleEndian,
      kernel.settings.memoryLimit,
    );
    memory.adopt(mappings);
    kernel.spaces.set(space.id, { ...space, memory });
  }
  return kernel;
}
