import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import {
  type ByteSource,
  Lookup,
  type SidecarMeta,
  type SidecarTable,
  UnwindRow,
  type UnwindTable,
} from "../../../formats/sidecar/mod.ts";
import { buildSFrame, type BuiltFunction } from "../../builders/sframe.ts";

/** A binary to which sidecars belong. */
export const META: SidecarMeta = {
  buildId: "00112233445566778899aabbccddeeff00112233",
  machine: 62,
  textStart: 0x1000,
  textEnd: 0x200000,
};

/** As the command compresses, but faster. */
export function compress(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(zstdCompressSync(bytes, {
    params: { [constants.ZSTD_c_compressionLevel]: 3 },
  }));
}

/** As the command decompresses. */
export function decompress(bytes: Uint8Array, size: number): Uint8Array {
  return new Uint8Array(zstdDecompressSync(bytes, { maxOutputLength: size }));
}

/** Counts what is read. */
export class CountingSource implements ByteSource {
  readonly size: number;
  readSize = 0;
  readCount = 0;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.size = bytes.length;
  }

  read(offset: number, length: number): Uint8Array {
    this.readCount++;
    const part = this.bytes.subarray(offset, offset + length);
    this.readSize += part.length;
    return part;
  }
}

/** Address of {@linkcode largeSection}. */
export const LARGE_ADDRESS = 0x400000;

/** A sorted V3 section of `count` functions whose rows differ, with gaps, from address 0x1000 on. */
export function largeSection(count: number): Uint8Array {
  const functions: BuiltFunction[] = [];
  let start = 0x1000;
  let state = 12345;
  const next = (limit: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % limit;
  };
  for (let i = 0; i < count; i++) {
    const size = 16 + next(200);
    const rows = [{ start: 0, words: [8] }];
    for (let at = 1 + next(4); at < size; at += 1 + next(60)) {
      rows.push({ start: at, words: [8 * (1 + next(14))] });
    }
    functions.push({ start, size, rows });
    start += size + (next(3) === 0 ? next(40) : 0);
  }
  return buildSFrame({
    version: 3,
    address: LARGE_ADDRESS,
    functions,
    fixedRa: -8,
  });
}

/** Looks up with all that is missing loaded. */
export async function lookupLoaded(
  table: SidecarTable,
  pc: number,
  row: UnwindRow,
): Promise<number> {
  let answer = table.lookup(pc, row);
  for (let i = 0; i < 8 && answer === Lookup.NEEDS_DATA; i++) {
    await table.fill();
    answer = table.lookup(pc, row);
  }
  return answer;
}

/** The rules at `pc` as text, without the row's range; `-` where there is none. */
export function rulesAt(table: UnwindTable, pc: number): string {
  const row = new UnwindRow();
  const answer = table.lookup(pc, row);
  if (answer !== Lookup.FOUND) return answer === Lookup.BAD ? "bad" : "-";
  if (!(row.startPc <= pc && pc < row.endPc)) return "outside its range";
  return [
    row.cfaBase,
    row.cfaBase === -5 ? 0 : row.cfaOffset,
    row.cfaDeref,
    row.raBase,
    row.raOffset,
    row.raDeref,
    row.fpBase,
    row.fpOffset,
    row.fpDeref,
    row.flags,
  ].join();
}
