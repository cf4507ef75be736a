/**
 * Whole logs.
 *
 * @module
 */
import { type KernelLogOptions, KernelLogParser } from "./parser.ts";
import type { KernelReport } from "./report.ts";

/** All reports of a log that is in memory, in the order in which they ended. Never throws. */
export function readKernelLog(
  log: Uint8Array | string,
  options: KernelLogOptions = {},
): KernelReport[] {
  const bytes = typeof log === "string" ? new TextEncoder().encode(log) : log;
  const parser = new KernelLogParser(options);
  return [...parser.push(bytes), ...parser.end()];
}
