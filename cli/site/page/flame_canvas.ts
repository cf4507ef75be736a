/**
 * A flame graph on a canvas: click or Enter zooms, arrow keys move, the pointer tells what is below it.
 *
 * @module
 */
import {
  boxColor,
  boxText,
  type FlameModel,
  type VisibleBox,
} from "../model/flame_model.ts";
import { button, h } from "./dom.ts";
import { isDark } from "./theme.ts";

const ROW_HEIGHT = 18;
/** Pixels below which a box is not drawn. */
const LEAST_WIDTH = 0.4;
/** Pixels that a box needs to have a label. */
const LABEL_WIDTH = 26;
const FONT = "12px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace";
/** A canvas has a largest height; nobody scrolls through more rows. */
const MAX_ROWS = 1000;

/** See the module's description. */
export class FlameCanvas {
  /** The picture and the line below it. */
  readonly element: HTMLElement;
  private readonly model: FlameModel;
  private readonly canvas: HTMLCanvasElement;
  private readonly status: HTMLElement;
  private readonly whole: HTMLButtonElement;
  private width = 0;
  private rows = 0;
  private pointed = -1;

  /** Draws `model`, callers above what they call: so that it begins where the page does, however deep it is. */
  constructor(model: FlameModel) {
    this.model = model;
    this.canvas = h("canvas", {
      tabindex: 0,
      role: "application",
      "aria-label":
        "Flame graph. Arrow keys move, Enter zooms, Escape goes back",
      onclick: (event: MouseEvent) => this.zoom(this.hit(event)),
      onmousemove: (event: MouseEvent) => this.point(this.hit(event)),
      onmouseleave: () => this.point(-1),
      onkeydown: (event: KeyboardEvent) => this.key(event),
      onfocus: () => this.point(this.pointed < 0 ? model.zoomed : this.pointed),
    });
    this.status = h("p", { class: "flame-status", role: "status" });
    this.whole = button("Whole graph", () => this.zoom(0), { class: "hidden" });
    this.element = h(
      "div",
      {
        class: "flame",
        "data-total": model.data.total,
        "data-boxes": model.data.nameOf.length,
      },
      h("div", { class: "flame-bar" }, this.status, this.whole),
      this.canvas,
    );
    new ResizeObserver(() => this.resize()).observe(this.element);
    document.addEventListener("themechange", () => this.draw());
    this.point(-1);
  }

  /** Marks functions; returns the part of samples that they are in. */
  find(text: string): number | undefined {
    const part = this.model.find(text);
    this.draw();
    return part;
  }

  private resize(): void {
    const width = this.element.clientWidth;
    if (width === this.width || width === 0) return;
    this.width = width;
    this.rows = Math.min(this.model.data.depth, MAX_ROWS);
    const ratio = devicePixelRatio;
    const height = this.rows * ROW_HEIGHT;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    this.draw();
  }

  private draw(): void {
    const context = this.canvas.getContext("2d");
    if (context === null || this.width === 0) return;
    const ratio = devicePixelRatio;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.rows * ROW_HEIGHT);
    context.font = FONT;
    context.textBaseline = "middle";
    const dark = isDark();
    const letter = context.measureText("m").width;
    for (let depth = 0; depth < this.rows; depth++) {
      const least = LEAST_WIDTH / this.width;
      for (const box of this.model.visible(depth, least)) {
        this.drawBox(context, depth, box, dark, letter);
      }
    }
  }

  private drawBox(
    context: CanvasRenderingContext2D,
    depth: number,
    { box, left, width, isBelow }: VisibleBox,
    dark: boolean,
    letter: number,
  ): void {
    const { data, found } = this.model;
    const number = data.nameOf[box]!;
    const name = data.names[number]!;
    const [x, wide] = [left * this.width, width * this.width];
    const y = depth * ROW_HEIGHT;
    const isFound = found?.[number] === 1;
    context.globalAlpha = isBelow || found !== undefined && !isFound ? .55 : 1;
    context.fillStyle = isFound
      ? (dark ? "#b3327c" : "#f08cc4")
      : boxColor(name, data.kinds[box]!, dark);
    context.fillRect(x, y, Math.max(wide - .5, .4), ROW_HEIGHT - 1);
    context.globalAlpha = 1;
    if (box === this.pointed) {
      context.strokeStyle = dark ? "#fff" : "#000";
      context.strokeRect(
        x + .5,
        y + .5,
        Math.max(wide - 1.5, 1),
        ROW_HEIGHT - 2,
      );
    }
    if (wide < LABEL_WIDTH) return;
    const room = Math.floor((wide - 8) / letter);
    const label = name.length <= room ? name : `${name.slice(0, room - 1)}…`;
    context.fillStyle = dark ? "#f2f2f2" : "#111";
    context.fillText(label, x + 4, y + ROW_HEIGHT / 2);
  }

  private hit(event: MouseEvent): number {
    const depth = Math.floor(event.offsetY / ROW_HEIGHT);
    const { zoomed, data } = this.model;
    if (depth < data.depths[zoomed]!) return this.model.hit(depth, 0);
    return this.model.hit(depth, event.offsetX / this.width);
  }

  private zoom(box: number): void {
    if (box < 0) return;
    this.model.zoomed = box;
    this.whole.classList.toggle("hidden", box === 0);
    this.point(box);
  }

  private point(box: number): void {
    this.pointed = box;
    const { data, zoomed } = this.model;
    this.status.textContent = boxText(data, box < 0 ? zoomed : box);
    this.draw();
  }

  private key(event: KeyboardEvent): void {
    const { model } = this;
    const at = this.pointed < 0 ? model.zoomed : this.pointed;
    if (event.key === "Enter") this.zoom(at);
    else if (event.key === "Escape") this.zoom(0);
    else {
      const next = this.target(event.key, at);
      if (next === undefined) return;
      if (next >= 0) this.point(next);
    }
    event.preventDefault();
  }

  private target(key: string, at: number): number | undefined {
    const { model } = this;
    if (key === "ArrowDown") return model.widestChild(at);
    if (key === "ArrowUp") return model.parent(at);
    if (key === "ArrowRight") return model.neighbour(at, 1);
    return key === "ArrowLeft" ? model.neighbour(at, -1) : undefined;
  }
}
