/**
 * Memory of a process as a sample has it: a copy of the top of the stack, and the code in the mapped files.
 *
 * @module
 */
import { SourceMemory } from "../walk/source_memory.ts";

/** The stack goes before the files. */
export class SampleMemory extends SourceMemory {
  private stack: DataView = new DataView(new ArrayBuffer(0));
  private stackStart = 0;
  private stackSize = 0;

  /** Takes the `size` bytes at `offset` of `view` for the stack at address `start`. */
  setStack(view: DataView, offset: number, size: number, start: number): void {
    this.stack = new DataView(view.buffer, view.byteOffset + offset, size);
    this.stackStart = start;
    this.stackSize = size;
    this.missing = NaN;
    this.windowSize = 0;
  }

  /** Whether both lie on the stack, or in one mapping. */
  override sameMapping(a: number, b: number): boolean {
    const isOnStack = this.isOnStack(a);
    return isOnStack === this.isOnStack(b) &&
      (isOnStack || super.sameMapping(a, b));
  }

  /** Whether the stack or a file has bytes there. */
  override isMapped(address: number): boolean {
    return this.isOnStack(address) || super.isMapped(address);
  }

  /** Makes the stack the window, or a block of a file. */
  protected override seek(address: number, size: number): boolean {
    const at = address - this.stackStart;
    if (!(at >= 0 && at < this.stackSize)) return super.seek(address, size);
    this.window = this.stack;
    this.windowStart = this.stackStart;
    this.windowSize = this.stackSize;
    return at + size <= this.stackSize;
  }

  /** The end counts too: the outermost frame may have nothing above it. */
  private isOnStack(address: number): boolean {
    return address >= this.stackStart &&
      address <= this.stackStart + this.stackSize;
  }
}
