/**
 * How far the work is, with a button that ends it.
 *
 * @module
 */
import { button, h } from "./dom.ts";

/** Milliseconds before it is shown: what is quick needs none. */
const DELAY = 150;

/** See the module's description. */
export class ProgressBar {
  /** The bar. */
  readonly element: HTMLElement;
  private readonly bar: HTMLProgressElement;
  private readonly text: HTMLElement;
  private timer: ReturnType<typeof setTimeout> | undefined = undefined;

  /** `cancel` ends the work. */
  constructor(cancel: () => void) {
    this.bar = h("progress", { max: 1, "aria-label": "Progress" });
    this.text = h("span", { role: "status" });
    this.element = h(
      "div",
      { class: "progress hidden" },
      this.bar,
      this.text,
      button("Cancel", cancel, { class: "quiet" }),
    );
  }

  /** Shows it, or with undefined nothing. */
  show(progress: number | undefined, text: string): void {
    if (progress === undefined) {
      clearTimeout(this.timer);
      this.timer = undefined;
      this.element.classList.add("hidden");
      return;
    }
    if (text !== "") {
      this.bar.value = Math.min(1, progress);
      this.text.textContent = `${text} ${Math.round(100 * progress)} %`;
    } else {
      this.bar.removeAttribute("value");
      this.text.textContent = "working";
    }
    this.timer ??= setTimeout(
      () => this.element.classList.remove("hidden"),
      DELAY,
    );
  }
}
