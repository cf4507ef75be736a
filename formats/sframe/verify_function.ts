/**
 * Rules for one function and for the order of its rows.
 *
 * @module
 */
import { FdeInfo, FdeType, SFrameAbi } from "./constants.ts";
import type { SFrameFunction } from "./decoded.ts";
import type { SFrameHeader } from "./header.ts";
import type { Findings } from "./verify_findings.ts";
import { findRowProblem, kernelRowProblem } from "./verify_row.ts";

/** Bits of the info byte that no version uses. */
const UNUSED_INFO = 0x40;

/** Checks a function's descriptor and rows. */
export function verifyFunction(
  header: SFrameHeader,
  f: SFrameFunction,
  kernel: boolean,
  findings: Findings,
): void {
  if (f.error !== undefined) {
    findings.addFor(f, "error", "function", f.error.message);
  }
  verifyInfo(header, f, findings);
  if (f.rows.length === 0 && f.error === undefined) {
    verifyEmpty(header, f, kernel, findings);
  }
  if (kernel && f.freCount > f.size) {
    const message = `${f.freCount} rows for ${f.size} bytes of code`;
    findings.addFor(f, "kernel", "kernel-rows", message);
  }
  verifyRows(header, f, kernel, findings);
}

function verifyInfo(
  { version, abi }: SFrameHeader,
  f: SFrameFunction,
  findings: Findings,
): void {
  const isAarch64 = abi === SFrameAbi.AARCH64_ENDIAN_LITTLE ||
    abi === SFrameAbi.AARCH64_ENDIAN_BIG;
  const unused = UNUSED_INFO | (version === 3 ? 0 : FdeInfo.SIGNAL);
  if ((f.info & unused) !== 0) {
    findings.addFor(
      f,
      "warning",
      "unused-bits",
      "the info byte has bits that mean nothing",
    );
  }
  if ((f.info & FdeInfo.PAUTH_KEY_B) !== 0 && !isAarch64) {
    findings.addFor(
      f,
      "warning",
      "unused-bits",
      "key B means something on AArch64 only",
    );
  }
  if (f.pcType === "mask" && f.repSize === 0 && version !== 1) {
    findings.addFor(
      f,
      "error",
      "rep-size",
      "the function repeats after 0 bytes",
    );
  }
  if (f.padding !== 0) {
    findings.addFor(
      f,
      "warning",
      "padding",
      "the descriptor's padding is not 0",
    );
  }
  const type = f.info2 & FdeType.MASK;
  if (type > FdeType.FLEX) {
    findings.addFor(
      f,
      "error",
      "fde-type",
      `function type ${type} is not defined`,
    );
  } else if (type === FdeType.FLEX && isAarch64) {
    findings.addFor(
      f,
      "warning",
      "fde-type",
      "no producer writes flexible functions for AArch64",
    );
  }
  if ((f.info2 & ~FdeType.MASK) !== 0) {
    findings.addFor(
      f,
      "warning",
      "unused-bits",
      "the second info byte has bits that mean nothing",
    );
  }
}

/** A function without rows: the specification's outermost frame, or a signal trampoline; V1 and V2 know neither. */
function verifyEmpty(
  { version }: SFrameHeader,
  f: SFrameFunction,
  kernel: boolean,
  findings: Findings,
): void {
  if (version !== 3 || f.type === "flex") {
    findings.addFor(f, "error", "no-rows", "the function has no rows");
  }
  if (kernel) {
    findings.addFor(f, "kernel", "kernel-rows", "the function has no rows");
  }
}

function verifyRows(
  header: SFrameHeader,
  f: SFrameFunction,
  kernel: boolean,
  findings: Findings,
): void {
  const limit = f.pcType === "mask" && f.repSize !== 0 ? f.repSize : f.size;
  let last = -1;
  f.rows.forEach((row, i) => {
    const { startOffset } = row;
    if (startOffset < last) {
      findings.addFor(
        f,
        "error",
        "row-order",
        `row ${i} starts before the one in front of it`,
        i,
      );
    } else if (startOffset === last) {
      // gas writes this where code is aligned by no bytes between two changes.
      findings.addFor(
        f,
        "warning",
        "row-order",
        `row ${i} starts where the one in front of it does`,
        i,
      );
      if (kernel) {
        findings.addFor(
          f,
          "kernel",
          "kernel-rows",
          `row ${i} starts where the one in front of it does`,
          i,
        );
      }
    }
    last = startOffset;
    if (i === 0 && startOffset > 0) {
      findings.addFor(
        f,
        "warning",
        "first-row",
        `the first ${startOffset} bytes of the function have no row`,
        i,
      );
    }
    if (startOffset > limit) {
      findings.addFor(
        f,
        "error",
        "row-start",
        `row ${i} starts at ${startOffset}, behind the ${limit} bytes of the function`,
        i,
      );
    } else if (kernel && startOffset === limit) {
      findings.addFor(
        f,
        "kernel",
        "kernel-rows",
        `row ${i} starts at the function's end`,
        i,
      );
    }
    const problem = findRowProblem(header, f, row);
    if (problem !== undefined) {
      const { severity, rule, message } = problem;
      findings.addFor(f, severity, rule, `row ${i}: ${message}`, i);
    }
    const refused = kernel ? kernelRowProblem(f, row) : undefined;
    if (refused !== undefined) {
      findings.addFor(f, "kernel", "kernel-words", `row ${i}: ${refused}`, i);
    }
  });
}
