/**
 * What a dynamic loader does about unwind tables: it tells the kernel of each library that it maps.
 *
 * | for each text range | calls | bytes that the kernel copies in |
 * | --- | --- | --- |
 * | table in memory | 1 | 32 |
 * | table in memory, then build ID and debug link | 2 | 32 + 40 + the build ID + the name |
 * | removal, by text range | 1 | 40 |
 *
 * Beside that a library costs what it always did: open, a mapping for each segment, close. Unmapping the text removes
 * what is registered for it, so that a loader that unmaps need not unregister.
 *
 * @module
 */
import { Errno } from "../model/mod.ts";
import type { Script } from "./script.ts";

/** Options of codectl. */
const UNREGISTER = 0;
const SFRAME = 1;
const IDENTITY = 4;
/** Where a call's arguments are put in the loader's own memory. */
const NAME_OFFSET = 0x100;
const BUILD_ID_OFFSET = 0x200;

/** What the loader knows of a library that it has mapped. */
export interface LoadedLibrary {
  /** Its text ranges. */
  text: readonly { start: number; size: number }[];
  /** Its table. */
  sframe: { start: number; size: number };
  /** Its build ID, if it has one. */
  buildId?: Uint8Array;
  /** Name and sum of its debug file, if it names one. */
  debugLink?: { name: string; crc: number };
}

/** What registering cost. */
export interface LoaderCost {
  /** System calls. */
  calls: number;
  /** Bytes that the kernel had to copy in. */
  copied: number;
}

/** See the module's description. */
export class Loader {
  /** What all registrations cost so far. */
  readonly cost: LoaderCost = { calls: 0, copied: 0 };
  private readonly script: Script;
  private readonly thread: number;
  private readonly scratch: number;

  /** A loader in `thread`, which uses a page at `scratch` for arguments. */
  constructor(script: Script, thread: number, scratch: number) {
    this.script = script;
    this.thread = thread;
    this.scratch = scratch;
  }

  /**
   * Registers a library: its table for each text range, and if `withIdentity` who it is. A range that is registered
   * already is no error: somebody else was first.
   */
  async register(
    library: LoadedLibrary,
    withIdentity: boolean,
  ): Promise<number> {
    for (const { start, size } of library.text) {
      const { sframe } = library;
      const result = await this.codectl(SFRAME, [
        sframe.start,
        sframe.size,
        start,
        size,
      ]);
      if (result !== 0 && result !== -Errno.EEXIST) return result;
      if (withIdentity) await this.identify(library, start, size);
    }
    return 0;
  }

  /** Takes a library back. */
  async unregister({ text }: LoadedLibrary): Promise<void> {
    for (const { start, size } of text) {
      await this.codectl(UNREGISTER, [0, 0, start, size, 0]);
    }
  }

  /** Build ID and debug link of one range. */
  private async identify(
    { buildId, debugLink }: LoadedLibrary,
    start: number,
    size: number,
  ): Promise<void> {
    const { script, thread, scratch } = this;
    if (buildId !== undefined) {
      await script.writeBytes(thread, scratch + BUILD_ID_OFFSET, buildId);
      this.cost.copied += buildId.length;
    }
    if (debugLink !== undefined) {
      const at = scratch + NAME_OFFSET;
      await script.step({ do: "write", thread, at, text: debugLink.name });
      this.cost.copied += debugLink.name.length + 1;
    }
    const words = [
      start,
      size,
      buildId === undefined ? 0 : scratch + BUILD_ID_OFFSET,
      debugLink === undefined ? 0 : scratch + NAME_OFFSET,
    ];
    const sizes = [buildId?.length ?? 0, debugLink?.crc ?? 0];
    await this.codectl(IDENTITY, words, sizes);
  }

  /** One call, with a struct of 64-bit and then 32-bit words. */
  private async codectl(
    option: number,
    longs: readonly number[],
    words: readonly number[] = [],
  ): Promise<number> {
    const { script, thread, scratch } = this;
    const size = 8 * longs.length + 4 * words.length;
    await script.writeLongs(thread, scratch, ...longs);
    if (words.length > 0) {
      await script.writeWords(thread, scratch + 8 * longs.length, ...words);
    }
    this.cost.calls++;
    this.cost.copied += size;
    return await script.call(thread, "codectl", option, scratch, size, 0);
  }
}
