/**
 * `--format svg`: a flame graph that works by itself: zoom, search and hover by a script of its own, no network. Samples
 * of all events are counted together.
 *
 * @module
 */
import { FrameKind } from "../../kernel/profile/mod.ts";
import {
  type FlameBox,
  type FlameLayout,
  layOutFlames,
} from "./flame_layout.ts";
import { FLAME_SCRIPT, FLAME_STYLE } from "./flame_script.ts";
import type { FormatContext, ProfileFormat } from "./format.ts";
import { type FunctionEntry, INLINED_KIND } from "./function_table.ts";
import { PieceWriter } from "./text_pieces.ts";
import { FunctionCounts } from "./stack_counts.ts";

const WIDTH = 1200;
const ROW_HEIGHT = 17;
const HEAD_HEIGHT = 52;
const FOOT_HEIGHT = 28;
/** A tenth of a pixel: what is narrower cannot be seen. */
const LEAST = 1 / (10 * WIDTH);
/** More boxes make a browser slow. */
const MOST = 15_000;
/** Width of a character of the script's font, pixels. */
const CHARACTER_WIDTH = 7.3;

/** Hues by kind of frame, degrees. */
const HUES: Readonly<Record<number, number>> = {
  [FrameKind.USER]: 25,
  [FrameKind.KERNEL]: 45,
  [FrameKind.JIT]: 140,
  [FrameKind.VDSO]: 200,
  [INLINED_KIND]: 175,
};

/** A flame graph. */
export const format: ProfileFormat = {
  name: "svg",
  open(context) {
    const counts = new FunctionCounts(context, context.inverted);
    return {
      sample: (sample) => counts.sample(sample),
      async end(): Promise<void> {
        await counts.finish();
        await drawFlames(layOutFlames(counts, LEAST, MOST), context);
      },
    };
  },
};

async function drawFlames(
  layout: FlameLayout,
  context: FormatContext,
): Promise<void> {
  const output = new PieceWriter(context.write);
  const { total, depth, hiddenCount } = layout;
  const height = HEAD_HEIGHT + depth * ROW_HEIGHT + FOOT_HEIGHT;
  const title = escape(context.paths.join(", "));
  const events = context.profile.events.filter(({ sampleCount }) =>
    sampleCount > 0
  ).map(({ name }) => name).join(", ");
  const about = `${total} samples${events === "" ? "" : ` of ${events}`}${
    context.inverted ? ", innermost functions first" : ""
  }${hiddenCount > 0 ? `; ${hiddenCount} narrower boxes are not drawn` : ""}`;
  await output.text(`<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="Flame graph of ${title}">
<title>Flame graph of ${title}</title>
<style>${FLAME_STYLE}</style>
<rect width="100%" height="100%" fill="#fafafa"/>
<text x="${WIDTH / 2}" y="20" text-anchor="middle" class="head">${title}</text>
<text x="${WIDTH / 2}" y="37" text-anchor="middle">${escape(about)}</text>
<text id="reset" class="bar hidden" x="6" y="20" tabindex="0" role="button">Show all</text>
<foreignObject id="search" class="hidden" x="${
    WIDTH - 266
  }" y="6" width="260" height="26"><input xmlns="http://www.w3.org/1999/xhtml" type="search" placeholder="Search: regular expression ( / )" aria-label="Search for functions by a regular expression"/></foreignObject>
<text id="status" x="6" y="${height - 9}"></text>
<g id="graph" data-up="${
    context.inverted ? -1 : 1
  }" data-w="${WIDTH}" data-least="${hiddenCount > 0 ? "at least " : ""}">
`);
  for (const box of layout.boxes) {
    await output.text(drawBox(box, total, context.inverted, depth));
  }
  await output.text(
    `</g>\n<script><![CDATA[${FLAME_SCRIPT}]]></script>\n</svg>\n`,
  );
  await output.flush();
}

function drawBox(
  { entry, depth, start, count }: FlameBox,
  total: number,
  inverted: boolean,
  rows: number,
): string {
  const { name, module, kind } = entry;
  const row = inverted ? depth : rows - 1 - depth;
  const y = HEAD_HEIGHT + row * ROW_HEIGHT;
  const scale = total === 0 ? 0 : WIDTH / total;
  const x = start * scale;
  const width = total === 0 ? WIDTH : count * scale;
  const share = total === 0 ? 0 : 100 * count / total;
  const file = module === "" || name.includes(module) ? "" : ` (${module})`;
  const title = escape(
    `${name}${
      kind === INLINED_KIND ? " (inlined)" : ""
    }${file}: ${count} samples, ${share.toFixed(2)}%`,
  );
  const room = Math.floor((width - 6) / CHARACTER_WIDTH);
  const label = room < 3 ? "" : escape(shorten(name, room));
  const data = `data-s="${start}" data-c="${count}" data-d="${depth}"`;
  const text = `<text x="${(x + 3).toFixed(2)}" y="${y + 12}">${label}</text>`;
  return `<g class="b" ${data} data-n="${
    escape(name)
  }"><title>${title}</title>` +
    `<rect x="${x.toFixed(2)}" y="${y}" width="${width.toFixed(2)}" height="${
      ROW_HEIGHT - 1
    }" rx="1" fill="${color(entry)}"/>${text}</g>\n`;
}

/** At most `room` characters of a name; pairs of surrogates stay together. */
function shorten(name: string, room: number): string {
  if (name.length <= room) return name;
  return `${name.slice(0, room - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** The same for a function in every graph: shades tell neighbours apart, hues tell kinds. */
function color({ name, kind }: FunctionEntry): string {
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
    .toWellFormed()
    // deno-lint-ignore no-control-regex
    .replaceAll(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\n", "&#10;");
}
