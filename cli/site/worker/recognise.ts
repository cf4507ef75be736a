/**
 * Telling by its first bytes what a file is, and opening it. What a kind of file takes is loaded when one is met.
 *
 * @module
 */
import {
  type ByteSource,
  BytesSource,
} from "../../../formats/base/byte_source.ts";
import { FormatError } from "../../../formats/base/error.ts";
import { joinChunks } from "../../../formats/base/join.ts";
import { isCompressed, spoolCore } from "../../../formats/core_dump/mod.ts";
import { ET, isElf, openElf } from "../../../formats/elf/mod.ts";
import { chunksOf, peek } from "../../chunks.ts";
import type { BinaryDocument } from "./binary_document.ts";
import type { CaptureDocument } from "./capture_document.ts";
import type { CoreDocument } from "./core_document.ts";
import { decodeStream, decompress } from "./decompress.ts";
import type { GivenFiles } from "./files.ts";
import type { Progress } from "./progress.ts";

/** Memory for a core that comes compressed. */
const MEMORY_LIMIT = 2 ** 30;
/** Enough to tell all kinds apart. */
const HEAD_SIZE = 64;
/** First bytes of a capture: those of a program of either byte order. */
const CAPTURE_MAGICS = ["PERFILE2", "2ELIFREP"];
/** First two bytes of a section, in either byte order. */
const SFRAME_MAGICS = [0xdee2, 0xe2de];

/** Whatever can be open. */
export type AnyDocument = CoreDocument | CaptureDocument | BinaryDocument;

/**
 * Opens a file.
 *
 * @param warnings Gets what the user should know.
 * @throws {FormatError} If it is of no kind that is known, or damaged from its start.
 */
export async function recognise(
  name: string,
  source: ByteSource,
  files: GivenFiles,
  warnings: string[],
  report: Progress,
): Promise<AnyDocument> {
  const head = await source.read(0, HEAD_SIZE);
  const magic = new TextDecoder().decode(head.subarray(0, 8));
  if (CAPTURE_MAGICS.includes(magic)) {
    const { CaptureDocument } = await import("./capture_document.ts");
    return await CaptureDocument.open(source, files);
  }
  if (isSectionStart(head)) {
    return await openBinary(name, source, true);
  }
  const compression = isCompressed(head);
  if (compression === undefined) {
    if (!isElf(head)) throw unknownFile(head);
    const elf = await openElf(source);
    if (elf.header.type !== ET.CORE) {
      return await openBinary(name, source, false);
    }
    return await openCore(source, files);
  }
  if (compression === "lz4") throw unknownFile(head);
  const packed = watch(chunksOf(source), source.size, report);
  const [start, chunks] = await peek(decodeStream(compression, packed));
  if (isSectionStart(start)) {
    const section = new BytesSource(await gather(chunks));
    return await openBinary(name, section, true);
  }
  const spooled = await spoolCore(chunks, { memoryLimit: MEMORY_LIMIT });
  warnings.push(...spooled.warnings.map(({ message }) => message));
  return await openCore(spooled.source, files);
}

function isSectionStart([first = 0, second = 0]: Uint8Array): boolean {
  return SFRAME_MAGICS.includes(first << 8 | second);
}

/** All of a stream that fits into memory. @throws {FormatError} `limit` */
async function gather(
  chunks: AsyncIterable<Uint8Array>,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > MEMORY_LIMIT) {
      throw new FormatError({
        code: "limit",
        format: "SFrame",
        field: "section",
        offset: size,
        expected: `at most ${MEMORY_LIMIT} bytes`,
      });
    }
    parts.push(chunk);
  }
  return joinChunks(parts, size);
}

/** Opens an ELF file, or the bytes of a section. @throws {FormatError} If it is none. */
export async function openBinary(
  name: string,
  source: ByteSource,
  isRaw: boolean,
): Promise<BinaryDocument> {
  const { BinaryDocument } = await import("./binary_document.ts");
  return await BinaryDocument.open(name, source, isRaw);
}

async function openCore(
  source: ByteSource,
  files: GivenFiles,
): Promise<CoreDocument> {
  const [{ openSession }, { CoreDocument }, { loadNames }] = await Promise.all([
    import("../../../kernel/mod.ts"),
    import("./core_document.ts"),
    import("./demangle.ts"),
  ]);
  const session = await openSession(source, {
    candidates: files.find,
    executable: files.program,
    decompress,
    demangle: await loadNames(),
  });
  return new CoreDocument(session);
}

function unknownFile(head: Uint8Array): FormatError {
  const bytes = Array.from(
    head.subarray(0, 4),
    (byte) => byte.toString(16).padStart(2, "0"),
  );
  return new FormatError({
    code: "bad-magic",
    format: "file",
    field: "first bytes",
    offset: 0,
    value: bytes.join(" "),
    expected: "a core dump, a capture of perf record, an ELF file or .sframe",
  });
}

async function* watch(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
  report: Progress,
): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const chunk of chunks) {
    done += chunk.length;
    report(done / size, "decompressing");
    yield chunk;
  }
}
