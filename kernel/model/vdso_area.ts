/**
 * Functions of the vDSO over a thread's area.
 *
 * | function | yields | size needed |
 * | --- | --- | --- |
 * | `getcpu(area, size)` | the CPU | 8 |
 * | `getnode(area, size)` | the NUMA node | 24 |
 * | `getcid(area, size)` | the concurrency ID | 28 |
 * | `getuid(area, size)` | the user ID | that of the kernel's thread area |
 *
 * `size` is how much of the area is in use, as the C library tells it with the offset (`__rseq_size`). Each is there a
 * second time as `..._at(offset, size, thread_pointer)`, which takes the area to be at `thread_pointer + offset`.
 *
 * Errors: -EOPNOTSUPP, the area or the kernel is too small for that; -EFAULT, the area cannot be read (a function of a
 * real vDSO has fixups for that, or faults); -ENXIO, no area is registered there.
 *
 * @module
 */
import { RSEQ_FIELD_END, RSEQ_OFFSET } from "../../formats/rseq/mod.ts";
import { Errno } from "./errno.ts";
import {
  readU32,
  readWord,
  type VdsoFunction,
  type VdsoWorld,
} from "./vdso_world.ts";

/** Values of `cpu_id` from here on are no CPUs. */
const NO_CPU = 0x8000_0000;

/** A field that an area has only while it is registered. */
function fieldReader(offset: number, end: number): VdsoFunction {
  return (world, [area, size]) => {
    if (Math.min(size!, world.data.featureSize) < end) return -Errno.EOPNOTSUPP;
    return checkRegistered(world, area!) || readField(world, area! + offset);
  };
}

function checkRegistered(world: VdsoWorld, area: number): number {
  const cpu = readU32(world, area + RSEQ_OFFSET.CPU_ID);
  if (cpu !== cpu) return -Errno.EFAULT;
  return cpu < NO_CPU ? 0 : -Errno.ENXIO;
}

function readField(world: VdsoWorld, address: number): number {
  const value = readU32(world, address);
  return value === value ? value : -Errno.EFAULT;
}

function getuid(world: VdsoWorld, [area, size]: readonly number[]): number {
  const { credentialsOffset, credentials } = world.data;
  if (!(size! >= credentialsOffset + 8)) return -Errno.EOPNOTSUPP;
  const problem = checkRegistered(world, area!);
  if (problem !== 0) return problem;
  const word = readWord(world, area! + credentialsOffset);
  if (word !== word) return -Errno.EFAULT;
  const uidPlusOne = credentials === "shared" && word !== 0
    ? readU32(world, word)
    : word;
  // 0, or a record that is not there any more: the kernel knows
  return uidPlusOne > 0 ? uidPlusOne - 1 : world.systemCall("getuid");
}

/** The form that takes an offset and the thread pointer. */
function atOffset(direct: VdsoFunction): VdsoFunction {
  return (world, [offset, size, threadPointer]) =>
    direct(world, [threadPointer! + offset!, size!]);
}

const getcpu = fieldReader(RSEQ_OFFSET.CPU_ID, RSEQ_FIELD_END.CPU_ID);
const getnode = fieldReader(RSEQ_OFFSET.NODE_ID, RSEQ_FIELD_END.NODE_ID);
const getcid = fieldReader(RSEQ_OFFSET.MM_CID, RSEQ_FIELD_END.MM_CID);

/** The functions by name. */
export const AREA_FUNCTIONS: Readonly<Record<string, VdsoFunction>> = {
  getcpu,
  getnode,
  getcid,
  getuid,
  getcpu_at: atOffset(getcpu),
  getnode_at: atOffset(getnode),
  getcid_at: atOffset(getcid),
  getuid_at: atOffset(getuid),
};
