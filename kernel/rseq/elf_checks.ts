/**
 * Checks of a file's critical sections.
 *
 * @module
 */
import { EM } from "../../formats/elf/mod.ts";
import {
  checkCriticalSection,
  isInsideRseqCs,
  RSEQ_CS_SIZE,
  RSEQ_SECTION,
  type RseqCs,
  type RseqExitPoint,
} from "../../formats/rseq/mod.ts";
import { type ElfRseqFinding, finding } from "./elf_rules.ts";
import { placeOf } from "./elf_place.ts";
import type { ElfCriticalSection, ElfRseq } from "./elf_sections.ts";
import type { ElfImage } from "./image.ts";

/** Where user space ends is the process's affair: that addresses lie in code says more. */
const NO_END = 1n << 64n;
/** Bytes at whose multiples instructions are; 1 where not named. */
const CODE_ALIGNMENT: Record<number, bigint> = {
  [EM.AARCH64]: 4n,
  [EM.S390]: 2n,
  [EM.RISCV]: 2n,
  [EM.PPC64]: 4n,
  [EM.LOONGARCH]: 4n,
};

/** What is wrong with one descriptor. */
export function checkSection(
  image: ElfImage,
  address: number,
  descriptor: RseqCs,
  signature: number | undefined,
  usual: number | undefined,
): ElfRseqFinding[] {
  const { startIp, postCommitOffset, abortIp } = descriptor;
  const findings = checkCriticalSection(descriptor, {
    userEnd: NO_END,
    signature: usual,
    readSignature: () => signature,
  }).map(({ rule, value }) => finding(rule, detailOf(rule, value)));
  if (postCommitOffset === 0n) findings.push(finding("empty-section"));
  if (!isInOneSection(image, startIp, postCommitOffset)) {
    findings.push(finding("section-outside-code"));
  }
  if (!image.isCode(toNumber(abortIp))) {
    findings.push(finding("abort-outside-code"));
  }
  const alignment = CODE_ALIGNMENT[image.elf.header.machine] ?? 1n;
  for (const [name, ip] of [["start_ip", startIp], ["abort_ip", abortIp]]) {
    if (ip as bigint % alignment !== 0n) {
      findings.push(finding("misaligned-code", name as string));
    }
  }
  if (address % RSEQ_CS_SIZE !== 0) {
    findings.push(finding("misaligned-descriptor"));
  }
  return findings;
}

/** Holds `__rseq_cs_ptr_array` and the descriptors against each other. */
export function checkPointers(
  image: ElfImage,
  result: ElfRseq,
  pointers: readonly bigint[],
): void {
  const addresses = new Set(result.sections.map(({ place }) => place.address));
  const listed = new Set<bigint>();
  pointers.forEach((pointer, index) => {
    const rule = listed.has(pointer)
      ? "pointer-twice"
      : addresses.has(pointer)
      ? undefined
      : "pointer-to-no-descriptor";
    listed.add(pointer);
    if (rule === undefined) return;
    result.strays.push({
      array: RSEQ_SECTION.CS_PTR_ARRAY,
      index,
      place: placeOf(image, pointer),
      finding: finding(rule),
    });
  });
  for (const { place, findings } of result.sections) {
    if (!listed.has(place.address)) {
      findings.push(finding("not-in-pointer-array"));
    }
  }
}

/** Gives exit points to their sections, and checks them. */
export function checkExits(
  image: ElfImage,
  result: ElfRseq,
  exits: readonly RseqExitPoint[],
): void {
  const byStart = new Map<bigint, ElfCriticalSection>();
  for (const section of result.sections) {
    byStart.set(section.descriptor.startIp, section);
  }
  exits.forEach(({ startIp, exitIp }, index) => {
    const section = byStart.get(startIp);
    const place = placeOf(image, exitIp);
    const rule = section === undefined
      ? "exit-of-no-section"
      : isInsideRseqCs(section.descriptor, exitIp)
      ? "exit-inside-section"
      : image.isCode(toNumber(exitIp))
      ? undefined
      : "exit-outside-code";
    section?.exits.push(place);
    if (rule === undefined) return;
    result.strays.push({
      array: RSEQ_SECTION.EXIT_POINT_ARRAY,
      index,
      place: rule === "exit-of-no-section" ? placeOf(image, startIp) : place,
      finding: finding(rule),
    });
  });
}

function isInOneSection(
  image: ElfImage,
  startIp: bigint,
  size: bigint,
): boolean {
  const start = toNumber(startIp);
  const placed = image.isCode(start) ? image.sectionAt(start) : undefined;
  return placed !== undefined && size <= BigInt(placed.end - start);
}

function detailOf(rule: string, value: bigint | undefined): string {
  return rule === "abort-inside-section" || value === undefined
    ? ""
    : `0x${value.toString(16)}`;
}

/** An address as a Number; what is beyond exact ones is in no section. */
function toNumber(address: bigint): number {
  const signed = Number(BigInt.asIntN(64, address));
  return Number.isSafeInteger(signed) ? signed : NaN;
}
