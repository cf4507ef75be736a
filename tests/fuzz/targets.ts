/**
 * All fuzz targets. A new format adds its line here.
 *
 * @module
 */
import { coreTarget, programTarget } from "./bt.ts";
import { target as codectl } from "./codectl.ts";
import { target as convert } from "./convert.ts";
import { target as coreDump } from "./core_dump.ts";
import { target as dwarf } from "./dwarf.ts";
import { target as ehFrame } from "./eh_frame.ts";
import { target as elf } from "./elf.ts";
import { commandTarget, target as exterr } from "./exterr.ts";
import { ringTarget, target as kernelLog } from "./kernel_log.ts";
import { target as ktrace } from "./ktrace.ts";
import {
  coreTarget as rseqCore,
  elfTarget as rseqElf,
  target as rseq,
  vdsoTarget as vdso,
} from "./rseq.ts";
import { profileTarget, target as perfData } from "./perf_data.ts";
import { target as proc } from "./proc.ts";
import { target as sframe } from "./sframe.ts";
import { embedTarget, sectionTarget, target as sidecar } from "./sidecar.ts";
import type { FuzzTarget } from "./target.ts";

/** The targets that `fuzz_test.ts` and `run.ts` run. */
export const targets: readonly FuzzTarget[] = [
  codectl,
  convert,
  coreDump,
  dwarf,
  ehFrame,
  elf,
  exterr,
  commandTarget,
  kernelLog,
  ringTarget,
  ktrace,
  perfData,
  profileTarget,
  proc,
  sframe,
  sidecar,
  sectionTarget,
  embedTarget,
  coreTarget,
  programTarget,
  rseq,
  rseqElf,
  rseqCore,
  vdso,
];
