/**
 * What `framewalk rseq --json` writes. Addresses are strings, `0x` and hexadecimal digits.
 *
 * @module
 */
import { formatAddress, formatHex } from "../formats/base/address.ts";
import { describeCpuId, describeRseqRule } from "../formats/rseq/mod.ts";
import type {
  ElfCriticalSection,
  ElfPlace,
  ElfRseq,
  ElfRseqFinding,
  RseqActiveSection,
  RseqArea,
  RseqPlace,
  RseqProcess,
  RseqThread,
  Session,
} from "../kernel/rseq/mod.ts";

/** An object of the output. */
export type JsonRecord = Record<string, unknown>;

/** A process and its threads. */
export function processRecord(
  { core }: Session,
  found: RseqProcess,
): JsonRecord {
  const { runtime, kernel, featureSize, signature } = found;
  return {
    pid: core.process?.pid ?? null,
    program: core.process?.name ?? null,
    machine: core.machine,
    runtime: {
      kind: runtime.kind,
      module: runtime.path ?? null,
      offset: runtime.offset ?? null,
      size: runtime.size ?? null,
      flags: runtime.flags ?? null,
      reason: runtime.reason,
    },
    kernel: {
      featureSize: kernel.featureSize,
      alignment: kernel.alignment,
      announced: kernel.isAnnounced,
    },
    featureSize,
    signature: wordOf(signature),
    threads: found.threads.map(threadRecord),
  };
}

/** A thread and its area. */
export function threadRecord(thread: RseqThread): JsonRecord {
  const { threadPointer, areaAddress, area, section } = thread;
  return {
    tid: thread.tid,
    name: thread.name ?? null,
    threadPointer: threadPointer === undefined
      ? null
      : formatAddress(threadPointer),
    address: areaAddress === undefined ? null : formatAddress(areaAddress),
    area: area === undefined ? null : areaRecord(area),
    reason: thread.reason,
    section: section === undefined ? null : activeRecord(section),
  };
}

function areaRecord(area: RseqArea): JsonRecord {
  return {
    cpuIdStart: area.cpuIdStart,
    cpuId: area.cpuId,
    state: describeCpuId(area.cpuId),
    rseqCs: hex(area.rseqCs),
    flags: area.flags,
    nodeId: area.nodeId ?? null,
    mmCid: area.mmCid ?? null,
    slice: area.sliceControl ?? null,
    tail: Array.from(area.tail, (byte) => formatHex(byte, 2)).join(""),
  };
}

function activeRecord(section: RseqActiveSection): JsonRecord {
  const { descriptor, start, end, abort, resolution } = section;
  return {
    address: hex(section.address),
    version: descriptor?.version ?? null,
    flags: descriptor?.flags ?? null,
    size: descriptor === undefined ? null : hex(descriptor.postCommitOffset),
    start: start === undefined ? null : placeRecord(start),
    end: end === undefined ? null : placeRecord(end),
    abort: abort === undefined ? null : placeRecord(abort),
    pc: placeRecord(section.pc),
    inside: section.isInside,
    problems: section.problems.map(({ rule, strict, lenient }) => ({
      rule,
      text: describeRseqRule(rule),
      strict,
      lenient,
    })),
    action: resolution?.action ?? null,
    because: resolution?.rule ?? null,
  };
}

function placeRecord(place: RseqPlace): JsonRecord {
  return {
    address: hex(place.address),
    module: place.module ?? null,
    symbol: place.symbol ?? null,
    offset: place.symbol === undefined ? null : place.symbolOffset,
  };
}

/** A file's critical sections. */
export function fileRecord(found: ElfRseq): JsonRecord {
  return {
    signature: wordOf(found.signature),
    sections: found.sections.map(sectionRecord),
    pointers: found.pointerCount ?? null,
    exits: found.exitCount ?? null,
    strays: found.strays.map(({ array, index, place, finding }) => ({
      array,
      index,
      ...elfPlaceRecord(place),
      ...finding,
    })),
    skippedRelocations: found.skippedRelocations,
  };
}

function sectionRecord(section: ElfCriticalSection): JsonRecord {
  const { descriptor } = section;
  return {
    descriptor: elfPlaceRecord(section.place),
    version: descriptor.version,
    flags: descriptor.flags,
    size: hex(descriptor.postCommitOffset),
    start: elfPlaceRecord(section.start),
    end: elfPlaceRecord(section.end),
    abort: elfPlaceRecord(section.abort),
    signature: wordOf(section.signature),
    exits: section.exits.map(elfPlaceRecord),
    findings: section.findings,
  };
}

function elfPlaceRecord(place: ElfPlace): JsonRecord {
  return {
    address: hex(place.address),
    section: place.section ?? null,
    sectionOffset: place.section === undefined ? null : place.sectionOffset,
    symbol: place.symbol ?? null,
    offset: place.symbol === undefined ? null : place.symbolOffset,
  };
}

/** How many findings count as errors. */
export function countErrors(found: ElfRseq, strict: boolean): number {
  const counts = ({ severity }: ElfRseqFinding): boolean =>
    strict || severity === "error";
  return found.sections.flatMap(({ findings }) => findings).filter(counts)
    .length + found.strays.map(({ finding }) => finding).filter(counts).length;
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

function wordOf(value: number | undefined): string | null {
  return value === undefined ? null : `0x${formatHex(value, 8)}`;
}
