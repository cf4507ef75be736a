/**
 * Checks of an SFrame section that is registered, in the order in which the kernel makes them.
 *
 * Source: kernel_abi 4.5.
 *
 * @module
 */
import {
  KernelSection,
  type KernelSectionProblem,
  readKernelHeader,
  SFrameAbi,
  type SFrameHeader,
} from "../../formats/sframe/mod.ts";
import type { Machine } from "../mod.ts";
import { type Refusal, refuse, SITES } from "./codectl_sites.ts";
import { Protection, type UserMemory } from "./user_memory.ts";

/** Bytes that the kernel copies to learn of a section. */
export const SECTION_HEADER_SIZE = 28;

const HEADER_SITES = {
  "unsupported": SITES.unsupported,
  "empty": SITES.empty,
  "no-room": SITES.noRoom,
  "bad-offsets": SITES.offsets,
} as const;

const SECTION_SITES: Readonly<
  Record<KernelSectionProblem["kind"], Refusal["site"]>
> = {
  "fde": SITES.function,
  "fde-order": SITES.functionOrder,
  "fre": SITES.row,
  "fre-order": SITES.rowOrder,
};

const ABIS: Readonly<Record<Machine["name"], number>> = {
  "x86-64": SFrameAbi.AMD64_ENDIAN_LITTLE,
  "aarch64": SFrameAbi.AARCH64_ENDIAN_LITTLE,
  "s390x": SFrameAbi.S390X_ENDIAN_BIG,
};

/** Whether `size` bytes from `start` on are a range at all: not empty, not beyond the end of addresses. */
export function isRange(start: number, size: number): boolean {
  return size > 0 && start + size > start;
}

/** The text must lie in one mapping that may be executed. */
export function checkText(
  memory: UserMemory,
  start: number,
  end: number,
): Refusal | undefined {
  const mapping = memory.mappingOf(start, end);
  // Bit operations are right here: the protection is three bits.
  return mapping === undefined || (mapping.protection & Protection.EXEC) === 0
    ? refuse(SITES.text, start, end)
    : undefined;
}

/** Reads the header out of the section's first bytes, `undefined` if they cannot be read. */
export function checkHeader(
  bytes: Uint8Array | undefined,
  address: number,
  size: number,
  machine: Machine,
): SFrameHeader | Refusal {
  if (bytes === undefined || bytes.length < SECTION_HEADER_SIZE) {
    return refuse(SITES.header, address);
  }
  const littleEndian = machine.name !== "s390x";
  const header = readKernelHeader(
    bytes,
    size,
    ABIS[machine.name],
    littleEndian,
  );
  if (typeof header !== "string") return header;
  const site = HEADER_SITES[header];
  return refuse(site, site === SITES.noRoom ? size : address);
}

/** Reads all of a section, as a kernel with strict validation does. */
export function checkRows(
  bytes: Uint8Array | undefined,
  header: SFrameHeader,
  address: number,
  size: number,
  text: { start: number; end: number },
): Refusal | undefined {
  if (bytes === undefined) return refuse(SITES.unreadable, address, size);
  const problem = new KernelSection(
    bytes,
    header,
    address,
    text.start,
    text.end,
  ).validate();
  if (problem === undefined) return undefined;
  const { kind, functionIndex, rowIndex } = problem;
  return refuse(SECTION_SITES[kind], functionIndex, Math.max(0, rowIndex));
}
