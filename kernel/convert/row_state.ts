/**
 * The rules that SFrame can hold, while call frame instructions change them.
 *
 * @module
 */

/** Where the caller's value of a register is. */
export const Place = {
  /** Not said: unchanged, or for RA on AMD64 the fixed place. */
  NONE: 0,
  /** At CFA + offset. */
  STACK: 1,
  /** Register + offset, or the word there. */
  REGISTER: 2,
} as const;

/** `cfaRegister` before anything defined the CFA. */
export const NO_REGISTER = -1;

/** One row in the making. Reused from row to row and copied whole; nothing is allocated while a function is read. */
export class RowState {
  /** Where the row starts, bytes from the start of the function. */
  startOffset = 0;
  /** DWARF number of the CFA's base, or {@linkcode NO_REGISTER}. */
  cfaRegister: number = NO_REGISTER;
  /** Offset of the CFA, bytes. */
  cfaOffset = 0;
  /** Whether the CFA is the word at base + offset. */
  cfaDeref = false;
  /** A value of {@linkcode Place}. */
  raPlace: number = Place.NONE;
  /** Register for `REGISTER`. */
  raRegister = 0;
  /** Offset, bytes. */
  raOffset = 0;
  /** Whether the return address is the word there. */
  raDeref = false;
  /** A value of {@linkcode Place}. */
  fpPlace: number = Place.NONE;
  /** Register for `REGISTER`. */
  fpRegister = 0;
  /** Offset, bytes. */
  fpOffset = 0;
  /** Whether the frame pointer is the word there. */
  fpDeref = false;
  /** Whether the return address is signed. */
  mangledRa = false;
  /** Whether the function has no caller here. */
  raUndefined = false;
  /** AMD64, correct rows only: whether nothing says where RA is, so that the header's place for it is not true. */
  isRaLost = false;
  /** Whether an instruction touched the row since it was opened, which makes it one. */
  isDirty = false;

  /** Empties the row. */
  reset(): void {
    this.startOffset = 0;
    this.cfaRegister = NO_REGISTER;
    this.cfaOffset = 0;
    this.cfaDeref = false;
    this.raPlace = Place.NONE;
    this.raRegister = 0;
    this.raOffset = 0;
    this.raDeref = false;
    this.fpPlace = Place.NONE;
    this.fpRegister = 0;
    this.fpOffset = 0;
    this.fpDeref = false;
    this.mangledRa = false;
    this.raUndefined = false;
    this.isRaLost = false;
    this.isDirty = false;
  }

  /** Takes the rules of `other`; start and dirt stay. */
  copyRules(other: RowState): void {
    this.cfaRegister = other.cfaRegister;
    this.cfaOffset = other.cfaOffset;
    this.cfaDeref = other.cfaDeref;
    this.raPlace = other.raPlace;
    this.raRegister = other.raRegister;
    this.raOffset = other.raOffset;
    this.raDeref = other.raDeref;
    this.fpPlace = other.fpPlace;
    this.fpRegister = other.fpRegister;
    this.fpOffset = other.fpOffset;
    this.fpDeref = other.fpDeref;
    this.mangledRa = other.mangledRa;
    this.raUndefined = other.raUndefined;
    this.isRaLost = other.isRaLost;
  }
}
