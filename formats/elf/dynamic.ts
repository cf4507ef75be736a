/**
 * The dynamic segment, for its symbols: the dynamic linker needs no section table, so it may be gone.
 *
 * @module
 */
import { readInt64 } from "../base/address.ts";
import { viewOf } from "../base/byte_source.ts";
import { DT, EM, PT } from "./constants.ts";
import type { ElfFile } from "./elf_file.ts";

/** How much of the chains of `DT_GNU_HASH` is read at a time. */
const CHAIN_PART_SIZE = 4096;

/** The bytes of the dynamic symbols and of their names. */
export interface DynamicSymbols {
  /** As in `.dynsym`. */
  symbols: Uint8Array;
  /** As in `.dynstr`. */
  strings: Uint8Array;
}

/**
 * Reads the dynamic symbols by `PT_DYNAMIC`; `undefined` if anything that is needed for that is missing.
 *
 * The number of symbols stands nowhere: it is the number of chains of `DT_HASH`, or follows from the last chain of
 * `DT_GNU_HASH`.
 *
 * Source: gABI 4.3, chapter 5, "Dynamic Section" and "Hash Table".
 */
export async function readDynamicSymbols(
  elf: ElfFile,
): Promise<DynamicSymbols | undefined> {
  const tags = await readTags(elf);
  const symbolsAddress = tags.get(DT.SYMTAB);
  const stringsAddress = tags.get(DT.STRTAB);
  const stringsSize = tags.get(DT.STRSZ);
  if (
    symbolsAddress === undefined || stringsAddress === undefined ||
    stringsSize === undefined
  ) return undefined;
  const count = await countByHash(elf, tags.get(DT.HASH)) ??
    await countByGnuHash(elf, tags.get(DT.GNU_HASH));
  if (count === undefined) return undefined;
  const entrySize = elf.header.elfClass === 64 ? 24 : 16;
  const symbols = await elf.readAddress(symbolsAddress, count * entrySize);
  const strings = await elf.readAddress(stringsAddress, stringsSize);
  return symbols === undefined || strings === undefined
    ? undefined
    : { symbols, strings };
}

async function readTags(elf: ElfFile): Promise<Map<number, number>> {
  const tags = new Map<number, number>();
  const index = elf.segments.findType(PT.DYNAMIC);
  if (index < 0) return tags;
  const view = viewOf(await elf.readSegment(index));
  const { elfClass, littleEndian } = elf.header;
  const wordSize = elfClass / 8;
  const read = (at: number) =>
    elfClass === 64
      ? readInt64(view, at, littleEndian)
      : view.getUint32(at, littleEndian);
  for (let at = 0; at + 2 * wordSize <= view.byteLength; at += 2 * wordSize) {
    const tag = read(at);
    if (tag === DT.NULL) break;
    tags.set(tag, read(at + wordSize));
  }
  return tags;
}

async function countByHash(
  elf: ElfFile,
  address: number | undefined,
): Promise<number | undefined> {
  if (address === undefined) return undefined;
  const { elfClass, machine, littleEndian } = elf.header;
  // s390x alone has 64-bit words here; counts fit into the low half.
  const wide = machine === EM.S390 && elfClass === 64;
  const wordSize = wide ? 8 : 4;
  const head = await elf.readAddress(address, 2 * wordSize);
  if (head === undefined) return undefined;
  const lowHalf = wide && !littleEndian ? 4 : 0;
  return viewOf(head).getUint32(wordSize + lowHalf, littleEndian);
}

async function countByGnuHash(
  elf: ElfFile,
  address: number | undefined,
): Promise<number | undefined> {
  if (address === undefined) return undefined;
  const { elfClass, littleEndian } = elf.header;
  const head = await elf.readAddress(address, 16);
  if (head === undefined) return undefined;
  const view = viewOf(head);
  const bucketCount = view.getUint32(0, littleEndian);
  const firstSymbol = view.getUint32(4, littleEndian);
  const bloomCount = view.getUint32(8, littleEndian);
  const bucketsAddress = address + 16 + bloomCount * (elfClass / 8);
  const buckets = await elf.readAddress(bucketsAddress, bucketCount * 4);
  if (buckets === undefined) return undefined;
  const bucketView = viewOf(buckets);
  let last = 0;
  for (let at = 0; at < buckets.length; at += 4) {
    last = Math.max(last, bucketView.getUint32(at, littleEndian));
  }
  if (last < firstSymbol) return firstSymbol; // every bucket is empty
  const chainsAddress = bucketsAddress + bucketCount * 4;
  const at = chainsAddress + (last - firstSymbol) * 4;
  const rest = await countChain(elf, at);
  return rest === undefined ? undefined : last + rest;
}

/** How many items the chain at `address` has: the last one's low bit is set. */
async function countChain(
  elf: ElfFile,
  address: number,
): Promise<number | undefined> {
  let count = 0;
  for (let at = address;; at += CHAIN_PART_SIZE) {
    const part = await elf.readAddress(at, CHAIN_PART_SIZE) ??
      await readTail(elf, at);
    if (part === undefined) return undefined;
    const view = viewOf(part);
    for (let i = 0; i + 4 <= part.length; i += 4) {
      count++;
      if ((view.getUint32(i, elf.header.littleEndian) & 1) !== 0) return count;
    }
    if (part.length < CHAIN_PART_SIZE) return undefined;
  }
}

/** What is left of the segment behind `address`, if that is less than a part. */
async function readTail(
  elf: ElfFile,
  address: number,
): Promise<Uint8Array | undefined> {
  const index = elf.segments.findAddress(address);
  if (index < 0) return undefined;
  const end = elf.segments.addresses[index]! + elf.segments.fileSizes[index]!;
  const size = Math.floor((end - address) / 4) * 4;
  return size > 0 && size < CHAIN_PART_SIZE
    ? await elf.readAddress(address, size)
    : undefined;
}
