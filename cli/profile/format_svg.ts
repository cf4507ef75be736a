/**
 * `--format svg`: a flame graph that works by itself: zoom, search and hover by a script of its own, no network.
 *
 * @module
 */
import { FrameKind } from "../../kernel/profile/mod.ts";
import { FLAME_SCRIPT, FLAME_STYLE } from "./flame_script.ts";
import {
  type FlameBox,
  type FlameLayout,
  layOutFlames,
} from "./flame_layout.ts";
import type { FormatContext, ProfileFormat } from "./format.ts";
import { FunctionTree } from "./function_tree.ts";
import { StackCounts } from "./stack_counts.ts";

const WIDTH = 1200;
const ROW_HEIGHT = 17;
const HEAD_HEIGHT = 44;
const FOOT_HEIGHT = 28;
/** A twentieth of a pixel: what is narrower cannot be seen. */
const LEAST = 1 / (20 * WIDTH);
/** Width of a character of the script's font, pixels. */
const CHARACTER_WIDTH = 7.3;

/** Hues by kind of frame, degrees. */
const HUES: Readonly<Record<number, number>> = {
  [FrameKind.USER]: 25,
  [FrameKind.KERNEL]: 45,
  [FrameKind.JIT]: 140,
  [FrameKind.VDSO]: 200,
};

/** A flame graph. */
export const format: ProfileFormat = {
  name: "svg",
  open(context) {
    const { profile, names, by, inverted, write } = context;
    const counts = new StackCounts(profile, by, inverted);
    return {
      sample: (sample) => counts.sample(sample),
      async end(): Promise<void> {
        await names.loadAll();
        const tree = new FunctionTree(
          counts.stacks,
          counts.counts,
          profile.frames,
          names,
        );
        const text = drawFlames(layOutFlames(tree, LEAST), context);
        write(new TextEncoder().encode(text));
      },
    };
  },
};

function drawFlames(layout: FlameLayout, context: FormatContext): string {
  const { total, depth } = layout;
  const height = HEAD_HEIGHT + depth * ROW_HEIGHT + FOOT_HEIGHT;
  const title = escape(context.paths.join(", "));
  const scale = total === 0 ? 0 : WIDTH / total;
  const boxes = layout.boxes.map((box) =>
    drawBox(box, total, scale, context.inverted, depth)
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="Flame graph of ${title}">
<style>${FLAME_STYLE}</style>
<rect width="100%" height="100%" fill="#fafafa"/>
<text x="${
    WIDTH / 2
  }" y="20" text-anchor="middle" style="font-weight:bold">${title}</text>
<text id="reset" class="bar hidden" x="6" y="20">All</text>
<text id="search" class="bar hidden" x="${
    WIDTH - 6
  }" y="20" text-anchor="end">Search</text>
<text id="status" x="6" y="${height - 9}">${total} samples</text>
<g id="graph" data-w="${WIDTH}" data-t="${total}">
${boxes.join("\n")}
</g>
<script><![CDATA[${FLAME_SCRIPT}]]></script>
</svg>
`;
}

function drawBox(
  { name, module, kind, depth, start, count }: FlameBox,
  total: number,
  scale: number,
  inverted: boolean,
  rows: number,
): string {
  const row = inverted ? depth : rows - 1 - depth;
  const y = HEAD_HEIGHT - ROW_HEIGHT / 2 + row * ROW_HEIGHT;
  const x = start * scale;
  const width = count * scale;
  const share = total === 0 ? 0 : 100 * count / total;
  const file = module === "" ? "" : ` (${module})`;
  const title = `${name}${file}: ${count} samples, ${share.toFixed(2)}%`;
  const room = Math.floor((width - 6) / CHARACTER_WIDTH);
  const label = room < 3
    ? ""
    : name.length <= room
    ? name
    : `${name.slice(0, room - 1)}…`;
  const [left, wide] = [x.toFixed(2), width.toFixed(2)];
  const data = `data-s="${start}" data-c="${count}" data-d="${depth}"`;
  return `<g class="b" tabindex="0" ${data} data-n="${escape(name)}"><title>${
    escape(title)
  }</title><rect x="${left}" y="${y}" width="${wide}" height="${
    ROW_HEIGHT - 1
  }" rx="1" fill="${color(name, kind)}"/><text x="${(x + 3).toFixed(2)}" y="${
    y + 12
  }">${escape(label)}</text></g>`;
}

/** The same for a function in every graph: shades tell neighbours apart, hues tell kinds. */
function color(name: string, kind: number): string {
  if (kind < 0) return "hsl(0 0% 80%)";
  let hash = 0;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash, 31) + name.charCodeAt(i) | 0;
  }
  const hue = HUES[kind]! + (hash & 15) - 8;
  return `hsl(${hue} 85% ${62 + (hash >>> 4 & 15)}%)`;
}

/** Text for XML; characters that XML cannot hold are replaced. */
function escape(text: string): string {
  return text
    // deno-lint-ignore no-control-regex
    .replaceAll(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd")
    .toWellFormed()
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
