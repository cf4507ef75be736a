/**
 * The rseq areas of a process's threads.
 *
 * @module
 */
import {
  readGlibcRseqSize,
  rseqLayout,
  rseqSignature,
} from "../../formats/rseq/mod.ts";
import { MACHINES, type Session } from "../mod.ts";
import { AreaReader } from "./area_reader.ts";
import type { RseqAreaOptions, RseqProcess } from "./found_areas.ts";
import { findRuntime, type RseqRuntime } from "./runtime.ts";

/**
 * Finds and decodes the rseq area of every thread of a process, and follows it to the critical section in force.
 *
 * An area is at the thread pointer plus `__rseq_offset`, which the GNU C library exports from 2.35 on.
 */
export async function findRseqAreas(
  session: Session,
  options: RseqAreaOptions = {},
): Promise<RseqProcess> {
  const { core } = session;
  const kernel = rseqLayout(core.auxv);
  const runtime = await pickRuntime(session, options);
  const signature = options.signature ??
    rseqSignature(MACHINES[core.machine].elfMachine, core.littleEndian);
  const featureSize = options.size ??
    (runtime.kind === "given" || runtime.kind === "kernel"
      ? kernel.featureSize
      : readGlibcRseqSize(runtime.size ?? 0).featureSize);
  const found: RseqProcess = {
    runtime,
    kernel,
    featureSize,
    signature,
    threads: [],
  };
  const reader = new AreaReader(session, found, options);
  for (let i = 0; i < core.threads.length; i++) {
    found.threads.push(await reader.readThread(i));
  }
  return found;
}

async function pickRuntime(
  session: Session,
  { offset, size, registrations }: RseqAreaOptions,
): Promise<RseqRuntime> {
  if (registrations !== undefined) {
    return {
      kind: "kernel",
      offset: undefined,
      size: undefined,
      flags: undefined,
      path: undefined,
      reason: "not asked: the kernel tells of each thread",
    };
  }
  if (offset === undefined) return await findRuntime(session);
  return {
    kind: "given",
    offset,
    size,
    flags: undefined,
    path: undefined,
    reason: "",
  };
}
