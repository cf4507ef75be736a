/**
 * Addresses of a file in words.
 *
 * @module
 */
import type { ElfImage } from "./image.ts";

/** An address in a file and what is there. */
export interface ElfPlace {
  /** The address, in an object that is not linked one that was given: see `section`. */
  address: bigint;
  /** Name of the section; `undefined` outside all. */
  section: string | undefined;
  /** Bytes from the section's start. */
  sectionOffset: number;
  /** Name of the function; `undefined` where there is none. */
  symbol: string | undefined;
  /** Bytes from the function's start. */
  symbolOffset: number;
}

/**
 * What is at an address.
 *
 * @param back Bytes to look before it: 1 for an address behind the last instruction.
 */
export function placeOf(
  image: ElfImage,
  address: bigint,
  back = 0,
): ElfPlace {
  const signed = Number(BigInt.asIntN(64, address));
  const placed = image.sectionAt(signed - back);
  const symbol = placed && image.symbolAt(signed - back);
  return {
    address,
    section: placed?.section.name,
    sectionOffset: placed === undefined ? 0 : signed - placed.start,
    symbol: symbol?.name,
    symbolOffset: symbol === undefined ? 0 : symbol.offset + back,
  };
}
