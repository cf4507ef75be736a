/**
 * The places in code that stacks go through, each once.
 *
 * @module
 */

/** Kinds of frames. */
export const FrameKind = {
  /** Code of a file that is mapped into a process. */
  USER: 0,
  /** The kernel's. */
  KERNEL: 1,
  /** Code that was made at run time: memory without a file. */
  JIT: 2,
  /** The code that the kernel maps into each process. */
  VDSO: 3,
} as const;

/** Module index of an address that lies in no mapping. */
export const NO_FRAME_MODULE: number = -1;

/** Most captures need no more, and what is not used takes no memory; growing costs what compiling it takes. */
const FIRST_CAPACITY = 1 << 16;
/** Of the places of the hash table, so many are in use at most. */
const MAX_LOAD = 0.75;

const TWO_32 = 0x1_0000_0000;

/**
 * Frames by id, in parallel arrays of which the first `count` entries are valid. A frame is a module and an address of
 * its file, so that processes that load a file at different addresses share its frames.
 */
export class FrameTable {
  /** Number of frames. */
  count = 0;
  /** Index of each frame's module, or {@linkcode NO_FRAME_MODULE}. */
  modules: Int32Array = new Int32Array(FIRST_CAPACITY);
  /**
   * Address of each frame in the module's file; the address itself for the kernel, code made at run time and what lies
   * in no mapping. For callers this is one less than the return address, and so lies in the call.
   */
  addresses: Float64Array = new Float64Array(FIRST_CAPACITY);
  /** A value of {@linkcode FrameKind} for each frame. */
  kinds: Uint8Array = new Uint8Array(FIRST_CAPACITY);
  /** Open-addressed: ids, each with one added, as zero stands for none. */
  private slots: Int32Array = new Int32Array(FIRST_CAPACITY);

  /** The id of a frame, which is added if it is new. */
  intern(module: number, address: number, kind: number): number {
    const { modules, addresses } = this;
    const mask = this.slots.length - 1;
    let slot = hash(module, address) & mask;
    for (;;) {
      const id = this.slots[slot]! - 1;
      if (id < 0) break;
      if (addresses[id] === address && modules[id] === module) return id;
      slot = (slot + 1) & mask;
    }
    const id = this.count++;
    if (id === modules.length) this.grow();
    this.modules[id] = module;
    this.addresses[id] = address;
    this.kinds[id] = kind;
    this.slots[slot] = this.count;
    if (this.count > this.slots.length * MAX_LOAD) this.rehash();
    return id;
  }

  /** Doubles the arrays. */
  private grow(): void {
    const capacity = this.modules.length * 2;
    const { modules, addresses, kinds } = this;
    this.modules = new Int32Array(capacity);
    this.modules.set(modules);
    this.addresses = new Float64Array(capacity);
    this.addresses.set(addresses);
    this.kinds = new Uint8Array(capacity);
    this.kinds.set(kinds);
  }

  /** Doubles the hash table. */
  private rehash(): void {
    const slots = new Int32Array(this.slots.length * 2);
    const mask = slots.length - 1;
    for (let id = 0; id < this.count; id++) {
      let slot = hash(this.modules[id]!, this.addresses[id]!) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.slots = slots;
  }
}

function hash(module: number, address: number): number {
  // Bit operations on an address are right here: any bits of it make a hash.
  const mixed =
    Math.imul((address | 0) ^ Math.imul(module, 0x9e3779b1), 0x85ebca6b) ^
    Math.imul((address / TWO_32) | 0, 0xc2b2ae35);
  return mixed ^ (mixed >>> 15);
}
