/**
 * FDEs of the form that compilers write, read without making an object of each.
 *
 * @module
 */
import { readInt64 } from "../base/address.ts";
import type { CieCache } from "./cie.ts";
import { findInitialRules, type InitialRules } from "./initial_rules.ts";
import type { CfiSection } from "./section.ts";

/** Largest function, bytes: a location in it and an advance are added in 32 bits. */
const MAX_SIZE = 0x3fff_ffff;

/** The FDE that was read last, reused from one to the next. `decodeFde` is the reference, and reads all others. */
export class PlainFde {
  /** First pc covered, in the file's own address space. */
  startPc: number = NaN;
  /** Bytes of code covered. */
  size = 0;
  /** Offset of the instructions in the section. */
  instructionsOffset = 0;
  /** Offset behind the instructions, and so behind the FDE. */
  endOffset = 0;
  /** What its CIE gives it to start with. */
  initial: InitialRules | undefined = undefined;
  /** CIE of {@linkcode initial}. */
  private cieOffset: number = NaN;
  private readonly section: CfiSection;
  private readonly cies: CieCache;
  private readonly initialByCie: Map<number, InitialRules | undefined> =
    new Map();

  /** Reads FDEs of `section`. */
  constructor(section: CfiSection, cies: CieCache) {
    this.section = section;
    this.cies = cies;
  }

  /**
   * Reads what stands before the instructions of the FDE at `offset`.
   *
   * @returns Whether a plain one is there; otherwise the fields mean nothing. Never throws; allocates once for each CIE.
   */
  read(offset: number): boolean {
    const { section } = this;
    const { view, littleEndian } = section;
    // The shortest one has a start and a size of 4 bytes each.
    if (!(offset >= 0 && offset + 16 <= section.size)) return false;
    const endOffset = offset + 4 + view.getUint32(offset, littleEndian);
    if (endOffset > section.size) return false;
    const id = view.getUint32(offset + 4, littleEndian);
    if (id === section.cieId) return false;
    const initial = this.initialOf(section.isEhFrame ? offset + 4 - id : id);
    if (initial === undefined) return false;
    let at = offset + 8;
    if (initial.isRelative) {
      this.startPc = view.getInt32(at, littleEndian) + section.address + at;
      this.size = view.getUint32(at + 4, littleEndian);
      at += 8;
    } else {
      if (at + 16 > endOffset) return false;
      this.startPc = readInt64(view, at, littleEndian);
      this.size = readInt64(view, at + 8, littleEndian);
      at += 16;
    }
    if (initial.hasAugmentationData) {
      if (at >= endOffset) return false;
      const size = view.getUint8(at);
      if (size > 0x7f || (size !== 0 && size < initial.lsdaSize)) return false;
      at += 1 + size;
    }
    this.instructionsOffset = at;
    this.endOffset = endOffset;
    return at <= endOffset && this.size >= 0 && this.size <= MAX_SIZE &&
      Number.isSafeInteger(this.startPc) &&
      Number.isSafeInteger(this.startPc + this.size);
  }

  private initialOf(cieOffset: number): InitialRules | undefined {
    if (cieOffset === this.cieOffset) return this.initial;
    const { initialByCie } = this;
    let initial = initialByCie.get(cieOffset);
    if (initial === undefined && !initialByCie.has(cieOffset)) {
      initial = findInitialRules(this.section, this.cies, cieOffset);
      initialByCie.set(cieOffset, initial);
    }
    this.cieOffset = cieOffset;
    this.initial = initial;
    return initial;
  }
}
