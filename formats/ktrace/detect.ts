/**
 * Telling whether bytes are a ktrace file, and which machine wrote it.
 *
 * @module
 */
import { viewOf } from "../base/byte_source.ts";
import { COMM_SIZE } from "./constants.ts";
import {
  decodeHeader,
  hasVersion,
  headerSize,
  type KtraceHeader,
  type KtraceLayout,
  PROBE_SIZE,
} from "./header.ts";

const LAYOUTS: readonly KtraceLayout[] = [
  { littleEndian: true, wordSize: 8 },
  { littleEndian: true, wordSize: 4 },
  { littleEndian: false, wordSize: 8 },
  { littleEndian: false, wordSize: 4 },
];

/** Beyond the types that are known, room for those to come. */
const MAX_TYPE = 63;
/** FreeBSD's process IDs end at 99999; its thread IDs, and those of other kernels, have seven digits. */
const MAX_PID = 1e7;
/** The year 2500. */
const MAX_SECONDS = 16.7e9;

/**
 * Finds the layout under which the bytes are a chain of records with sensible headers.
 *
 * @param head The first bytes of a file; 64 KiB are plenty.
 * @param isWhole Whether they are all of it: the last record need not end with them otherwise.
 * @returns `undefined` if there is none: no ktrace file, or a damaged first record.
 */
export function detectKtrace(
  head: Uint8Array,
  isWhole: boolean,
): KtraceLayout | undefined {
  let best: KtraceLayout | undefined;
  let bestCount = 0;
  for (const layout of LAYOUTS) {
    const count = countSensible(head, layout, isWhole);
    if (count > bestCount) {
      best = layout;
      bestCount = count;
    }
  }
  return best;
}

/**
 * How many records from the start on make sense. One alone counts only if it ends where the bytes do, or reaches beyond
 * them where there is more.
 */
function countSensible(
  head: Uint8Array,
  layout: KtraceLayout,
  isWhole: boolean,
): number {
  const view = viewOf(head);
  let count = 0;
  let offset = 0;
  while (offset + PROBE_SIZE <= head.length) {
    const size = headerSize(hasVersion(view, offset, layout), layout);
    if (offset + size > head.length) break;
    if (view.getInt32(offset, layout.littleEndian) < 0) break;
    const header = decodeHeader(head, offset, layout);
    if (!isSensible(header)) break;
    offset += size + header.payloadSize;
    count++;
  }
  const isEnough = offset === head.length ||
    (offset > head.length && !isWhole);
  return isEnough || count >= 2 ? count : 0;
}

function isSensible(header: KtraceHeader): boolean {
  const { isVersioned, version, type, pid, seconds, fraction, cpu } = header;
  const limit = isVersioned ? 1e9 : 1e6;
  return type >= 1 && type <= MAX_TYPE && pid >= 0 && pid <= MAX_PID &&
    seconds >= 0 && seconds < MAX_SECONDS && fraction >= 0 &&
    fraction < limit && (!isVersioned || (version === 1 && cpu >= 0)) &&
    isName(header.comm);
}

function isName(comm: Uint8Array): boolean {
  for (let i = 0; i < COMM_SIZE; i++) {
    if (comm[i] === 0) return true;
    if (comm[i]! < 0x20 || comm[i] === 0x7f) return false;
  }
  return false;
}
