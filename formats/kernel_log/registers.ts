/**
 * Registers as kernels print them: x86, arm, arm64, RISC-V, s390, PowerPC.
 *
 * @module
 */
import { parsePlace } from "./frame.ts";
import type { CodeLocation, KernelRegisters, KernelReport } from "./report.ts";

/** Lines that consist of names and values. */
const REGISTER_LINE =
  /^\s*(?:R[A-Z][A-Z]|R\d\d|E[A-Z][A-Z]|EFLAGS|ORIG_RAX|[CD]R\d|[CDEFGS]S|PKRU|x\d{1,2}|r\d{1,2}|[ast]\d{1,2}|[sgt]p|fp|ip|ra|lr|pc|epc|badaddr|status|pstate|psr|MSR|CFAR|CTR|NIP|PMR|pmr_save)\s*: *(?:\[<)?[0-9a-f]/;
const PAIR =
  /([A-Za-z][A-Za-z_0-9]{0,9}) ?: {1,3}(?:[0-9a-f]{4}:)?(?:\[<)?(?:0x)?([0-9a-f]{4,16})(?![0-9a-z])/g;
const ROW = /^\s*(?:[0-9a-f]{16} ){3}[0-9a-f]{16}\s*$/;

/** Reads a line with registers into the last set of `report`, or a new one. @returns Whether it is one. */
export function takeRegisterLine(report: KernelReport, text: string): boolean {
  if (takeLocationLine(report, text)) return true;
  const general = /^(?:Krnl|User) GPRS: (.*)$/.exec(text);
  if (general !== null) return takeRow(report, general[1]!);
  const power = /^GPR(\d\d): (.*)$/.exec(text);
  if (power !== null) {
    return takeNumbered(report, `GPR`, Number(power[1]), power[2]!);
  }
  const last = report.registers.at(-1);
  if (last !== undefined && ROW.test(text) && last.values.R0 !== undefined) {
    return takeRow(report, text);
  }
  if (!REGISTER_LINE.test(text)) return false;
  const { values } = lastSet(report);
  for (const [, name, value] of text.matchAll(PAIR)) values[name!] ??= value!;
  return true;
}

/** Lines that say where the code was. */
function takeLocationLine(report: KernelReport, text: string): boolean {
  const rip = /^[RE]?IP: (?:([0-9a-f]{4}):)?(.*)$/.exec(text) ??
    /^(RIP) {2}(\[<.*)$/.exec(text);
  if (rip !== null) {
    const [, segment, rest] = rip;
    const set = newSet(report, isUserSegment(segment) ? "user" : "kernel");
    set.location = locationOf(rest!);
    for (const [, name, value] of rest!.matchAll(PAIR)) {
      set.values[name!] = value!;
    }
    return true;
  }
  const psw = /^(Krnl|User) PSW : ([0-9a-f]{16}) ([0-9a-f]{16})(?: \((.*)\))?/
    .exec(text);
  if (psw !== null) {
    const set = newSet(report, psw[1] === "User" ? "user" : "kernel");
    set.values.PSWM = psw[2]!;
    set.values.PSWA = psw[3]!;
    set.location = locationOf(psw[4] ?? `0x${psw[3]}`);
    return true;
  }
  const named =
    /^\s*(pc|lr|epc|ra|PC is at|LR is at|NIP|LR)(?: : | \[([0-9a-f]+)\] | )(.*)$/
      .exec(text);
  if (named === null || /^(?:\[<)?[0-9a-f]{8,16}\b/.test(named[3]!)) {
    return false;
  }
  const place = locationOf(named[3]!);
  if (place === undefined) return false;
  if (named[2] !== undefined) place.address = `0x${named[2]}`;
  const isLink = /^(?:lr|ra|LR)/.test(named[1]!);
  const set = openSet(report, isLink);
  if (isLink) set.link ??= place;
  else set.location ??= place;
  return true;
}

function locationOf(text: string): CodeLocation | undefined {
  return parsePlace(text.trim())?.place;
}

function isUserSegment(segment: string | undefined): boolean {
  return segment === "0033" || segment === "002b" || segment === "0023";
}

/** The set to which a place belongs: the last one unless it has such a place already. */
function openSet(report: KernelReport, isLink: boolean): KernelRegisters {
  const last = report.registers.at(-1);
  const isFree = last !== undefined && last.mode === "kernel" &&
    (isLink ? last.link : last.location) === undefined;
  return isFree ? last : newSet(report, "kernel");
}

function lastSet(report: KernelReport): KernelRegisters {
  return report.registers.at(-1) ?? newSet(report, "kernel");
}

function newSet(
  report: KernelReport,
  mode: "kernel" | "user",
): KernelRegisters {
  const set: KernelRegisters = {
    mode,
    location: undefined,
    link: undefined,
    values: {},
  };
  report.registers.push(set);
  return set;
}

/** Four of s390's sixteen registers. */
function takeRow(report: KernelReport, text: string): boolean {
  const { values } = lastSet(report);
  let index = 0;
  while (values[`R${index}`] !== undefined) index++;
  return takeNumbered(report, "R", index, text);
}

function takeNumbered(
  report: KernelReport,
  name: string,
  first: number,
  text: string,
): boolean {
  const { values } = lastSet(report);
  text.trim().split(/\s+/).forEach((value, i) => {
    const number = name === "GPR"
      ? `${first + i}`.padStart(2, "0")
      : `${first + i}`;
    values[`${name}${number}`] ??= value;
  });
  return true;
}
