/**
 * Content that takes a while.
 *
 * @module
 */
import { button, fill, h, message } from "./dom.ts";
import { Cancelled } from "./engine.ts";

/** A place that says that it is waiting, then shows what was made, or in words why there is nothing. */
export function later(make: () => Promise<Node>): HTMLElement {
  const place = h("div", { class: "later" });
  const run = async (): Promise<void> => {
    fill(place, message("…", "waiting"));
    try {
      fill(place, await make());
    } catch (error) {
      if (error instanceof Cancelled) {
        const again = button("Start again", () => void run());
        fill(place, message("Cancelled."), again);
      } else fill(place, message(String((error as Error).message), "error"));
    }
  };
  void run();
  return place;
}
