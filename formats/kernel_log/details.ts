/**
 * Lines by which the memory checkers tell what was done to which memory.
 *
 * @module
 */
import { accessOf } from "./headline.ts";
import type { KernelObject, KernelReport, MemoryRow } from "./report.ts";

function objectOf(report: KernelReport): KernelObject {
  return report.object ??= {
    name: undefined,
    address: undefined,
    cache: undefined,
    size: undefined,
    regionStart: undefined,
    regionEnd: undefined,
    regionSize: undefined,
    state: undefined,
    distance: undefined,
    relation: undefined,
    variable: undefined,
  };
}

/** Reads a line about an access or its memory. @returns Whether it is one. */
export function takeDetailLine(report: KernelReport, text: string): boolean {
  switch (report.kind) {
    case "kasan":
      return takeAccess(report, text) || takeObject(report, text) ||
        takeMemoryRow(report, text);
    case "kfence":
      return takeKfence(report, text);
    case "kcsan":
      return takeRace(report, text);
    case "kmsan":
      return takeKmsan(report, text);
    case "oops":
    case "panic":
      return takeFaultLine(report, text);
    default:
      return false;
  }
}

/** `Read of size N at addr HEX by task COMM/PID` and its variants. */
function takeAccess(report: KernelReport, text: string): boolean {
  const match =
    /^(Read|Write|Free)(?: of size (\d+)| of)?(?: at)?(?: addr ([0-9a-f]+))?(?: by task (.*)\/(\d+))?\s*$/
      .exec(text);
  if (match === null) return /^Pointer tag: |^Asynchronous fault:/.test(text);
  const access = accessOf(report);
  access.operation = match[1]!.toLowerCase() as "read" | "write" | "free";
  if (match[2] !== undefined) access.size = Number(match[2]);
  if (match[3] !== undefined) access.address = `0x${match[3]}`;
  if (match[5] !== undefined) {
    report.task = match[4];
    report.pid = Number(match[5]);
  }
  return true;
}

const RACE_ACCESS =
  /(read|write)(?: \(.*?\))? to (0x[0-9a-f]+) of (\d+) bytes by (?:task (\d+)|interrupt) on cpu (\d+)/;

/** `write to 0xHEX of 8 bytes by task PID on cpu N:`, twice: the first is the report's access. */
function takeRace(report: KernelReport, text: string): boolean {
  const match = RACE_ACCESS.exec(text);
  if (match === null) {
    return /^value changed: |^Reported by Kernel/.test(text);
  }
  if (report.access !== undefined) return true;
  report.access = {
    operation: match[1] as "read" | "write",
    size: Number(match[3]),
    address: match[2],
  };
  // The line with the name is the reporter's, who may be neither of the two.
  report.cpu = Number(match[5]);
  if (match[4] !== undefined) report.pid = Number(match[4]);
  return true;
}

function takeObject(report: KernelReport, text: string): boolean {
  const object = /^The buggy address belongs to the object at ([0-9a-f]+)/
    .exec(text);
  if (object !== null) {
    objectOf(report).address = `0x${object[1]}`;
    return true;
  }
  const cache = /^ ?which belongs to the cache (\S+) of size (\d+)/.exec(text);
  if (cache !== null) {
    const found = objectOf(report);
    found.cache = cache[1];
    found.size = Number(cache[2]);
    return true;
  }
  const distance =
    /^The buggy address is located (\d+) bytes (inside of|to the left of|to the right of)/
      .exec(text);
  if (distance !== null) {
    const found = objectOf(report);
    found.distance = Number(distance[1]);
    found.relation = distance[2];
    return true;
  }
  return takeRegion(report, text) || takeVariable(report, text) ||
    /^(?:The buggy address|and is located at offset|This frame has|page:|flags:|raw:|head:|page_type|page dumped because|set_shadow|which belongs to|\s*\[\d+, \d+\) '|Memory state around)/
      .test(text);
}

/** ` [allocated |freed ]N-byte region [HEX, HEX)`. */
function takeRegion(report: KernelReport, text: string): boolean {
  const region =
    /^ ?(?:(allocated|freed) )?(\d+)-byte region \[([0-9a-f]+), ([0-9a-f]+)\)/
      .exec(text);
  if (region === null) return false;
  const object = objectOf(report);
  object.state = region[1];
  object.regionSize = Number(region[2]);
  object.regionStart = `0x${region[3]}`;
  object.regionEnd = `0x${region[4]}`;
  return true;
}

/** The line behind `The buggy address belongs to the variable:`. */
function takeVariable(report: KernelReport, text: string): boolean {
  if (!report.lines.at(-1)?.endsWith("belongs to the variable:")) return false;
  objectOf(report).variable = /^\s*([\w.$]+)/.exec(text)?.[1];
  return true;
}

/** ` HEX: 00 00 ...` with 16 bytes; `>` marks the row of interest, and `^` in the next line its byte. */
function takeMemoryRow(report: KernelReport, text: string): boolean {
  const row =
    /^([> ])((?:0x)?[0-9a-f]{8,16}): ((?:[0-9a-f]{2} ?|\[[0-9a-f]{2}\] ?)+)\s*$/
      .exec(text);
  if (row !== null) {
    const values = row[3]!.match(/[0-9a-f]{2}/g)!;
    report.memory.push({
      address: `0x${row[2]!.replace(/^0x/, "")}`,
      values: values.map((value) => parseInt(value, 16)),
      markedIndex: -1,
    });
    return true;
  }
  const last = report.memory.at(-1);
  if (last === undefined || !/^ +\^\s*$/.test(text)) return false;
  const above = report.lines.at(-1)!;
  markByte(last, text.indexOf("^") - above.indexOf(":") - 2);
  return true;
}

/** Rows have three characters a byte behind the colon and a space. */
function markByte(row: MemoryRow, column: number): void {
  const index = Math.floor(column / 3);
  if (index >= 0 && index < row.values.length) row.markedIndex = index;
}

const KFENCE_ACCESS =
  /^(?:(Out-of-bounds|Use-after-free|Invalid) (read|write) at|(Corrupted) memory at|(Invalid) free of) 0x([0-9a-f]+)(.*?):?\s*$/;
const KFENCE_OBJECT =
  /^(kfence-#-?\d+)(?: \[|: )0x([0-9a-f]+)-0x([0-9a-f]+), size=(\d+), cache=([^\]\s]+)/;

function takeKfence(report: KernelReport, text: string): boolean {
  const match = KFENCE_ACCESS.exec(text);
  if (match !== null) {
    const access = accessOf(report);
    access.address = `0x${match[5]}`;
    if (match[2] !== undefined) access.operation = match[2] as "read" | "write";
    if (match[4] !== undefined) access.operation = "free";
    const near = /\((?:in|(\d+)B (left|right) of) (kfence-#-?\d+)\)/.exec(
      match[6]!,
    );
    if (near !== null) {
      const object = objectOf(report);
      object.name = near[3];
      if (near[1] !== undefined) {
        object.distance = Number(near[1]);
        object.relation = `to the ${near[2]} of`;
      }
    }
    const bytes = /\[ (.*?) ?\]/.exec(match[6]!)?.[1];
    if (bytes !== undefined) report.messages.push(`corrupted bytes: ${bytes}`);
    return true;
  }
  const found = KFENCE_OBJECT.exec(text);
  if (found === null) return false;
  const object = objectOf(report);
  object.name = found[1];
  object.address = object.regionStart = `0x${found[2]}`;
  // KFENCE prints the last byte, the other detectors the byte behind it.
  const end = BigInt(`0x${found[3]}`) + 1n;
  object.regionEnd = `0x${end.toString(16).padStart(found[3]!.length, "0")}`;
  object.size = object.regionSize = Number(found[4]);
  object.cache = found[5];
  return true;
}

function takeKmsan(report: KernelReport, text: string): boolean {
  const match = /^Memory access of size (\d+) starts at ([0-9a-f]+)/.exec(text);
  if (match === null) {
    return /^Bytes? [\d-]+ of \d+ |^Data copied to /.test(text);
  }
  const access = accessOf(report);
  access.size = Number(match[1]);
  access.address = `0x${match[2]}`;
  return true;
}

/** x86's words on a page fault, arm64's on an abort. */
function takeFaultLine(report: KernelReport, text: string): boolean {
  const match =
    /^#PF: (?:supervisor|user) (?:(read|write) access|instruction fetch) /.exec(
      text,
    );
  if (match !== null) {
    accessOf(report).operation = match[1] === undefined
      ? "execute"
      : match[1] as "read" | "write";
    return true;
  }
  const range = /^KASAN: (.*?) in range \[(0x[0-9a-f]+)-/.exec(text);
  if (range !== null) {
    report.type = range[1];
    accessOf(report).address = range[2];
    return true;
  }
  return /^(?:#PF: |PGD |IP: |Mem abort info|Data abort info|\s+(?:ESR|EC|SET|FSC|ISV|CM|GCS|EA) |user pgtable|swapper pgtable|\[[0-9a-f]+\] (?:pgd|\*pgd)|pgd = |Faulting instruction|BE |LE |REGS: |kasan: |Flags: |Control: |Stack: |Exception stack|[0-9a-f]{4}: |Failing address|Fault in |AS:|\s+R:0 )/
    .test(text);
}
