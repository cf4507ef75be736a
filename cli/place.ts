/**
 * Places in code, as arguments name them.
 *
 * @module
 */
import { InputError, UsageError } from "./io.ts";

/** A place in the code: an address, or a function's name and bytes behind its start. */
export interface Place {
  /** As it was given. */
  text: string;
  /** The address, if it was given as one. */
  address?: number;
  /** The function's name otherwise. */
  name?: string;
  /** Bytes behind the function's start. */
  offset: number;
}

/** Reads an address: hexadecimal with 0x, else decimal; above 2^63 it is the negative one of 64 bits. @throws {UsageError} */
export function readAddress(what: string, text: string): number {
  if (/^(0x[0-9a-f]{1,16}|\d{1,15})$/i.test(text)) {
    const address = Number(BigInt.asIntN(64, BigInt(text)));
    if (Number.isSafeInteger(address)) return address;
  }
  throw new UsageError(`${what} ${text} is no address: try 0x401000`);
}

/** Reads an address, a name, or a name and an offset. @throws {UsageError} For what is none. */
export function readPlace(text: string): Place {
  if (/^\d/.test(text)) {
    return { text, address: readAddress("the address", text), offset: 0 };
  }
  const [, name, distance] = /^(.+?)(?:\+(0x[0-9a-f]+|\d+))?$/is.exec(text) ??
    [];
  if (name === undefined) throw new UsageError("an address is empty");
  const offset = distance === undefined
    ? 0
    : readAddress("the offset", distance);
  return { text, name, offset };
}

/** Address of a place. @throws {InputError} For a function that the file does not have. */
export function findAddress(
  { address, name, offset }: Place,
  file: string,
  findSymbol: (name: string) => number | undefined,
): number {
  if (address !== undefined) return address;
  const start = findSymbol(name!);
  if (start !== undefined) return start + offset;
  throw new InputError(`${file}: no function called ${name}`);
}
