/**
 * codectl: user space tells the kernel where the unwind data of its text is.
 *
 * `codectl(option, info, info_size, flags)`; flags must be 0, and the size of `info` is the version of its struct
 * (`codectl_structs.ts`): smaller ones are filled up with zeros, larger ones must be zero beyond what is known (E2BIG).
 *
 * | option | registers | where rows are found |
 * | --- | --- | --- |
 * | 0 | nothing: takes aspects off a range, or a section off all its ranges | |
 * | 1 | an SFrame section in memory | where it lies, at each lookup |
 * | 2 | a section by file, offset, size and the address that it counts from | in the file, at each lookup |
 * | 3 | a sidecar, by file and load bias | in its parts, loaded when a walk needs them |
 * | 4 | identity: build ID, debug link and its CRC-32 | nowhere; a sidecar must have the same build ID |
 * | 5 | the tables of a JIT (`code_jit.ts`) | where they lie, at each lookup |
 *
 * All but 0 name a text range, which must be executable and lie in one mapping. The same range may have each aspect once
 * (EEXIST), in any order; another one that overlaps is EEXIST. Walks ask 1, 2, 3, 5 in this order whatever the order of
 * registration, and go on to the next where one says nothing of a pc.
 *
 * | what happens | registrations |
 * | --- | --- |
 * | munmap of the text or of a part, mmap over it | gone: the rest of a function would be described, but no longer be there |
 * | munmap of a section's memory, mprotect without read | bad at the next use |
 * | mmap over a section's memory, a write to it | the new bytes count; of the header, what was there at first |
 * | mprotect of the text | as they were |
 * | fork | copied |
 * | exec | gone; then those of the program's own PT_GNU_SFRAME |
 * | exit of a thread | as they were; gone with the last thread of the address space |
 * | a table makes no sense or cannot be read when it is used | the aspect is marked, reported and never tried again; it can be taken off, or registered anew |
 *
 * Source: kernel_abi 4; the numbers of options and the structs but that of option 1 are this model's own.
 *
 * @module
 */
import { PF, PT } from "../../formats/elf/mod.ts";
import {
  type CodeAspect,
  codeIn,
  type CodeRange,
  removeCode,
} from "./code_range.ts";
import { registerFileSection, registerSidecar } from "./code_files.ts";
import { registerIdentity } from "./code_identity.ts";
import { registerJit } from "./code_jit.ts";
import { registerSection } from "./code_register.ts";
import { type Refusal, refuse, SITES } from "./codectl_sites.ts";
import {
  CodeOption,
  copyInfo,
  IDENTITY,
  INFO_SIZES,
  JIT,
  SFRAME,
  SFRAME_FILE,
  SIDECAR,
  UNREGISTER,
} from "./codectl_structs.ts";
import type { Kernel } from "./kernel.ts";
import type { AddressSpace, Thread } from "./state.ts";
import type { LoadedProgram, Subsystem } from "./subsystem.ts";

/** Aspects by the option that registers them. */
const OPTION_ASPECTS: Readonly<Record<number, CodeAspect>> = {
  [CodeOption.SFRAME]: "sframe",
  [CodeOption.SFRAME_FILE]: "file",
  [CodeOption.SIDECAR]: "sidecar",
  [CodeOption.IDENTITY]: "identity",
  [CodeOption.JIT]: "jit",
};
/** All bits `1 << option`. */
const ALL_ASPECTS = 0b111110;

function codectl(
  kernel: Kernel,
  thread: Thread,
  [option, address, size, flags]: readonly number[],
): number {
  const refusal = perform(kernel, thread, option!, address!, size!, flags!);
  if (refusal === undefined) return 0;
  return kernel.fail(thread, refusal.site, refusal.p1, refusal.p2);
}

function perform(
  kernel: Kernel,
  thread: Thread,
  option: number,
  address: number,
  size: number,
  flags: number,
): Refusal | undefined {
  if (flags !== 0) return refuse(SITES.flags, flags);
  const sizes = INFO_SIZES[option];
  if (sizes === undefined) return refuse(SITES.option, option);
  const space = kernel.spaceOf(thread);
  const info = copyInfo(space.memory, address, size, sizes);
  if ("site" in info) return info;
  const at = [0, kernel.littleEndian] as const;
  switch (option) {
    case CodeOption.UNREGISTER:
      return unregister(kernel, space, UNREGISTER.decode(info, ...at));
    case CodeOption.SFRAME_FILE:
      return registerFileSection(
        kernel,
        thread,
        SFRAME_FILE.decode(info, ...at),
      );
    case CodeOption.SIDECAR:
      return registerSidecar(kernel, thread, SIDECAR.decode(info, ...at));
    case CodeOption.IDENTITY:
      return registerIdentity(kernel, space, IDENTITY.decode(info, ...at));
    case CodeOption.JIT:
      return registerJit(kernel, space, JIT.decode(info, ...at));
    default:
      return registerSection(kernel, space, SFRAME.decode(info, ...at));
  }
}

/** By the start of a section in memory, from all ranges that have it; or by text range and aspects. */
function unregister(
  kernel: Kernel,
  space: AddressSpace,
  info: ReturnType<typeof UNREGISTER.decode>,
): Refusal | undefined {
  const { sframeStart, sframeSize, textStart, textSize, aspects } = info;
  if (sframeStart !== 0) {
    if (
      sframeSize !== 0 || textStart !== 0 || textSize !== 0 || aspects !== 0
    ) {
      return refuse(SITES.both, sframeStart);
    }
    const found = space.code.filter(({ sframe }) =>
      sframe?.address === sframeStart
    );
    for (const range of found) detach(kernel, space, range, ["sframe"]);
    return found.length === 0
      ? refuse(SITES.noSection, sframeStart)
      : undefined;
  }
  if (sframeSize !== 0) return refuse(SITES.both, 0);
  // Bit operations are right here once the value is known to be small.
  if (aspects < 0 || aspects > ALL_ASPECTS || (aspects & ~ALL_ASPECTS) !== 0) {
    return refuse(SITES.aspects, aspects);
  }
  const end = textStart + textSize;
  const [range] = codeIn(space.code, textStart, end);
  if (range?.start !== textStart || range.end !== end) {
    return refuse(SITES.noRange, textStart, end);
  }
  const names = Object.entries(OPTION_ASPECTS)
    .filter(([option]) => (aspects || ALL_ASPECTS) >> Number(option) & 1)
    .map(([, name]) => name)
    .filter((name) => range[name] !== null);
  if (names.length === 0) return refuse(SITES.noAspect, textStart, aspects);
  detach(kernel, space, range, names);
  return undefined;
}

/** Takes aspects off a range; with the last one goes the range. */
function detach(
  kernel: Kernel,
  space: AddressSpace,
  range: CodeRange,
  names: readonly CodeAspect[],
): void {
  for (const name of names) range[name] = null;
  const isEmpty = Object.values(OPTION_ASPECTS).every((name) =>
    range[name] === null
  );
  if (isEmpty) drop(kernel, space, range);
  else kernel.codeTables.get(space)?.change(range);
}

function drop(kernel: Kernel, space: AddressSpace, range: CodeRange): void {
  removeCode(space.code, range);
  kernel.codeTables.get(space)?.remove(range);
}

/**
 * A program with PT_GNU_SFRAME gets its section registered for every segment that may be executed. Nobody asks what came
 * of it.
 */
function registerProgram(
  kernel: Kernel,
  space: AddressSpace,
  { image: { segments }, bias }: LoadedProgram,
): void {
  const section = segments.findType(PT.GNU_SFRAME);
  if (section < 0) return;
  for (let i = 0; i < segments.count; i++) {
    if ((segments.flags[i]! & PF.X) === 0) continue;
    registerSection(kernel, space, {
      sframeStart: segments.addresses[section]! + bias,
      sframeSize: segments.memorySizes[section]!,
      textStart: segments.addresses[i]! + bias,
      textSize: segments.memorySizes[i]!,
    });
  }
}

/** Registered code as a part of the kernel. */
export const CODECTL: Subsystem = {
  calls: { codectl },
  spaceCopied(_kernel, space, copy): void {
    copy.code = structuredClone(space.code);
  },
  exec(kernel, thread, program): void {
    registerProgram(kernel, kernel.spaceOf(thread), program);
  },
  unmapped(kernel, space, start, end): void {
    for (const range of codeIn(space.code, start, end)) {
      drop(kernel, space, range);
    }
  },
};
