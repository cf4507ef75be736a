/**
 * Registering what there is of a text range, aspect by aspect.
 *
 * @module
 */
import type { SFrameHeader } from "../../formats/sframe/mod.ts";
import {
  blankRange,
  type CodeAspect,
  codeIn,
  type CodeRange,
  type CodeSection,
  insertCode,
} from "./code_range.ts";
import {
  checkHeader,
  checkRows,
  checkText,
  isRange,
  SECTION_HEADER_SIZE,
} from "./code_section.ts";
import { type Refusal, refuse, SITES } from "./codectl_sites.ts";
import type { SFRAME } from "./codectl_structs.ts";
import type { Kernel } from "./kernel.ts";
import type { AddressSpace } from "./state.ts";
import type { UserMemory } from "./user_memory.ts";

/** Ranges that an address space may have registered. */
const RANGE_LIMIT = 65_536;

/** A text range and what is registered for it. */
export interface TextRange {
  /** First address. */
  start: number;
  /** Address behind it. */
  end: number;
}

/** The text range of a registration, checked: executable, in one mapping. */
export function textOf(
  memory: UserMemory,
  start: number,
  size: number,
): TextRange | Refusal {
  return isRange(start, size)
    ? checkText(memory, start, start + size) ?? { start, end: start + size }
    : refuse(SITES.textRange, start, size);
}

/** Registers a section that lies in memory: the checks of kernel_abi 4.5 in their order. */
export function registerSection(
  kernel: Kernel,
  space: AddressSpace,
  info: ReturnType<typeof SFRAME.decode>,
): Refusal | undefined {
  const { sframeStart: address, sframeSize: size, textStart, textSize } = info;
  if (!isRange(address, size)) return refuse(SITES.sectionRange, address, size);
  if (!isRange(textStart, textSize)) {
    return refuse(SITES.textRange, textStart, textSize);
  }
  const { memory } = space;
  const end = address + size;
  if (memory.mappingOf(address, end) === undefined) {
    return refuse(SITES.section, address, end);
  }
  const text = { start: textStart, end: textStart + textSize };
  const bad = checkText(memory, text.start, text.end) ?? checkRoom(space);
  if (bad !== undefined) return bad;
  const header = readHeader(
    kernel,
    memory.copyIn(address, SECTION_HEADER_SIZE),
    () => memory.view(address, end),
    { address, size, text },
  );
  if ("site" in header) return header;
  return attach(kernel, space, text, "sframe", {
    address,
    size,
    header,
    path: "",
    fileOffset: 0,
    bad: false,
  });
}

/** The header, and with strict validation all else, checked. */
export function readHeader(
  kernel: Kernel,
  head: Uint8Array | undefined,
  all: () => Uint8Array | undefined,
  where: { address: number; size: number; text: TextRange },
): SFrameHeader | Refusal {
  const { address, size, text } = where;
  const header = checkHeader(head, address, size, kernel.machine);
  if ("site" in header || kernel.settings.codeValidation === "lenient") {
    return header;
  }
  return checkRows(all(), header, address, size, text) ?? header;
}

/** There must be room for one more range, even where none will be needed. */
export function checkRoom({ code }: AddressSpace): Refusal | undefined {
  return code.length >= RANGE_LIMIT
    ? refuse(SITES.room, code.length)
    : undefined;
}

/**
 * Puts an aspect on a range. The same range exactly may get further aspects; a bad one may be replaced; all else that
 * overlaps is refused.
 */
export function attach<A extends CodeAspect>(
  kernel: Kernel,
  space: AddressSpace,
  { start, end }: TextRange,
  aspect: A,
  value: NonNullable<CodeRange[A]>,
): Refusal | undefined {
  const [there] = codeIn(space.code, start, end);
  if (there === undefined) {
    const range = blankRange(start, end);
    range[aspect] = value;
    insertCode(space.code, range);
    kernel.codeTables.get(space)?.add(range);
    return undefined;
  }
  if (there.start !== start || there.end !== end) {
    return refuse(SITES.overlap, there.start, there.end);
  }
  const old: CodeSection | CodeRange[CodeAspect] = there[aspect];
  if (old !== null && !("bad" in old && old.bad)) {
    return refuse(SITES.again, start);
  }
  there[aspect] = value;
  kernel.codeTables.get(space)?.change(there);
  return undefined;
}
