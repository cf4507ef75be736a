/**
 * Tabs: one panel at a time, by mouse, by arrow keys.
 *
 * @module
 */
import { fill, h } from "./dom.ts";

/** One tab. */
export interface Tab {
  /** Its word, by which it is known too. */
  readonly name: string;
  /** Makes its panel when it is first shown. */
  make(): HTMLElement;
}

/** A row of tabs over their panels. */
export class Tabs {
  /** The row and the panel. */
  readonly element: HTMLElement;
  private readonly tabs: readonly Tab[];
  private readonly buttons: HTMLButtonElement[];
  private readonly panel: HTMLElement;
  private readonly panels: (HTMLElement | undefined)[] = [];

  /** Shows the first of `tabs`. */
  constructor(label: string, tabs: readonly Tab[]) {
    this.tabs = tabs;
    this.buttons = tabs.map(({ name }, index) =>
      h("button", {
        type: "button",
        role: "tab",
        "data-tab": name,
        onclick: () => this.show(index),
        onkeydown: (event: KeyboardEvent) => this.move(event, index),
      }, name)
    );
    const row = h("div", { role: "tablist", "aria-label": label });
    row.append(...this.buttons);
    this.panel = h("div", { role: "tabpanel", class: "panel" });
    this.element = h("section", { class: "tabs" }, row, this.panel);
    this.show(0);
  }

  /** Shows the tab of that name. */
  open(name: string): void {
    const index = this.tabs.findIndex((tab) => tab.name === name);
    if (index >= 0) this.show(index);
  }

  private show(index: number): void {
    for (const [i, one] of this.buttons.entries()) {
      one.setAttribute("aria-selected", String(i === index));
      one.tabIndex = i === index ? 0 : -1;
    }
    const { name, make } = this.tabs[index]!;
    this.panel.setAttribute("aria-label", name);
    fill(this.panel, this.panels[index] ??= make());
  }

  private move(event: KeyboardEvent, index: number): void {
    const { length } = this.tabs;
    const target = {
      ArrowRight: (index + 1) % length,
      ArrowLeft: (index + length - 1) % length,
      Home: 0,
      End: length - 1,
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    this.show(target);
    this.buttons[target]!.focus();
  }
}
