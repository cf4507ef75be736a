/**
 * The files mapped into a process, out of its core: by NT_FILE, or by the dynamic loader's link map where there is no
 * such note.
 *
 * @module
 */
import { readString } from "../../formats/base/string_table.ts";
import type { CoreDump } from "../../formats/core_dump/mod.ts";
import type { ElfSegments } from "../../formats/elf/reader.ts";
import { PF, PT } from "../../formats/elf/reader.ts";
import { RangeTable } from "./range_table.ts";
import type { SourceMemory } from "./source_memory.ts";

/** A part of a file at an address. */
export interface MappedPart {
  /** First address. */
  start: number;
  /** Address behind the last byte. */
  end: number;
  /** Offset in the file of the byte at `start`. */
  fileOffset: number;
  /** Whether the pages may be executed; `undefined` if the core does not say (gdb leaves out what it does not dump). */
  executable: boolean | undefined;
}

/** A file's mappings in address order. */
export interface MappedFile {
  /** Path as the kernel wrote it, without ` (deleted)`. */
  path: string;
  /** Whether the file had been deleted. */
  deleted: boolean;
  /** Its mappings. */
  parts: MappedPart[];
}

const DELETED = " (deleted)";

/** Groups the mappings of NT_FILE by file; files that have surely no executable mapping are left out. */
export function groupMappings(core: CoreDump): MappedFile[] {
  const files: MappedFile[] = [];
  const latest = new Map<string, MappedFile>();
  for (const { start, end, fileOffset, path } of core.mappings) {
    const part = {
      start,
      end,
      fileOffset,
      executable: isExecutable(core, start),
    };
    const before = latest.get(path);
    // The same file loaded twice (dlmopen) begins anew: its offsets go back.
    if (before !== undefined && fileOffset >= before.parts.at(-1)!.fileOffset) {
      before.parts.push(part);
      continue;
    }
    const deleted = path.endsWith(DELETED);
    const file = {
      path: deleted ? path.slice(0, -DELETED.length) : path,
      deleted,
      parts: [part],
    };
    latest.set(path, file);
    files.push(file);
  }
  return files.filter((file) =>
    file.parts.some((part) => part.executable !== false)
  );
}

function isExecutable(core: CoreDump, address: number): boolean | undefined {
  const segment = core.memory.find(address);
  return segment < 0 ? undefined : core.memory.isExecutable(segment);
}

/**
 * Fills in what the core did not say, by the file's segments; without them such pages count as executable.
 *
 * @param pageSize Of the process: mappings begin at a page's start.
 */
export function resolveExecutable(
  parts: readonly MappedPart[],
  segments: ElfSegments | undefined,
  pageSize: number,
): void {
  const code = segments && rangesInFile(segments, pageSize, true);
  for (const part of parts) {
    part.executable ??= code === undefined || code.find(part.fileOffset) >= 0;
  }
}

/** Where the loadable segments, with code or without, lie in the file: from a page's start, owned by their indexes. */
function rangesInFile(
  segments: ElfSegments,
  pageSize: number,
  hasCode: boolean,
): RangeTable {
  const ranges = new RangeTable();
  for (let i = 0; i < segments.count; i++) {
    const isCode = (segments.flags[i]! & PF.X) !== 0;
    if (segments.types[i] !== PT.LOAD || isCode !== hasCode) continue;
    const offset = segments.offsets[i]!;
    const end = offset + Math.max(segments.fileSizes[i]!, 1);
    ranges.add(offset - offset % pageSize, end, i);
  }
  return ranges;
}

/** Whether a mapped path names something that may be opened: no device, memfd, shared memory or kernel object. */
export function isRegularPath(path: string): boolean {
  return path.startsWith("/") && !path.startsWith("/dev/") &&
    !path.startsWith("/memfd:") &&
    !path.startsWith("/SYSV") && !path.startsWith("/proc/") &&
    !path.startsWith("/sys/") &&
    !path.startsWith("/[");
}

/**
 * Load bias of a file of which `parts` are mapped: address in the process minus address in the file.
 *
 * @param pageSize Of the process: mappings begin at a page's start.
 * @returns `undefined` if no loadable segment of the file holds one of the parts.
 */
export function findBias(
  segments: ElfSegments,
  parts: readonly MappedPart[],
  pageSize: number,
): number | undefined {
  // The executable mapping decides: where segments share a page of the file, others are ambiguous.
  const ordered = parts.toSorted((a, b) =>
    Number(b.executable) - Number(a.executable)
  );
  const code = rangesInFile(segments, pageSize, true);
  const data = rangesInFile(segments, pageSize, false);
  for (const { start, fileOffset, executable } of ordered) {
    const ranges = executable === true ? code : data;
    const range = ranges.find(fileOffset);
    if (range < 0) continue;
    const segment = ranges.owner(range);
    return start - fileOffset + segments.offsets[segment]! -
      segments.addresses[segment]!;
  }
  return undefined;
}

/** The loadable segments of a file at `bias`, as {@linkcode MappedPart}s. */
export function mappedSegments(
  segments: ElfSegments,
  bias: number,
): MappedPart[] {
  const parts: MappedPart[] = [];
  for (let i = 0; i < segments.count; i++) {
    if (segments.types[i] !== PT.LOAD || !(segments.memorySizes[i]! > 0)) {
      continue;
    }
    const start = segments.addresses[i]! + bias;
    parts.push({
      start,
      end: start + segments.memorySizes[i]!,
      fileOffset: segments.offsets[i]!,
      executable: (segments.flags[i]! & PF.X) !== 0,
    });
  }
  return parts;
}

/** An entry of the dynamic loader's list. */
export interface LinkedObject {
  /** `l_name`; empty for the program itself. */
  path: string;
  /** `l_addr`: the load bias. */
  bias: number;
}

const DT_DEBUG = 21;
const MAX_OBJECT_COUNT = 4096;
const MAX_PATH_SIZE = 4096;

/** Follows DT_DEBUG of the dynamic section at `dynamicAddress` to the link map. Unreadable parts end the list. */
export async function readLinkMap(
  memory: SourceMemory,
  dynamicAddress: number,
  dynamicSize: number,
): Promise<LinkedObject[]> {
  const word = (address: number) => memory.readPointer(address);
  let debug = NaN;
  for (let at = 0; at + 16 <= Math.min(dynamicSize, 16 * 1024); at += 16) {
    const tag = await word(dynamicAddress + at);
    if (!(tag !== 0)) break;
    if (tag === DT_DEBUG) debug = await word(dynamicAddress + at + 8);
  }
  const objects: LinkedObject[] = [];
  const seen = new Set<number>();
  let entry = await word(debug + 8); // r_map
  while (entry > 0 && !seen.has(entry) && objects.length < MAX_OBJECT_COUNT) {
    seen.add(entry);
    const bias = await word(entry);
    const name = await word(entry + 8);
    if (!Number.isSafeInteger(bias)) break;
    const path = readString(await memory.readRange(name, MAX_PATH_SIZE), 0);
    objects.push({ path, bias });
    entry = await word(entry + 24);
  }
  return objects;
}
