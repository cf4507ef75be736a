/**
 * Opening ELF files, and the ones inside them.
 *
 * @module
 */
import { type ByteSource, BytesSource } from "../base/byte_source.ts";
import { FormatError, TruncatedError } from "../base/error.ts";
import { callDecompressor } from "./compression.ts";
import { PN_XNUM } from "./constants.ts";
import { ElfFile, type ElfOptions } from "./elf_file.ts";
import { decodeElfHeader, ELF, type ElfHeader } from "./header.ts";
import { readFirstSection } from "./sections.ts";
import { decodeSegments, ElfSegments } from "./segments.ts";

/** Holds the program headers and mostly the build id too, so that opening a module is one read. */
const HEAD_SIZE = 4096;

/**
 * Opens an ELF file: reads its first 4 KiB, and the program headers if they are elsewhere.
 *
 * Program headers that a cut-off file lacks are left out and noted in `warnings`; sections are not looked at.
 *
 * @throws {FormatError} `bad-magic`, `bad-value`, `truncated` for the ELF header itself
 * @example Looking at a file in memory
 * ```ts
 * import { BytesSource, openElf } from "@framewalk/framewalk/formats/elf";
 * const header = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 183];
 * const bytes = Uint8Array.from({ length: 64 }, (_, i) => header[i] ?? 0);
 * const elf = await openElf(new BytesSource(bytes));
 * console.log(elf.header.machine, await elf.buildId()); // 183 undefined
 * ```
 */
export async function openElf(
  source: ByteSource,
  options: ElfOptions = {},
): Promise<ElfFile> {
  const head = await source.read(0, Math.min(HEAD_SIZE, source.size));
  const header = decodeElfHeader(head);
  const warnings: FormatError[] = [];
  let segments = new ElfSegments(0);
  try {
    segments = await readSegments(source, header, head, warnings);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    warnings.push(error);
  }
  return new ElfFile(source, header, segments, warnings, head, options);
}

async function readSegments(
  source: ByteSource,
  header: ElfHeader,
  head: Uint8Array,
  warnings: FormatError[],
): Promise<ElfSegments> {
  const { programHeaderOffset: offset, programHeaderSize: stride } = header;
  let count = header.programHeaderCount;
  if (count === PN_XNUM) {
    // A file with just that many has no other count.
    const first = await readFirstSection(source, header);
    if (first !== undefined && first.info !== 0) count = first.info;
  }
  const available = offset < 0 ? 0 : Math.max(0, source.size - offset);
  const whole = stride === 0 ? count : Math.floor(available / stride);
  if (whole < count) {
    warnings.push(
      new TruncatedError(
        ELF,
        "program headers",
        offset,
        count * stride,
        available,
      ),
    );
    count = whole;
  }
  const size = count * stride;
  return offset + size <= head.length
    ? decodeSegments(head, header, count, offset)
    : decodeSegments(await source.read(offset, size), header, count, 0);
}

/**
 * Opens the ELF file inside a file's `.gnu_debugdata`, which has the symbols that stripping took away; `undefined` if
 * there is none.
 *
 * @throws {FormatError} `unsupported` without a decompressor for `xz`; as {@linkcode ElfFile.sections},
 * {@linkcode ElfFile.readSection} and {@linkcode openElf}
 */
export async function openDebugData(
  elf: ElfFile,
): Promise<ElfFile | undefined> {
  const section = await elf.findSection(".gnu_debugdata");
  if (section === undefined) return undefined;
  const bytes = await callDecompressor(
    "xz",
    await elf.readSection(section),
    undefined,
    section.offset,
    elf.options.decompress,
  );
  return await openElf(new BytesSource(bytes), elf.options);
}
