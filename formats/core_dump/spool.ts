/**
 * Core dumps that come as a stream: from a pipe, out of a compressed file.
 *
 * @module
 */
import type { ByteSource } from "../base/byte_source.ts";
import { viewOf } from "../base/byte_source.ts";
import type { FormatError } from "../base/error.ts";
import { type ElfHeader, type ElfSegments, PN_XNUM, PT } from "../elf/mod.ts";
import { openCore } from "./core_dump.ts";
import { PageStore, STORE_PAGE_SIZE } from "./page_store.ts";
import {
  countUpToNotes,
  PROGRAM_HEADER_SIZE,
  readProgramHeaders,
} from "./program_headers.ts";
import { decodeCoreHeader, HEAD_SIZE } from "./refuse.ts";
import { SpoolPlan, Worth } from "./spool_plan.ts";
import { coreError, Warnings } from "./warnings.ts";

/** Options of {@linkcode spoolCore}. */
export interface SpoolOptions {
  /** Bytes of memory that kept pages may take; headers, notes and the first pages of modules come on top. */
  memoryLimit: number;
}

/** What {@linkcode spoolCore} yields. */
export interface SpooledCore {
  /**
   * The core dump by file offset, as large as the stream was. A read ends where a page begins that was not kept; it is
   * empty if it starts in one.
   */
  source: ByteSource;
  /** Whether the limit made it leave memory out. */
  warnings: FormatError[];
}

/** Headers and notes beyond this are not waited for: a count that lies must not keep the whole stream. */
const PREAMBLE_LIMIT = 1 << 28;
/** Notes further behind the program headers than this are taken when they come, too late for the plan. */
const NOTES_GAP_LIMIT = 1 << 20;

/**
 * Takes a core dump in as it streams by and keeps what a stack walk needs: headers, notes, the first pages of mapped
 * modules, the vDSO, writable memory and memory of no file, without pages of zeros. Where the limit does not allow all,
 * the stacks above each thread's stack pointer go first.
 *
 * @param chunks The bytes of the core dump in order, decompressed; chunks may be of any size.
 * @throws {FormatError} As `openCore`, as soon as the bytes show it; and whatever `chunks` throws.
 */
export async function spoolCore(
  chunks: AsyncIterable<Uint8Array>,
  options: SpoolOptions,
): Promise<SpooledCore> {
  const spooler = new Spooler(options.memoryLimit);
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      at += spooler.fill(chunk, at);
      if (spooler.isWaiting()) await spooler.advance();
    }
  }
  return await spooler.finish();
}

class Spooler {
  private readonly store: PageStore = new PageStore();
  private readonly limit: number;
  private readonly page: Uint8Array<ArrayBuffer> = new Uint8Array(
    STORE_PAGE_SIZE,
  );
  private readonly pageView: DataView = viewOf(this.page);
  private readonly pageWords: Int32Array = new Int32Array(this.page.buffer);
  private pageFill = 0;
  /** How much of the stream must be there for the next step of the preamble. */
  private needed = STORE_PAGE_SIZE;
  private header: ElfHeader | undefined;
  private segments: ElfSegments | undefined;
  private plan: SpoolPlan | undefined;
  /** Bytes kept before there was a plan; they do not count against the limit. */
  private preambleSize = 0;
  private leftOutSize = 0;
  private leftOutOffset = 0;

  constructor(memoryLimit: number) {
    this.limit = memoryLimit;
  }

  /** Copies bytes of `chunk` from `at` on up to the end of the page; returns how many. */
  fill(chunk: Uint8Array, at: number): number {
    const part = Math.min(chunk.length - at, STORE_PAGE_SIZE - this.pageFill);
    this.page.set(chunk.subarray(at, at + part), this.pageFill);
    this.pageFill += part;
    if (this.pageFill === STORE_PAGE_SIZE) this.endPage();
    return part;
  }

  /** Whether {@linkcode Spooler.advance} has something to do. */
  isWaiting(): boolean {
    return this.plan === undefined && this.store.size >= this.needed;
  }

  /** Takes the steps that the bytes at hand allow: header, program headers, notes, plan. */
  async advance(): Promise<void> {
    while (this.isWaiting()) {
      if (this.header === undefined) await this.takeHeader();
      else if (this.segments === undefined) {
        await this.takeSegments(this.header);
      } else {
        const core = await openCore(this.store);
        const { header, segments, limit } = this;
        this.plan = new SpoolPlan(header, segments, core, limit);
        this.preambleSize = this.store.keptSize;
      }
    }
  }

  async finish(): Promise<SpooledCore> {
    if (this.pageFill > 0) {
      this.page.fill(0, this.pageFill);
      this.endPage();
    }
    const warnings: FormatError[] = [];
    if (this.leftOutSize > 0) {
      warnings.push(coreError({
        code: "limit",
        field: "memory",
        offset: this.leftOutOffset,
        value: `${this.leftOutSize} bytes more, which are left out`,
        expected: `at most ${this.limit} bytes of memory in a stream`,
      }));
    }
    // A stream that is over before it said what it is: openCore tells why.
    if (this.header === undefined) await openCore(this.store);
    return { source: this.store, warnings };
  }

  private async takeHeader(): Promise<void> {
    const { header } = decodeCoreHeader(this.store.read(0, HEAD_SIZE));
    const count = header.programHeaderCount === PN_XNUM
      ? await countUpToNotes(this.store, header)
      : header.programHeaderCount;
    this.header = header;
    this.waitFor(header.programHeaderOffset + count * PROGRAM_HEADER_SIZE);
  }

  private async takeSegments(header: ElfHeader): Promise<void> {
    // What is damaged is told when the kept file is opened.
    const segments = await readProgramHeaders(
      this.store,
      header,
      new Warnings(),
    );
    let end = this.needed;
    for (let i = 0; i < segments.count; i++) {
      const start = segments.offsets[i]!;
      if (
        segments.types[i] === PT.NOTE && start < this.needed + NOTES_GAP_LIMIT
      ) end = Math.max(end, start + segments.fileSizes[i]!);
    }
    this.segments = segments;
    this.waitFor(end);
  }

  private waitFor(offset: number): void {
    this.needed = Math.min(Math.max(offset, this.needed), PREAMBLE_LIMIT);
  }

  private endPage(): void {
    const length = this.pageFill;
    this.pageFill = 0;
    const { store, plan } = this;
    const worth = plan === undefined
      ? Worth.ALL
      : plan.worthOf(store.size, this.pageView);
    if (worth === Worth.NONE) store.drop(length);
    else if (this.isZero()) store.keepZero(length);
    else if (store.keptSize < this.limitFor(worth)) {
      store.keep(this.page, length);
    } else {
      if (this.leftOutSize === 0) this.leftOutOffset = store.size;
      this.leftOutSize += length;
      store.drop(length);
    }
  }

  private limitFor(worth: number): number {
    const limit = this.limit + this.preambleSize;
    if (worth === Worth.ALL) return limit + PREAMBLE_LIMIT;
    return worth === Worth.STACK ? limit : limit - this.plan!.stackRoom;
  }

  private isZero(): boolean {
    const words = this.pageWords;
    for (let i = 0; i < words.length; i++) {
      if (words[i] !== 0) return false;
    }
    return true;
  }
}
