/**
 * Stacks, each once: a tree in which a stack is its root's frame, the next frame, and so on to the innermost.
 *
 * @module
 */

/** The stack without frames: parent of all roots. */
export const EMPTY_STACK = 0;

const EMPTY = 0;

/**
 * Stacks by id, in parallel arrays of which the first `count` entries are valid. Stack 0 has no frames; every other
 * stack is its parent with one frame more at the inner end. Parents have smaller ids than their children, so that sums
 * over subtrees are one loop from the last to the first.
 *
 * Most stacks go on in one way only: the first child of each is found without hashing, and only further ones are in the
 * hash table.
 */
export class StackTable {
  /** Number of stacks, the empty one included. */
  count = 1;
  /** The stack without the innermost frame. */
  parents: Int32Array = new Int32Array(1024);
  /** Id of the innermost frame; -1 for the empty stack. */
  frames: Int32Array = new Int32Array(1024).fill(-1);
  /** The child of each stack that was met first; 0 for none. */
  private firsts: Int32Array = new Int32Array(1024);
  private slots: Int32Array = new Int32Array(1024);
  /** Entries in the hash table. */
  private hashedCount = 0;

  /** The stack that is `parent` with the frame `frame` called from it. */
  child(parent: number, frame: number): number {
    const first = this.firsts[parent]!;
    if (first === EMPTY) {
      const id = this.add(parent, frame);
      this.firsts[parent] = id;
      return id;
    }
    const { slots, parents, frames } = this;
    if (frames[first] === frame) return first;
    const mask = slots.length - 1;
    let slot = hash(parent, frame) & mask;
    for (;;) {
      const id = slots[slot]!;
      if (id === EMPTY) break;
      if (parents[id] === parent && frames[id] === frame) return id;
      slot = (slot + 1) & mask;
    }
    const id = this.add(parent, frame);
    slots[slot] = id;
    if (++this.hashedCount * 2 > slots.length) this.rehash();
    return id;
  }

  /**
   * The stack of `count` frames, innermost first as a sample has them.
   *
   * @param root The stack under which to put them: a thread's or process' own, where those are to be told apart.
   */
  intern(
    frames: Int32Array,
    count: number,
    root: number = EMPTY_STACK,
  ): number {
    let stack = root;
    for (let i = count - 1; i >= 0; i--) stack = this.child(stack, frames[i]!);
    return stack;
  }

  /** As {@linkcode StackTable.intern}, with the innermost frame as the root: what called each function, from the top down. */
  internInverted(
    frames: Int32Array,
    count: number,
    root: number = EMPTY_STACK,
  ): number {
    let stack = root;
    for (let i = 0; i < count; i++) stack = this.child(stack, frames[i]!);
    return stack;
  }

  /** Number of frames of a stack. */
  depth(stack: number): number {
    let depth = 0;
    for (let at = stack; at !== EMPTY_STACK; at = this.parents[at]!) depth++;
    return depth;
  }

  /** Adds a stack that is new. */
  private add(parent: number, frame: number): number {
    const id = this.count++;
    if (id === this.parents.length) this.grow();
    this.parents[id] = parent;
    this.frames[id] = frame;
    return id;
  }

  /** Doubles the arrays. */
  private grow(): void {
    const { parents, frames, firsts } = this;
    const size = parents.length * 2;
    this.parents = new Int32Array(size);
    this.parents.set(parents);
    this.frames = new Int32Array(size);
    this.frames.set(frames);
    this.firsts = new Int32Array(size);
    this.firsts.set(firsts);
  }

  /** Doubles the hash table. */
  private rehash(): void {
    const { parents, frames, firsts } = this;
    const slots = new Int32Array(this.slots.length * 2);
    const mask = slots.length - 1;
    for (let id = 1; id < this.count; id++) {
      if (firsts[parents[id]!] === id) continue;
      let slot = hash(parents[id]!, frames[id]!) & mask;
      while (slots[slot] !== EMPTY) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
    this.slots = slots;
  }
}

function hash(parent: number, frame: number): number {
  const mixed = Math.imul(parent, 0x9e3779b1) ^ Math.imul(frame, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
