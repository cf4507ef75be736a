/**
 * Text of frames, made once per distinct program counter: recursion and a thousand sleeping threads repeat the same few
 * addresses.
 *
 * @module
 */

/** Open-addressed table from (pc, flags) to a value. */
export class FrameCache<T> {
  private pcs: Float64Array = new Float64Array(1024);
  private flags: Uint8Array = new Uint8Array(1024);
  private values: (T | undefined)[] = new Array(1024).fill(undefined);
  private count = 0;

  /** The value that was kept, or `undefined`. */
  get(pc: number, flags: number): T | undefined {
    return this.values[this.slotOf(pc, flags)];
  }

  /** Keeps a value. */
  set(pc: number, flags: number, value: T): void {
    if (this.count * 2 >= this.pcs.length) this.grow();
    const slot = this.slotOf(pc, flags);
    if (this.values[slot] === undefined) this.count++;
    this.pcs[slot] = pc;
    this.flags[slot] = flags;
    this.values[slot] = value;
  }

  private slotOf(pc: number, flags: number): number {
    const mask = this.pcs.length - 1;
    // ToInt32 keeps the low 32 bits of any finite Number; the product spreads neighbours.
    let slot = (Math.imul(pc | 0, 0x9e3779b1) >>> 12) & mask;
    while (this.values[slot] !== undefined) {
      if (this.pcs[slot] === pc && this.flags[slot] === flags) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private grow(): void {
    const { pcs, flags, values } = this;
    this.pcs = new Float64Array(pcs.length * 2);
    this.flags = new Uint8Array(pcs.length * 2);
    this.values = new Array(pcs.length * 2).fill(undefined);
    this.count = 0;
    for (let i = 0; i < pcs.length; i++) {
      const value = values[i];
      if (value !== undefined) this.set(pcs[i]!, flags[i]!, value);
    }
  }
}
