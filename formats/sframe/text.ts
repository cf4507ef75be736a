/**
 * A section as text, in the layout of `readelf --sframe`.
 *
 * @module
 */
import { FormatError } from "../base/error.ts";
import {
  ATTRIBUTE_SIZE,
  FdeInfo,
  FdeType,
  FORMAT,
  SFrameFlag,
} from "./constants.ts";
import { decodeHeader, rowsOffset, type SFrameHeader } from "./header.ts";
import {
  FunctionEntry,
  readAttributes,
  readDescriptor,
  rowStartSize,
  Section,
} from "./section.ts";
import { type FixedText, fixedText, TextBuffer } from "./text_buffer.ts";
import {
  type SFrameCompat,
  type TextTraits,
  traitsFor,
} from "./text_compat.ts";
import { RowText } from "./text_rows.ts";

/** How a section is shown. */
export interface SFrameTextOptions {
  /**
   * Print what `readelf --sframe` of this binutils release prints, byte for byte, with its mistakes: function starts of
   * sections without the PCREL flag, which are wrong in relocatable objects, are shown as they are there.
   */
  compat?: SFrameCompat;
  /** Where the section's header is in the bytes; default 0. */
  offset?: number;
  /** Name of the section in the first line; default `.sframe`. */
  sectionName?: string;
  /** Names a function by its address and by the offset of its descriptor in the bytes; shown behind the address. */
  nameOf?: (
    startAddress: number,
    descriptorOffset: number,
  ) => string | undefined;
  /** Whether a function is shown; by default all are. */
  filter?: (
    startAddress: number,
    size: number,
    descriptorOffset: number,
  ) => boolean;
  /** Whether starts are relative to their own fields, where the section does not say it right. Not with `compat`. */
  fieldRelative?: boolean;
}

/** What came of writing a section. */
export interface SFrameTextResult {
  /** Bytes that the section occupies, from its header to the end of its rows. */
  size: number;
  /** How many functions were shown. */
  shownCount: number;
  /** What was wrong with functions. */
  errors: FormatError[];
}

const FUNCTION = fixedText("\n    func idx [");
const PC = fixedText("]: pc = 0x");
const SIZE = fixedText(", size = ");
const BYTES = fixedText(" bytes");
const ATTRIBUTES = fixedText(', attr = "');
const KEY_B = fixedText(", pauth = B key");
const columns = (mark: string): FixedText =>
  fixedText(
    `\n    STARTPC${mark.padEnd(8)} CFA       FP        RA           \n`,
  );
const COLUMNS = columns("");
const MASK_COLUMNS = columns("[m]");

/**
 * Writes a section as text, piece by piece. The default layout is that of binutils 2.47, with right addresses for
 * all versions; where a function is bad, a line says why.
 *
 * @param bytes Bytes of the section, which may go on behind it.
 * @param sectionAddress Address of `bytes[0]` in the file's own address space (`sh_addr`).
 * @param take Gets the text in UTF-8. The bytes of a piece are its own only until it returns.
 * @throws {FormatError} For the header: as {@linkcode decodeSFrame}; `unsupported` if the release cannot read the
 * section.
 *
 * Source: GNU binutils, `readelf --sframe` 2.40 to 2.47, by its output.
 */
export function writeSFrameText(
  bytes: Uint8Array,
  sectionAddress: number,
  take: (text: Uint8Array) => void,
  options: SFrameTextOptions = {},
): SFrameTextResult {
  const offset = options.offset ?? 0;
  const header = decodeHeader(bytes, offset);
  const traits = traitsFor(options.compat, header, offset);
  const fieldRelative = traits.trustsFlag
    ? (header.flags & SFrameFlag.FDE_FUNC_START_PCREL) !== 0
    : options.fieldRelative;
  const out = new TextBuffer(take);
  out.text(headText(header, traits, options.sectionName ?? ".sframe"));
  const result: SFrameTextResult = {
    size: rowsOffset(header) + header.freSize,
    shownCount: 0,
    errors: [],
  };
  if (traits.versions.includes(header.version)) {
    out.text("\n  Function Index :\n");
    const section = new Section(
      bytes,
      header,
      offset,
      sectionAddress,
      fieldRelative,
    );
    const rows = new RowText(bytes, section, header, traits, out);
    writeFunctions(section, rows, traits, out, options, result);
  } else {
    out.text(
      "\n No further information can be displayed.  SFrame version not supported\n",
    );
  }
  out.flush();
  return result;
}

/**
 * A section as text: {@linkcode writeSFrameText} in one string.
 *
 * @throws {FormatError} As {@linkcode writeSFrameText}.
 *
 * @example
 * ```ts
 * import { describeSFrame } from "@framewalk/framewalk/formats/sframe";
 * const bytes = new Uint8Array([
 *   0xe2, 0xde, 3, 5, 3, 0, 0xf8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0,
 *   0xe4, 0xef, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 4, 0, 0, 0, 0, 0, 0, 0,
 *   1, 0, 0, 0, 0, 0, 3, 8,
 * ]);
 * const text = describeSFrame(bytes, 0x2000, { compat: "2.47" });
 * if (!text.includes("0000000000001000  sp+8      u         f")) throw new Error(text);
 * ```
 */
export function describeSFrame(
  bytes: Uint8Array,
  sectionAddress: number,
  options: SFrameTextOptions = {},
): string {
  const decoder = new TextDecoder();
  let text = "";
  const take = (piece: Uint8Array) => {
    text += decoder.decode(piece, { stream: true });
  };
  writeSFrameText(bytes, sectionAddress, take, options);
  return text;
}

function headText(
  header: SFrameHeader,
  traits: TextTraits,
  name: string,
): string {
  const { version, fixedFpOffset, fixedRaOffset, fdeCount, freCount } = header;
  const fixed = (which: string, offset: number): string =>
    traits.showsFixed && offset !== 0
      ? `    CFA fixed ${which} offset: ${offset}\n`
      : "";
  return `Contents of the SFrame section ${name}:\n  Header :\n\n` +
    `    Version: SFRAME_VERSION_${version}\n` +
    `    Flags: ${flagsText(header, traits)}\n` +
    fixed("FP", fixedFpOffset) + fixed("RA", fixedRaOffset) +
    `    Num FDEs: ${fdeCount | 0}\n    Num FREs: ${freCount | 0}\n`;
}

function flagsText({ flags }: SFrameHeader, traits: TextTraits): string {
  const names: string[] = [];
  if ((flags & SFrameFlag.FDE_SORTED) !== 0) names.push("SFRAME_F_FDE_SORTED");
  if ((flags & SFrameFlag.FRAME_POINTER) !== 0) {
    names.push("SFRAME_F_FRAME_POINTER");
  }
  if ((flags & SFrameFlag.FDE_FUNC_START_PCREL) !== 0) {
    names.push("SFRAME_F_FDE_FUNC_START_PCREL");
  }
  if (names.length === 0) return "NONE";
  return traits.flagsOnOneLine
    ? names[names.length - 1]!
    : names.join(",\n           ");
}

function writeFunctions(
  section: Section,
  rows: RowText,
  traits: TextTraits,
  out: TextBuffer,
  { nameOf, filter, compat }: SFrameTextOptions,
  result: SFrameTextResult,
): void {
  const entry = new FunctionEntry();
  for (let i = 0; i < section.functionCount; i++) {
    readDescriptor(section, i, entry);
    const { startAddress, size, offset } = entry;
    if (filter !== undefined && !filter(startAddress, size, offset)) continue;
    result.shownCount++;
    const inBounds = readAttributes(section, entry);
    const isFlex = (entry.info2 & FdeType.MASK) === FdeType.FLEX;
    const isMask = (entry.info & FdeInfo.PC_MASK) !== 0;
    const name = nameOf?.(startAddress, offset);
    writeFunctionHead(section, entry, i, name, traits, out);
    out.fixed(isMask ? MASK_COLUMNS : COLUMNS);
    const bad = !inBounds || rowStartSize(entry.info) === 0
      ? functionError(section, entry, inBounds)
      : rowError(
        section,
        rows.write(entry, isFlex, isMask ? 0 : startAddress),
        rows.isExhausted,
      );
    if (bad === undefined) continue;
    result.errors.push(bad);
    if (compat === undefined) out.text(`    ${bad.message}\n`);
  }
}

function writeFunctionHead(
  section: Section,
  entry: FunctionEntry,
  index: number,
  name: string | undefined,
  traits: TextTraits,
  out: TextBuffer,
): void {
  out.reserve();
  out.fixed(FUNCTION);
  out.decimal(index);
  out.fixed(PC);
  out.hex(entry.startAddress);
  if (name !== undefined) {
    out.text(` <${name}>`);
    out.reserve();
  }
  out.fixed(SIZE);
  out.decimal(entry.size | 0);
  out.fixed(BYTES);
  if (traits.showsAttributes) {
    const signal = (entry.info & FdeInfo.SIGNAL) !== 0 ? "S" : "";
    const flex = (entry.info2 & FdeType.MASK) === FdeType.FLEX ? "F" : "";
    if (signal !== "" || flex !== "") {
      out.fixed(ATTRIBUTES);
      out.text(`${signal}${flex}"`);
      out.reserve();
    }
  }
  const hasKeys = !section.isAmd64 && !section.isS390x;
  if (hasKeys && (entry.info & FdeInfo.PAUTH_KEY_B) !== 0) out.fixed(KEY_B);
}

function functionError(
  section: Section,
  entry: FunctionEntry,
  inBounds: boolean,
): FormatError {
  const isWide = section.version === 3;
  return new FormatError({
    code: inBounds ? "bad-value" : "out-of-bounds",
    format: FORMAT,
    field: inBounds ? "func_info" : "func_start_fre_off",
    offset: inBounds
      ? (isWide ? entry.rowsOffset - ATTRIBUTE_SIZE + 2 : entry.offset + 16)
      : entry.offset + (isWide ? 12 : 8),
    value: inBounds ? entry.info : entry.freOffset,
    expected: inBounds
      ? "0, 1 or 2 in the low four bits"
      : "an offset within the rows",
  });
}

function rowError(
  section: Section,
  offset: number,
  isExhausted: boolean,
): FormatError | undefined {
  if (offset < 0) return undefined;
  return new FormatError({
    code: isExhausted ? "limit" : "bad-value",
    format: FORMAT,
    field: isExhausted ? "num_fres" : "row",
    offset,
    expected: isExhausted
      ? "no more rows than the section can hold"
      : `words of 1, 2 or 4 bytes that end before 0x${
        section.rowsEnd.toString(16)
      }`,
  });
}
