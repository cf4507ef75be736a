/**
 * SFrame sections written down as literals. Independent of the package's own encoder and constants, so that both
 * cannot be wrong together.
 *
 * @module
 */

/** One row. Words are stored as they stand: flexible functions give control words too. */
export interface BuiltRow {
  start: number;
  words: number[];
  /** Base of the CFA; default SP. */
  base?: "sp" | "fp";
  /** Bytes per word; default 1. */
  wordSize?: 1 | 2 | 4;
  mangled?: boolean;
  /** The info byte as a whole, instead of all above. */
  info?: number;
}

/** One function. */
export interface BuiltFunction {
  start: number;
  size: number;
  rows: BuiltRow[];
  /** Bytes per row start; default 1. */
  startSize?: 1 | 2 | 4;
  /** Rows repeat after that many bytes. */
  repSize?: number;
  mask?: boolean;
  keyB?: boolean;
  signal?: boolean;
  /** V3's function type; default 0. */
  type?: number;
  /** The info byte as a whole. */
  info?: number;
  /** Claims, where they shall not be true. */
  rowCount?: number;
  freOffset?: number;
}

/** A section; `flags` default to what ld 2.47 sets: sorted and field-relative. */
export interface BuiltSection {
  version: 1 | 2 | 3;
  address: number;
  functions: BuiltFunction[];
  abi?: number;
  flags?: number;
  fixedRa?: number;
  fixedFp?: number;
  auxSize?: number;
  littleEndian?: boolean;
}

/** ABI identifiers. */
export const ABI = { AARCH64_BE: 1, AARCH64_LE: 2, AMD64: 3, S390X: 4 };

/** Writes the section's bytes. `address` is that of its first byte. */
export function buildSFrame(section: BuiltSection): Uint8Array<ArrayBuffer> {
  const { version, functions } = section;
  const abi = section.abi ?? ABI.AMD64;
  const little = section.littleEndian ?? (abi === 2 || abi === 3);
  const flags = section.flags ?? (version === 1 ? 1 : 5);
  const aux = section.auxSize ?? 0;
  const fdeSize = [0, 17, 20, 16][version]!;
  const tableOffset = 28 + aux;
  const rowsOffset = tableOffset + functions.length * fdeSize;
  const rows: number[] = [];
  const offsets = functions.map((f) => {
    const offset = rows.length;
    if (version === 3) {
      rows.push(...integer(f.rowCount ?? f.rows.length, 2, little));
      rows.push(functionInfo(f), f.type ?? 0, f.repSize ?? 0);
    }
    for (const row of f.rows) writeRow(rows, row, f.startSize ?? 1, little);
    return offset;
  });
  const bytes = new Uint8Array(rowsOffset + rows.length);
  bytes.set(rows, rowsOffset);
  const header = [
    ...integer(0xdee2, 2, little),
    version,
    flags,
    abi,
    (section.fixedFp ?? 0) & 0xff,
    (section.fixedRa ?? (abi === ABI.AMD64 ? -8 : 0)) & 0xff,
    aux,
    ...integer(functions.length, 4, little),
    ...integer(functions.reduce((sum, f) => sum + f.rows.length, 0), 4, little),
    ...integer(rows.length, 4, little),
    ...integer(0, 4, little),
    ...integer(functions.length * fdeSize, 4, little),
  ];
  bytes.set(header);
  functions.forEach((f, i) => {
    const at = tableOffset + i * fdeSize;
    const field = f.start - section.address - ((flags & 4) !== 0 ? at : 0);
    const freOffset = integer(f.freOffset ?? offsets[i]!, 4, little);
    const fde = version === 3
      ? [
        ...integer(field, 8, little),
        ...integer(f.size, 4, little),
        ...freOffset,
      ]
      : [
        ...integer(field, 4, little),
        ...integer(f.size, 4, little),
        ...freOffset,
        ...integer(f.rowCount ?? f.rows.length, 4, little),
        functionInfo(f),
        ...(version === 2 ? [f.repSize ?? 0, 0, 0] : []),
      ];
    bytes.set(fde, at);
  });
  return bytes;
}

function functionInfo(f: BuiltFunction): number {
  if (f.info !== undefined) return f.info;
  const type = { 1: 0, 2: 1, 4: 2 }[f.startSize ?? 1];
  return type | (f.mask ? 0x10 : 0) | (f.keyB ? 0x20 : 0) |
    (f.signal ? 0x80 : 0);
}

function writeRow(
  out: number[],
  row: BuiltRow,
  startSize: number,
  little: boolean,
): void {
  const size = row.wordSize ?? 1;
  out.push(...integer(row.start, startSize, little));
  out.push(
    row.info ??
      ((row.base === "fp" ? 0 : 1) | row.words.length << 1 |
        { 1: 0, 2: 1, 4: 2 }[size] << 5 | (row.mangled ? 0x80 : 0)),
  );
  for (const word of row.words) out.push(...integer(word, size, little));
}

function integer(value: number, size: number, little: boolean): number[] {
  const bits = BigInt.asUintN(size * 8, BigInt(value));
  const bytes = Array.from(
    { length: size },
    (_, i) => Number(bits >> BigInt(8 * i) & 0xffn),
  );
  return little ? bytes : bytes.reverse();
}
