/**
 * Flame graphs in the form that goes from the worker to the page: numbers in arrays, each name once.
 *
 * @module
 */
import type { FlameLayout } from "../../profile/flame_layout.ts";
import type { FlameData } from "../protocol.ts";

/** Packs a layout. */
export function packFlames({ boxes, total, depth }: FlameLayout): FlameData {
  const names = new Numbering();
  const modules = new Numbering();
  const count = boxes.length;
  const data: FlameData = {
    names: names.texts,
    modules: modules.texts,
    nameOf: new Int32Array(count),
    moduleOf: new Int32Array(count),
    kinds: new Int8Array(count),
    depths: new Uint16Array(count),
    starts: new Float64Array(count),
    counts: new Float64Array(count),
    total,
    depth,
  };
  for (const [i, box] of boxes.entries()) {
    data.nameOf[i] = names.of(box.entry.name);
    data.moduleOf[i] = modules.of(box.entry.module);
    data.kinds[i] = box.entry.kind;
    data.depths[i] = box.depth;
    data.starts[i] = box.start;
    data.counts[i] = box.count;
  }
  return data;
}

/** Numbers for texts. */
class Numbering {
  readonly texts: string[] = [];
  private readonly numbers: Map<string, number> = new Map();

  of(text: string): number {
    let number = this.numbers.get(text);
    if (number === undefined) {
      number = this.texts.push(text) - 1;
      this.numbers.set(text, number);
    }
    return number;
  }
}
