/**
 * An ELF file as far as the process has it in memory: what a core holds of a module.
 *
 * @module
 */
import type { ByteSource } from "../../formats/base/byte_source.ts";
import type { MappedPart } from "./modules.ts";
import type { SourceMemory } from "./source_memory.ts";

/** File offsets read through the mappings of the file. What is not mapped, or not in the core, reads as nothing. */
export class ImageSource implements ByteSource {
  /** Size in bytes: up to the last mapped byte of the file. */
  readonly size: number;
  private readonly memory: SourceMemory;
  private readonly parts: readonly MappedPart[];

  /** The file mapped by `parts`. */
  constructor(memory: SourceMemory, parts: readonly MappedPart[]) {
    this.memory = memory;
    this.parts = parts;
    this.size = parts.reduce(
      (size, { start, end, fileOffset }) =>
        Math.max(size, fileOffset + end - start),
      0,
    );
  }

  /** Reads from the first mapping that holds `offset`, cut at its end. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    for (const { start, end, fileOffset } of this.parts) {
      const address = start + offset - fileOffset;
      if (offset < fileOffset || address >= end) continue;
      const bytes = await this.memory.readRange(
        address,
        Math.min(length, end - address),
      );
      if (bytes.length > 0) return bytes;
    }
    return new Uint8Array(0);
  }
}
