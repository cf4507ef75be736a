/**
 * What `framewalk rseq` says in words.
 *
 * @module
 */
import { formatAddress, formatHex } from "../formats/base/address.ts";
import {
  describeCpuId,
  describeRseqRule,
  readGlibcRseqSize,
} from "../formats/rseq/mod.ts";
import type {
  ElfCriticalSection,
  ElfPlace,
  ElfRseq,
  ElfRseqFinding,
  RseqActiveSection,
  RseqArea,
  RseqPlace,
  RseqProcess,
  RseqRuntime,
  RseqThread,
  Session,
} from "../kernel/rseq/mod.ts";
import { baseName, printable } from "./plain_text.ts";
import { countErrors } from "./rseq_json.ts";

/** A process and its threads. */
export function processText({ core }: Session, found: RseqProcess): string {
  const { process, machine } = core;
  const { runtime, kernel, featureSize } = found;
  const program = printable(process?.name ?? "a program");
  const pid = process === undefined ? "" : `, process ${process.pid}`;
  const announced = kernel.isAnnounced ? "" : " (nothing is announced)";
  const lines = [
    `${program}${pid}, ${machine}`,
    `C library: ${runtimeText(runtime)}`,
    `kernel: feature size ${kernel.featureSize}, alignment ${kernel.alignment}${announced}`,
  ];
  if (runtime.offset !== undefined) {
    lines.push(`shown: ${featureSize} bytes of each area`);
    for (const thread of found.threads) lines.push("", ...threadLines(thread));
  } else if (runtime.kind === "unknown") {
    lines.push("--sysroot and --exe say where files are, --offset where areas");
  }
  return `${lines.join("\n")}\n`;
}

/** The C library's share in it: where the area is, or why there is none. */
export function runtimeText(runtime: RseqRuntime): string {
  const { kind, offset, size, flags, path, reason } = runtime;
  if (offset === undefined) {
    return `${kind === "unknown" ? "not known" : "no areas"}: ${
      printable(reason)
    }`;
  }
  const where = `area at thread pointer ${signed(offset)}`;
  if (kind === "given") return `not asked, ${where} as given`;
  const { isRegistered, origin } = readGlibcRseqSize(size ?? 0);
  const state = isRegistered ? `${size} (${origin})` : `0 (${origin})`;
  return `${where}, __rseq_size ${state}, __rseq_flags ${flags ?? "?"}, by ${
    printable(path ?? "")
  }`;
}

function signed(offset: number): string {
  return offset < 0 ? `- ${-offset}` : `+ ${offset}`;
}

function threadLines(thread: RseqThread): string[] {
  const { tid, name } = thread;
  const label = name === undefined ? `${tid}` : `${tid} ${printable(name)}`;
  const [first, ...others] = rseqLines(thread);
  return [`thread ${label}: ${first}`, ...others];
}

/** A thread's area: where it is or why there is none, then a line a field. */
export function rseqLines(thread: RseqThread): string[] {
  const { areaAddress, area, section } = thread;
  const where = areaAddress === undefined
    ? ""
    : `area at ${formatAddress(areaAddress)}`;
  if (area === undefined) {
    const reason = printable(thread.reason);
    return [[where, reason].filter(Boolean).join(", ")];
  }
  const lines = [where, ...areaLines(area)];
  if (section !== undefined) lines.push(...activeLines(section));
  return lines;
}

function areaLines(area: RseqArea): string[] {
  const { cpuIdStart, cpuId, flags, nodeId, mmCid, sliceControl, tail } = area;
  const lines = [
    `  cpu_id_start  ${cpuIdStart}`,
    `  cpu_id        ${cpuId}${cpuId < 0 ? ` (${describeCpuId(cpuId)})` : ""}`,
    `  rseq_cs       0x${area.rseqCs.toString(16)}`,
    `  flags         0x${flags.toString(16)}`,
  ];
  if (nodeId !== undefined) lines.push(`  node_id       ${nodeId}`);
  if (mmCid !== undefined) lines.push(`  mm_cid        ${mmCid}`);
  if (sliceControl !== undefined) {
    const { request, granted } = sliceControl;
    lines.push(`  slice_ctrl    request ${request}, granted ${granted}`);
  }
  if (tail.length > 0) {
    const bytes = Array.from(tail, (byte) => formatHex(byte, 2)).join(" ");
    lines.push(`  behind these  ${bytes}`);
  }
  return lines;
}

const ACTION_TEXT = {
  keep: "the kernel leaves it alone",
  clear: "the kernel clears rseq_cs when it next looks",
  abort: "the kernel takes it to the abort handler when it goes on",
  kill: "the kernel kills it with SIGSEGV when it goes on",
} as const;

function activeLines(section: RseqActiveSection): string[] {
  const { descriptor, start, end, abort, pc, isInside, resolution } = section;
  if (
    descriptor === undefined || start === undefined || end === undefined ||
    abort === undefined || resolution === undefined
  ) return ["  section       its descriptor is not in the core"];
  const action = ACTION_TEXT[resolution.action];
  const because = resolution.rule === undefined
    ? ""
    : ` (${describeRseqRule(resolution.rule)})`;
  return [
    `  section       ${placeText(start)} to ${placeText(end)}`,
    `  abort         ${placeText(abort)}`,
    `  thread        ${placeText(pc)}, ${
      isInside ? "inside" : "outside"
    }: ${action}${because}`,
    ...section.problems.map(({ rule, strict, lenient }) =>
      `  wrong         ${describeRseqRule(rule)} (${whoMinds(strict, lenient)})`
    ),
  ];
}

function whoMinds(
  strict: "always" | "inside",
  lenient: "inside" | "never",
): string {
  const kernels = lenient === "never" ? "strict kernels kill" : "kernels kill";
  return strict === "always" && lenient === "never"
    ? kernels
    : `${kernels} inside it`;
}

function placeText(
  { address, module, symbol, symbolOffset }: RseqPlace,
): string {
  const where = symbol !== undefined
    ? ` ${printable(symbol)}${plus(symbolOffset)}`
    : module !== undefined
    ? ` in ${printable(baseName(module))}`
    : "";
  return `0x${address.toString(16)}${where}`;
}

function plus(offset: number): string {
  return offset === 0 ? "" : `+0x${offset.toString(16)}`;
}

/** A file's critical sections. */
export function fileText(
  file: string,
  found: ElfRseq,
  strict: boolean,
): string {
  const { sections, pointerCount, exitCount, strays, isLinked } = found;
  const place = isLinked ? elfPlaceText : objectPlaceText;
  const arrays = [
    pointerCount === undefined
      ? "no __rseq_cs_ptr_array"
      : `${pointerCount} in __rseq_cs_ptr_array`,
    exitCount === undefined
      ? "no exit points"
      : plural(exitCount, "exit point"),
  ];
  const count = plural(sections.length, "critical section");
  if (sections.length + strays.length === 0) {
    return `${printable(file)}: no critical sections\n`;
  }
  const lines = [`${printable(file)}: ${count}, ${arrays.join(", ")}`];
  for (const section of sections) lines.push(...sectionLines(section, place));
  for (const stray of strays) {
    const { array, index, finding } = stray;
    const where = place(stray.place);
    lines.push(`${array}[${index}] ${where}: ${findingText(finding)}`);
  }
  if (found.skippedRelocations > 0) {
    const skipped = plural(found.skippedRelocations, "relocation");
    lines.push(`${skipped} of these sections not applied`);
  }
  const errors = countErrors(found, strict);
  lines.push(errors === 0 ? "no errors" : plural(errors, "error"));
  return `${lines.join("\n")}\n`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

function sectionLines(
  section: ElfCriticalSection,
  place: (place: ElfPlace) => string,
): string[] {
  const { start, end, abort, signature, exits, findings } = section;
  const found = signature === undefined
    ? "no signature"
    : `signature 0x${formatHex(signature, 8)}`;
  return [
    `descriptor ${place(section.place)}`,
    `  section  ${place(start)} to ${place(end)}`,
    `  abort    ${place(abort)}, ${found}`,
    ...exits.map((exit) => `  exit     ${place(exit)}`),
    ...findings.map((finding) => `  wrong    ${findingText(finding)}`),
  ];
}

const SEVERITY_TEXT = {
  error: "",
  strict: " (for strict kernels)",
  advice: " (for debuggers)",
} as const;

function findingText({ severity, text }: ElfRseqFinding): string {
  return `${text}${SEVERITY_TEXT[severity]}`;
}

function elfPlaceText(place: ElfPlace): string {
  const { address, section, sectionOffset, symbol, symbolOffset } = place;
  const where = symbol !== undefined
    ? ` ${printable(symbol)}${plus(symbolOffset)}`
    : section !== undefined
    ? ` ${printable(section)}${plus(sectionOffset)}`
    : "";
  return `0x${address.toString(16)}${where}`;
}

/** Addresses mean nothing before linking. */
function objectPlaceText(place: ElfPlace): string {
  const { address, section, sectionOffset, symbol, symbolOffset } = place;
  const name = symbol === undefined
    ? ""
    : ` ${printable(symbol)}${plus(symbolOffset)}`;
  return section === undefined
    ? `0x${address.toString(16)}`
    : `${printable(section)}${plus(sectionOffset)}${name}`;
}
