/**
 * Content that takes a while.
 *
 * @module
 */
import { fill, h, message } from "./dom.ts";
import { Cancelled } from "./engine.ts";

/** A place that says that it is waiting, then shows what was made, or in words why there is nothing. */
export function later(make: () => Promise<Node>): HTMLElement {
  const place = h("div", { class: "later" });
  const run = async (): Promise<void> => {
    fill(place, message("…", "waiting"));
    try {
      fill(place, await make());
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      fill(place, message(text, "error"));
      if (error instanceof Cancelled) {
        const again = h("button", {
          type: "button",
          onclick: () => void run(),
        });
        again.textContent = "Start again";
        place.append(again);
      }
    }
  };
  void run();
  return place;
}
