/**
 * Common information entries.
 *
 * @module
 */
import { Cursor } from "../base/cursor.ts";
import { FormatError, UnsupportedError } from "../base/error.ts";
import { PointerEncoding } from "./constants.ts";
import { EntryHead, EntryKind } from "./entry.ts";
import type { CfiSection } from "./section.ts";

/** Longest augmentation string; real ones have up to six letters. */
const MAX_AUGMENTATION_SIZE = 32;

/** Most bytes of initial instructions: they run again for every FDE, and real ones have under a hundred. */
const MAX_INITIAL_SIZE = 4096;

/** A decoded CIE. */
export interface Cie {
  /** Offset in the section. */
  readonly offset: number;
  /** Version: 1, 3 or 4. */
  readonly version: number;
  /** Augmentation string as it stands. */
  readonly augmentation: string;
  /** Size of an address in bytes: 8, or 4 where a version 4 CIE says so. */
  readonly addressSize: number;
  /** Size of the segment selector of FDEs in bytes; 0 in practice. */
  readonly segmentSize: number;
  /** `code_alignment_factor` */
  readonly codeAlignment: number;
  /** `data_alignment_factor` */
  readonly dataAlignment: number;
  /** `return_address_register`: the column of the return address. */
  readonly returnColumn: number;
  /** Whether FDEs have augmentation data behind a size (`z`). */
  readonly hasAugmentationData: boolean;
  /** Encoding of the FDEs' pointers (`R`). */
  readonly pointerEncoding: number;
  /** Encoding of the FDEs' LSDA pointers (`L`); `omit` if there is none. */
  readonly lsdaEncoding: number;
  /** Whether its functions are signal trampolines (`S`). */
  readonly isSignalFrame: boolean;
  /** AArch64: whether return addresses are signed with the B key (`B`). */
  readonly usesBKey: boolean;
  /** AArch64: whether frames may have tagged memory (`G`). */
  readonly hasTaggedFrames: boolean;
  /** Offset of the initial instructions in the section. */
  readonly instructionsOffset: number;
  /** Offset behind the initial instructions. */
  readonly instructionsEndOffset: number;
}

/** The parts of a CIE that the augmentation decides. */
interface Augmentation {
  hasAugmentationData: boolean;
  pointerEncoding: number;
  lsdaEncoding: number;
  isSignalFrame: boolean;
  usesBKey: boolean;
  hasTaggedFrames: boolean;
}

/**
 * Decodes the CIE at `offset`.
 *
 * | field | size |
 * | --- | --- |
 * | version | 1 |
 * | augmentation | string with its NUL |
 * | address size, segment selector size | 1 + 1, version 4 only |
 * | EH data | address size, augmentation `eh` only |
 * | code alignment factor | ULEB128 |
 * | data alignment factor | SLEB128 |
 * | return address register | 1 in version 1, ULEB128 otherwise |
 * | augmentation size and data | ULEB128 + that many, augmentation `z...` only |
 * | initial instructions | to the end |
 *
 * @throws {FormatError} `truncated`; `bad-value` if no CIE is there; `limit` for an absurd size; `unsupported` for other
 * versions, address sizes, and augmentations that hide where the fields are.
 *
 * Source: DWARF 5 section 6.4.1, DWARF 2 section 6.4.1; LSB core 5.0 section 10.6.1.1.
 */
export function decodeCie(section: CfiSection, offset: number): Cie {
  const head = new EntryHead();
  if (!(offset >= 0 && offset < section.size)) {
    throw notCie(section, offset);
  }
  head.read(section, offset);
  if (head.kind !== EntryKind.CIE) throw notCie(section, offset);
  const cursor = new Cursor(
    section.view,
    section.littleEndian,
    section.format,
    head.bodyOffset,
    head.endOffset,
  );
  const version = cursor.u8("version");
  if (version !== 1 && version !== 3 && version !== 4) {
    throw new UnsupportedError(
      section.format,
      "version",
      head.bodyOffset,
      version,
      "version 1, 3 or 4",
    );
  }
  const augmentation = readAugmentationString(cursor);
  const addressSize = version === 4 ? cursor.u8("address_size") : 8;
  const segmentSize = version === 4 ? cursor.u8("segment_selector_size") : 0;
  if (addressSize !== 8 && addressSize !== 4) {
    throw new UnsupportedError(
      section.format,
      "address_size",
      cursor.offset - 2,
      addressSize,
      "4 or 8",
    );
  }
  if (augmentation === "eh") cursor.take(addressSize, "EH data");
  const codeAlignment = cursor.uleb("code_alignment_factor");
  const dataAlignment = cursor.sleb("data_alignment_factor");
  const returnColumn = version === 1
    ? cursor.u8("return_address_register")
    : cursor.uleb("return_address_register");
  const parts = readAugmentation(section, cursor, augmentation, addressSize);
  checkInitialSize(section, cursor);
  return {
    offset,
    version,
    augmentation,
    addressSize,
    segmentSize,
    codeAlignment,
    dataAlignment,
    returnColumn,
    ...parts,
    instructionsOffset: cursor.offset,
    instructionsEndOffset: head.endOffset,
  };
}

function readAugmentation(
  section: CfiSection,
  cursor: Cursor,
  augmentation: string,
  addressSize: number,
): Augmentation {
  const parts: Augmentation = {
    hasAugmentationData: augmentation.startsWith("z"),
    pointerEncoding: PointerEncoding.ABSPTR,
    lsdaEncoding: PointerEncoding.OMIT,
    isSignalFrame: false,
    usesBKey: false,
    hasTaggedFrames: false,
  };
  if (!parts.hasAugmentationData) {
    readBareLetters(cursor, augmentation, parts);
    return parts;
  }
  const size = cursor.uleb("augmentation size");
  const at = cursor.take(size, "augmentation data");
  const data = new Cursor(
    section.view,
    section.littleEndian,
    section.format,
    at,
    at + size,
  );
  readAugmentationLetters(section, data, augmentation, addressSize, parts);
  return parts;
}

/** Without sizes only letters that have no data can be understood; gas writes such ones into `.debug_frame`. */
function readBareLetters(
  cursor: Cursor,
  augmentation: string,
  parts: Augmentation,
): void {
  if (augmentation === "eh") return;
  for (const letter of augmentation) {
    if (!readFlagLetter(letter, parts)) {
      throw new UnsupportedError(
        cursor.format,
        "augmentation",
        cursor.offset,
        JSON.stringify(augmentation),
        'letters of "SBG", "eh" or "z..."',
      );
    }
  }
}

function readFlagLetter(
  letter: string | undefined,
  parts: Augmentation,
): boolean {
  if (letter === "S") parts.isSignalFrame = true;
  else if (letter === "B") parts.usesBKey = true;
  else if (letter === "G") parts.hasTaggedFrames = true;
  else return false;
  return true;
}

function readAugmentationLetters(
  section: CfiSection,
  data: Cursor,
  augmentation: string,
  addressSize: number,
  parts: Augmentation,
): void {
  for (let i = 1; i < augmentation.length; i++) {
    switch (augmentation[i]) {
      case "R":
        parts.pointerEncoding = data.u8("FDE pointer encoding");
        break;
      case "L":
        parts.lsdaEncoding = data.u8("LSDA encoding");
        break;
      case "P": {
        const encoding = data.u8("personality encoding");
        section.readPointer(data, encoding, addressSize, NaN, "personality");
        break;
      }
      default:
        // What follows an unknown letter cannot be told apart; the size says where the instructions are.
        if (!readFlagLetter(augmentation[i], parts)) return;
    }
  }
}

function readAugmentationString(cursor: Cursor): string {
  const start = cursor.offset;
  let text = "";
  for (;;) {
    const byte = cursor.u8("augmentation");
    if (byte === 0) return text;
    if (text.length === MAX_AUGMENTATION_SIZE) {
      throw new FormatError({
        code: "limit",
        format: cursor.format,
        field: "augmentation",
        offset: start,
        expected: `at most ${MAX_AUGMENTATION_SIZE} letters`,
      });
    }
    text += String.fromCharCode(byte);
  }
}

function checkInitialSize(section: CfiSection, cursor: Cursor): void {
  if (cursor.end - cursor.offset > MAX_INITIAL_SIZE) {
    throw new FormatError({
      code: "limit",
      format: section.format,
      field: "initial_instructions",
      offset: cursor.offset,
      value: cursor.end - cursor.offset,
      expected: `at most ${MAX_INITIAL_SIZE} bytes`,
    });
  }
}

function notCie(section: CfiSection, offset: number): FormatError {
  return new FormatError({
    code: "bad-value",
    format: section.format,
    field: "CIE_pointer",
    offset: Math.max(0, offset),
    value: offset,
    expected: "the offset of a CIE",
  });
}

/** CIEs by offset, decoded once; what is wrong with one is kept as well. */
export class CieCache {
  private readonly section: CfiSection;
  private readonly cies: Map<number, Cie | FormatError> = new Map();

  /** An empty cache for `section`. */
  constructor(section: CfiSection) {
    this.section = section;
  }

  /**
   * Returns the CIE at `offset`.
   *
   * @throws {FormatError} As {@linkcode decodeCie}; the same error each time.
   */
  get(offset: number): Cie {
    let cie = this.cies.get(offset);
    if (cie === undefined) {
      try {
        cie = decodeCie(this.section, offset);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        cie = error;
      }
      this.cies.set(offset, cie);
    }
    if (cie instanceof FormatError) throw cie;
    return cie;
  }
}
