/**
 * The threads of a core and the stack of one of them.
 *
 * @module
 */
import type { ThreadList, ThreadSummary } from "../protocol.ts";
import { button, fill, h } from "./dom.ts";
import type { Engine } from "./engine.ts";
import { later } from "./later.ts";
import { stackView } from "./stack_view.ts";
import { warningList } from "./warnings.ts";

/** Threads that are listed at once. */
const STEP = 200;

/** Makes the view. */
export function threadsView(id: string, engine: Engine): HTMLElement {
  return later(async () => {
    const list = await engine.call("threads", id);
    const { element } = new ThreadsView(id, engine, list);
    return list.warnings.length === 0
      ? element
      : h("div", {}, warningList(list.warnings), element);
  });
}

class ThreadsView {
  readonly element: HTMLElement;
  private readonly id: string;
  private readonly engine: Engine;
  private readonly all: readonly ThreadSummary[];
  private readonly sizes: Map<number, number> = new Map();
  private readonly items: HTMLElement;
  private readonly stack: HTMLElement;
  private readonly search: HTMLInputElement;
  private readonly once: HTMLInputElement;
  private readonly count: HTMLElement;
  private shown: readonly ThreadSummary[] = [];
  private options: HTMLElement[] = [];
  private chosen = -1;

  constructor(id: string, engine: Engine, { threads }: ThreadList) {
    this.id = id;
    this.engine = engine;
    this.all = threads;
    for (const { group } of threads) {
      this.sizes.set(group, (this.sizes.get(group) ?? 0) + 1);
    }
    this.items = h("div", {
      role: "listbox",
      "aria-label": "Threads",
      tabindex: 0,
      onkeydown: (event: KeyboardEvent) => this.key(event),
    });
    this.stack = h("div", { class: "stack", "aria-live": "polite" });
    this.search = h("input", {
      type: "search",
      placeholder: "thread, name or function",
      "aria-label": "Search threads",
      oninput: () => this.list(),
    });
    this.once = h("input", { type: "checkbox", onchange: () => this.list() });
    this.count = h("span", { class: "dim", role: "status" });
    const repeats = this.sizes.size < threads.length;
    const left = h(
      "div",
      { class: "threads" },
      h(
        "div",
        { class: "controls" },
        this.search,
        repeats
          ? h("label", {}, this.once, ` each stack once (${this.sizes.size})`)
          : null,
        this.count,
      ),
      this.items,
    );
    this.element = h("div", { class: "split" }, left, this.stack);
    this.list();
    if (this.shown.length > 0) this.choose(0);
  }

  /** Lists the threads that are looked for. */
  private list(): void {
    const query = this.search.value.trim().toLowerCase();
    const seen = new Set<number>();
    this.shown = this.all.filter(({ tid, name, top, group }) => {
      if (
        query !== "" && !`${tid} ${name} ${top}`.toLowerCase().includes(query)
      ) {
        return false;
      }
      if (this.once.checked && seen.has(group)) return false;
      seen.add(group);
      return true;
    });
    this.options = [];
    this.items.replaceChildren();
    this.chosen = -1;
    this.count.textContent = this.shown.length === this.all.length
      ? ""
      : `${this.shown.length} of ${this.all.length}`;
    this.grow();
  }

  private grow(): void {
    const from = this.options.length;
    for (const [i, thread] of this.shown.slice(from, from + STEP).entries()) {
      const option = this.option(thread, from + i);
      this.options.push(option);
      this.items.append(option);
    }
    const rest = this.shown.length - this.options.length;
    if (rest === 0) return;
    const more = button(`Show more (${rest} left)`, () => {
      more.remove();
      this.grow();
    });
    this.items.append(more);
  }

  private option(thread: ThreadSummary, index: number): HTMLElement {
    const { tid, name, crashed, frameCount, top, group } = thread;
    const same = this.sizes.get(group)!;
    return h(
      "div",
      {
        role: "option",
        id: `thread-${this.id}-${index}`,
        class: crashed ? "crashed" : undefined,
        onclick: () => this.choose(index),
      },
      h(
        "span",
        { class: "who" },
        h("b", {}, `${tid}`),
        name === null ? null : ` ${name}`,
        crashed ? h("span", { class: "badge" }, "signal") : null,
        this.once.checked && same > 1
          ? h("span", { class: "badge quiet" }, `×${same}`)
          : null,
      ),
      h("span", { class: "top code" }, top),
      h("span", { class: "dim" }, `${frameCount} frames`),
    );
  }

  private choose(index: number): void {
    this.options[this.chosen]?.setAttribute("aria-selected", "false");
    this.chosen = index;
    const option = this.options[index]!;
    option.setAttribute("aria-selected", "true");
    this.items.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
    fill(this.stack, stackView(this.id, this.shown[index]!.index, this.engine));
  }

  private key(event: KeyboardEvent): void {
    const last = this.shown.length - 1;
    const target = {
      ArrowDown: Math.min(this.chosen + 1, last),
      ArrowUp: Math.max(this.chosen - 1, 0),
      Home: 0,
      End: last,
    }[event.key];
    if (target === undefined || last < 0) return;
    event.preventDefault();
    while (target >= this.options.length) {
      this.items.querySelector(":scope > button")?.remove();
      this.grow();
    }
    this.choose(target);
  }
}
