/**
 * Holding a section to every rule of the format.
 *
 * @module
 */
import { FormatError } from "../base/error.ts";
import {
  ATTRIBUTE_SIZE,
  FDE_SIZES,
  SFrameAbi,
  SFrameFlag,
} from "./constants.ts";
import { decodeSFrame } from "./decode.ts";
import type { SFrameFunction, SFrameSection } from "./decoded.ts";
import { functionsOffset, rowsOffset, skipZeros } from "./header.ts";
import { Findings, type SFrameFinding } from "./verify_findings.ts";
import { verifyFunction } from "./verify_function.ts";

/** What is looked for. */
export interface SFrameVerifyOptions {
  /**
   * Also what the Linux kernel's reader refuses: anything but V3, sorted and field-relative; functions without rows or
   * with the start of another; rows that start at a function's end, and more.
   */
  kernel?: boolean;
  /** Range of the code, `[start, end)`: functions must lie in it. */
  text?: readonly [start: number, end: number];
  /** Where the first section's header is in the bytes; default 0. */
  offset?: number;
  /** Whether starts are relative to their own fields, where the section does not say it right. */
  fieldRelative?: boolean;
}

/**
 * Checks the structure of a section, and of those behind it: header, table, order, bounds, every row and every word.
 * Whether the rules are true is not looked at.
 *
 * @param bytes Bytes of the section. All of them: what stands behind it is checked as well.
 * @param sectionAddress Address of `bytes[0]` in the file's own address space (`sh_addr`).
 * @returns What was found, in the order of the bytes; empty for a section that is right. Never throws for bad bytes.
 *
 * @example
 * ```ts
 * import {
 *   type SFrameFinding, type SFrameVerifyOptions, verifySFrame,
 * } from "@framewalk/framewalk/formats/sframe";
 * const bytes = new Uint8Array([
 *   0xe2, 0xde, 3, 5, 3, 0, 0xf8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0,
 *   0xe4, 0xef, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 4, 0, 0, 0, 0, 0, 0, 0,
 *   1, 0, 0, 0, 0, 0, 3, 8,
 * ]);
 * const options: SFrameVerifyOptions = { kernel: true };
 * if (verifySFrame(bytes, 0x2000, options).length > 0) throw new Error("found something");
 * bytes[46] = 0x10; // the function repeats, after no bytes at all
 * const findings: SFrameFinding[] = verifySFrame(bytes, 0x2000);
 * if (findings[0]?.rule !== "rep-size") throw new Error("found something else");
 * ```
 *
 * Source: The SFrame Format, versions 1 to 3; for `kernel`, kernel/unwind/sframe.c of the series for V3.
 */
export function verifySFrame(
  bytes: Uint8Array,
  sectionAddress: number,
  options: SFrameVerifyOptions = {},
): SFrameFinding[] {
  const findings = new Findings();
  let offset = options.offset ?? 0;
  for (let count = 0; count === 0 || offset < bytes.length; count++) {
    let section: SFrameSection;
    try {
      section = decodeSFrame(bytes, sectionAddress, { ...options, offset });
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      addHeaderError(findings, error, count);
      break;
    }
    if (count === 1) {
      findings.add(
        "warning",
        "concatenated",
        offset,
        "another section follows: most readers see the first one only",
      );
    }
    verifySection(section, sectionAddress, options, findings);
    offset = skipZeros(bytes, offset + section.size);
  }
  return findings.list;
}

function addHeaderError(
  findings: Findings,
  error: FormatError,
  count: number,
): void {
  const message = count === 0
    ? error.message
    : `neither zeros nor a section stand behind the section: ${error.message}`;
  findings.add(
    "error",
    count === 0 ? "header" : "trailing",
    error.offset,
    message,
  );
}

function verifySection(
  section: SFrameSection,
  sectionAddress: number,
  options: SFrameVerifyOptions,
  findings: Findings,
): void {
  verifyHeader(section, sectionAddress, findings);
  if (options.kernel === true) verifyForKernel(section, findings);
  for (const f of section.functions) {
    verifyFunction(section.header, f, options.kernel === true, findings);
  }
  verifyOrder(section, options, findings);
  verifyCoverage(section, findings);
}

function verifyHeader(
  { header, offset, functions, errors }: SFrameSection,
  sectionAddress: number,
  findings: Findings,
): void {
  const add = (
    severity: "error" | "warning",
    rule: string,
    at: number,
    message: string,
  ) => findings.add(severity, rule, offset + at, message);
  const isLittle = header.abi === SFrameAbi.AMD64_ENDIAN_LITTLE ||
    header.abi === SFrameAbi.AARCH64_ENDIAN_LITTLE;
  if (header.littleEndian !== isLittle) {
    add("error", "byte-order", 0, "the byte order is not that of the ABI");
  }
  const fixedRa = header.abi === SFrameAbi.AMD64_ENDIAN_LITTLE ? -8 : 0;
  if (header.fixedRaOffset !== fixedRa) {
    add(
      "error",
      "fixed-ra",
      6,
      `the fixed offset of RA is ${header.fixedRaOffset}, with this ABI it is ${fixedRa}`,
    );
  }
  if (header.fixedFpOffset !== 0) {
    add("warning", "fixed-fp", 5, "no ABI has a fixed offset of FP");
  }
  if (header.auxHeaderSize !== 0) {
    add("warning", "aux-header", 7, "no version has an auxiliary header");
  }
  if (
    header.version === 3 &&
    !hasFlag(header.flags, SFrameFlag.FDE_FUNC_START_PCREL)
  ) {
    add(
      "warning",
      "flags",
      3,
      "V3 without FDE_FUNC_START_PCREL: most readers refuse it",
    );
  }
  if (hasFlag(header.flags, SFrameFlag.FRAME_POINTER)) {
    add(
      "warning",
      "flags",
      3,
      "FRAME_POINTER was never used, and V3 has no such flag",
    );
  }
  if (sectionAddress % 8 !== 0) {
    add("warning", "alignment", 0, "the section's address is no multiple of 8");
  }
  const stated = functions.reduce((sum, { freCount }) => sum + freCount, 0);
  if (errors.length === 0 && stated !== header.freCount) {
    add(
      "error",
      "num-fres",
      12,
      `the header counts ${header.freCount} rows, the functions have ${stated}`,
    );
  }
  const gap = rowsOffset(header) - functionsOffset(header) -
    header.fdeCount * FDE_SIZES[header.version]!;
  if (gap > 0 || header.fdeOffset !== 0) {
    add(
      "warning",
      "gap",
      20,
      "the table of functions does not fill the room between header and rows",
    );
  }
}

function verifyForKernel(section: SFrameSection, findings: Findings): void {
  const { header, offset } = section;
  const refuse = (at: number, message: string) =>
    findings.add("kernel", "kernel-header", offset + at, message);
  const { FDE_SORTED, FDE_FUNC_START_PCREL } = SFrameFlag;
  if (header.version !== 3) refuse(2, "the kernel reads V3 only");
  if (!hasFlag(header.flags, FDE_SORTED)) {
    refuse(3, "the kernel needs sorted functions");
  }
  if (!hasFlag(header.flags, FDE_FUNC_START_PCREL)) {
    refuse(3, "the kernel needs starts relative to their fields");
  }
  if (header.auxHeaderSize !== 0) {
    refuse(7, "the kernel takes no auxiliary header");
  }
  if (header.fdeCount === 0) refuse(8, "the kernel needs a function");
  if (header.freCount === 0) refuse(12, "the kernel needs a row");
}

/** Order, overlaps and the range of the code. */
function verifyOrder(
  { header, functions }: SFrameSection,
  options: SFrameVerifyOptions,
  findings: Findings,
): void {
  const isSorted = hasFlag(header.flags, SFrameFlag.FDE_SORTED);
  const good = functions.filter(({ startAddress }) =>
    Number.isSafeInteger(startAddress)
  );
  const { text } = options;
  for (const f of good) {
    if (text === undefined) continue;
    if (f.startAddress < text[0] || f.startAddress + f.size > text[1]) {
      findings.addFor(
        f,
        "error",
        "text-range",
        "the function lies outside of the code",
      );
    }
  }
  for (let i = 1; isSorted && i < good.length; i++) {
    const f = good[i]!;
    const distance = f.startAddress - good[i - 1]!.startAddress;
    if (distance < 0) {
      findings.addFor(
        f,
        "error",
        "order",
        "the function starts before the one in front of it, but the section is marked as sorted",
      );
    } else if (distance === 0 && options.kernel === true) {
      findings.addFor(
        f,
        "kernel",
        "kernel-order",
        "the function starts where the one in front of it does",
      );
    }
  }
  // In a relocatable object all sections of code start at 0, so functions overlap there by nature.
  if (!isSorted) return;
  const byStart = [...good].sort((a, b) => a.startAddress - b.startAddress);
  let last: SFrameFunction | undefined;
  for (const f of byStart) {
    if (f.size === 0) continue;
    if (last !== undefined && f.startAddress < last.startAddress + last.size) {
      findings.addFor(
        f,
        "error",
        "overlap",
        `the function overlaps function ${last.index}`,
      );
    }
    last = f;
  }
}

/** Rows that belong to two functions, and bytes that belong to none. */
function verifyCoverage(
  { header, offset, functions, errors }: SFrameSection,
  findings: Findings,
): void {
  if (errors.length > 0) return; // where such a function's rows end is not known
  const order = [...functions].sort((a, b) => a.freOffset - b.freOffset);
  const rows = offset + rowsOffset(header);
  let end = 0;
  for (const f of order) {
    if (f.rows.length === 0 && header.version !== 3) continue;
    if (f.freOffset < end) {
      findings.addFor(
        f,
        "warning",
        "shared-rows",
        "the function shares bytes of its rows with another one",
      );
    } else if (f.freOffset > end) {
      findings.add(
        "warning",
        "unused-bytes",
        rows + end,
        `${f.freOffset - end} bytes of rows belong to no function`,
      );
    }
    end = Math.max(end, f.freOffset + sizeOfRows(header.version, f));
  }
  if (end < header.freSize) {
    findings.add(
      "warning",
      "unused-bytes",
      rows + end,
      `${header.freSize - end} bytes of rows belong to no function`,
    );
  }
}

function sizeOfRows(version: number, f: SFrameFunction): number {
  let size = version === 3 ? ATTRIBUTE_SIZE : 0;
  for (const { words, wordSize } of f.rows) {
    size += f.startSize + 1 + words.length * wordSize;
  }
  return size;
}

function hasFlag(flags: number, flag: number): boolean {
  return (flags & flag) !== 0;
}
