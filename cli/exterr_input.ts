/**
 * The input of `framewalk exterr`: what it is, and its bytes in the form that this kind is read in.
 *
 * @module
 */
import { type ByteSource, BytesSource } from "../formats/base/byte_source.ts";
import { FormatError } from "../formats/base/error.ts";
import { joinChunks } from "../formats/base/join.ts";
import { decodeElfHeader, ELFOSABI, EM, isElf } from "../formats/elf/mod.ts";
import { detectRecordOrder, RECORD_SIZE } from "../formats/exterr/mod.ts";
import { detectKtrace, type KtraceLayout } from "../formats/ktrace/mod.ts";
import { isCompressed } from "../formats/core_dump/mod.ts";
import {
  HEAD_SIZE as COMPRESSION_HEAD_SIZE,
  openChunks,
  peek,
} from "./chunks.ts";
import type { ExterrOptions, InputKind } from "./exterr_options.ts";
import { InputError, type Io } from "./io.ts";

/** Enough to tell a trace, and the machine that wrote it. */
const HEAD_SIZE = 1 << 16;
/** A trace whose first records are damaged is taken for one of today's machines. */
const DEFAULT_LAYOUT: KtraceLayout = { littleEndian: true, wordSize: 8 };

/** An input that has been looked at. */
export interface ExterrInput {
  /** What it is. */
  kind: InputKind;
  /** All of it, from the start. */
  chunks: AsyncIterable<Uint8Array>;
  /** Its first bytes. */
  head: Uint8Array;
  /** For traces: the machine that wrote it. */
  layout: KtraceLayout;
  /** Whether it is a core that the reader of Linux cores may know. */
  isLinuxCore: boolean;
}

/**
 * Looks at the input's first bytes.
 *
 * @param damage Gets what is wrong with compressed input.
 * @throws {InputError} If it cannot be opened.
 * @throws {FormatError} `bad-magic` if nothing says what it is.
 */
export async function openExterrInput(
  { file, kind }: ExterrOptions,
  damage: string[],
  io: Io,
): Promise<ExterrInput> {
  const all = openChunks(file, "extended errors", damage, io);
  const [head, chunks] = await peek(all, HEAD_SIZE);
  const isWhole = head.length < HEAD_SIZE;
  const layout = detectKtrace(head, isWhole);
  return {
    kind: kind ?? detectKind(head, isWhole, layout),
    chunks,
    head,
    layout: layout ?? DEFAULT_LAYOUT,
    isLinuxCore: isLinuxCore(head),
  };
}

function detectKind(
  head: Uint8Array,
  isWhole: boolean,
  layout: KtraceLayout | undefined,
): InputKind {
  if (isElf(head)) return "core";
  if (isRecords(head, isWhole)) return "record";
  if (layout !== undefined) return "ktrace";
  throw new FormatError({
    code: "bad-magic",
    format: "extended errors",
    field: "first bytes",
    offset: 0,
    expected:
      "a FreeBSD ktrace.out, struct uexterror or a core (--as says what it is)",
  });
}

/** Whether records follow each other; memory may begin with one by chance. */
function isRecords(head: Uint8Array, isWhole: boolean): boolean {
  if (detectRecordOrder(head) === undefined) return false;
  if (isWhole && head.length % RECORD_SIZE !== 0) return false;
  const second = head.subarray(RECORD_SIZE);
  return second.length < RECORD_SIZE || detectRecordOrder(second) !== undefined;
}

/** FreeBSD marks its cores; the reader of Linux cores knows three 64-bit machines. */
function isLinuxCore(head: Uint8Array): boolean {
  try {
    const { elfClass, osAbi, machine } = decodeElfHeader(head);
    return elfClass === 64 && osAbi !== ELFOSABI.FREEBSD &&
      ([EM.X86_64, EM.AARCH64, EM.S390] as number[]).includes(machine);
  } catch {
    return false; // no ELF file, or a broken one: whoever reads it says so
  }
}

/**
 * The input by offset: the file itself, or what comes compressed or through a pipe in memory.
 *
 * @throws {InputError} If it is larger than the memory that it may take.
 */
export async function openSource(
  { chunks }: ExterrInput,
  { file, memory }: ExterrOptions,
  io: Io,
): Promise<ByteSource> {
  const source = file === "-" ? "" : io.open(file);
  if (typeof source !== "string") {
    const start = await source.read(0, COMPRESSION_HEAD_SIZE);
    if (isCompressed(start) === undefined) return source;
  }
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > memory) {
      throw new InputError(
        `${file}: larger than --memory allows; as a plain file it needs none`,
      );
    }
    parts.push(chunk);
  }
  return new BytesSource(joinChunks(parts, size));
}
