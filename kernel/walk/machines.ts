/**
 * The machines by name.
 *
 * @module
 */
import { AARCH64 } from "./aarch64.ts";
import type { Machine } from "./machine.ts";
import { S390X } from "./s390x.ts";
import { X86_64 } from "./x86_64.ts";

/** The machines by name. */
export const MACHINES: Readonly<Record<Machine["name"], Machine>> = {
  "x86-64": X86_64,
  "aarch64": AARCH64,
  "s390x": S390X,
};
