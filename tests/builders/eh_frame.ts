/**
 * Writes `.eh_frame`, `.debug_frame` and `.eh_frame_hdr` by hand, for tests. Knows nothing of the decoders.
 *
 * @module
 */

/** ULEB128 of a small number. */
export function uleb(value: number): number[] {
  const bytes: number[] = [];
  do {
    const rest = Math.floor(value / 128);
    bytes.push((value % 128) | (rest > 0 ? 0x80 : 0));
    value = rest;
  } while (value > 0);
  return bytes;
}

/** SLEB128 of a small number. */
export function sleb(value: number): number[] {
  const bytes: number[] = [];
  for (;;) {
    const bits = ((value % 128) + 128) % 128;
    value = Math.floor(value / 128);
    const isLast = value === (bits >= 64 ? -1 : 0);
    bytes.push(bits | (isLast ? 0 : 0x80));
    if (isLast) return bytes;
  }
}

/** `size` bytes of a number, negative ones in two's complement. */
export function fixed(
  value: number | bigint,
  size: number,
  littleEndian = true,
): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (let i = 0; i < size; i++) {
    bytes.push(Number(rest & 0xffn));
    rest >>= 8n;
  }
  return littleEndian ? bytes : bytes.reverse();
}

/** What differs between CIEs. */
export interface CieParts {
  version?: number;
  augmentation?: string;
  /** Bytes between the augmentation string and the factors: EH data, or address and segment sizes. */
  middle?: number[];
  codeAlignment?: number;
  dataAlignment?: number;
  returnColumn?: number;
  /** Data of a `z…` augmentation, without its size. */
  augmentationData?: number[];
  initial?: number[];
}

/** What differs between FDEs. */
export interface FdeParts {
  /** Offset of the CIE. */
  cie: number;
  /** Encoded start; a number is written as 8 bytes. */
  start: number | number[];
  /** Encoded size; a number is written as 8 bytes. */
  size: number | number[];
  /** Data of a `z…` augmentation, without its size. */
  augmentationData?: number[];
  instructions?: number[];
}

/** CFA = rsp + 8, RA at CFA − 8: what every x86-64 CIE says. */
export const X86_INITIAL: number[] = [0x0c, 7, 8, 0x90, 1];

/** Appends entries; each method returns the offset of its entry. */
export class CfiBuilder {
  private readonly content: number[] = [];
  private readonly isEhFrame: boolean;
  private readonly littleEndian: boolean;
  private readonly is64: boolean;

  constructor(
    { isEhFrame = true, littleEndian = true, is64 = false }: {
      isEhFrame?: boolean;
      littleEndian?: boolean;
      is64?: boolean;
    } = {},
  ) {
    this.isEhFrame = isEhFrame;
    this.littleEndian = littleEndian;
    this.is64 = is64;
  }

  get size(): number {
    return this.content.length;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.content);
  }

  cie(parts: CieParts = {}): number {
    const { version = 1, augmentation = "", returnColumn = 16 } = parts;
    return this.entry(this.isEhFrame ? 0 : -1, [
      version,
      ...new TextEncoder().encode(augmentation),
      0,
      ...(parts.middle ?? []),
      ...uleb(parts.codeAlignment ?? 1),
      ...sleb(parts.dataAlignment ?? -8),
      ...(version === 1 ? [returnColumn] : uleb(returnColumn)),
      ...block(parts.augmentationData),
      ...(parts.initial ?? X86_INITIAL),
    ]);
  }

  fde(parts: FdeParts): number {
    const idOffset = this.size + (this.is64 ? 12 : 4);
    const pointer = this.isEhFrame ? idOffset - parts.cie : parts.cie;
    return this.entry(pointer, [
      ...this.address(parts.start),
      ...this.address(parts.size),
      ...block(parts.augmentationData),
      ...(parts.instructions ?? []),
    ]);
  }

  /** Any bytes at all. */
  raw(bytes: number[]): number {
    const offset = this.size;
    this.content.push(...bytes);
    return offset;
  }

  terminator(): number {
    return this.raw([0, 0, 0, 0]);
  }

  private entry(id: number, body: number[]): number {
    const idSize = this.is64 && !this.isEhFrame ? 8 : 4;
    const length = idSize + body.length;
    return this.raw([
      ...(this.is64
        ? [0xff, 0xff, 0xff, 0xff, ...fixed(length, 8, this.littleEndian)]
        : fixed(length, 4, this.littleEndian)),
      ...fixed(id, idSize, this.littleEndian),
      ...body,
    ]);
  }

  private address(value: number | number[]): number[] {
    return typeof value === "number"
      ? fixed(value, 8, this.littleEndian)
      : value;
  }
}

function block(data: number[] | undefined): number[] {
  return data === undefined ? [] : [...uleb(data.length), ...data];
}

/** An `.eh_frame_hdr` with a table of `datarel|sdata4` (or, if `isWide`, `sdata8`) pairs: start, FDE address. */
export function buildHeader(
  address: number,
  frameAddress: number,
  entries: readonly (readonly [start: number, fdeAddress: number])[],
  { littleEndian = true, isWide = false }: {
    littleEndian?: boolean;
    isWide?: boolean;
  } = {},
): Uint8Array<ArrayBuffer> {
  const size = isWide ? 8 : 4;
  return Uint8Array.from([
    ...[1, 0x1b, 0x03, isWide ? 0x3c : 0x3b],
    ...fixed(frameAddress - address - 4, 4, littleEndian),
    ...fixed(entries.length, 4, littleEndian),
    ...entries.flat().flatMap((value) =>
      fixed(value - address, size, littleEndian)
    ),
  ]);
}

/** One function at 0x1000 of 0x100 bytes in an x86-64 `.eh_frame` with plain addresses. */
export function buildFunction(
  instructions: number[],
  cie: CieParts = {},
): Uint8Array<ArrayBuffer> {
  const builder = new CfiBuilder();
  builder.fde({
    cie: builder.cie(cie),
    start: 0x1000,
    size: 0x100,
    instructions,
  });
  return builder.bytes;
}
