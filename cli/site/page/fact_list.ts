/**
 * Labels and texts beside each other.
 *
 * @module
 */
import { h } from "./dom.ts";

/** Makes the list. */
export function factList(facts: readonly [string, string][]): HTMLElement {
  const list = h("dl", { class: "facts" });
  for (const [label, text] of facts) {
    const kind = label === "Signal" ? "signal" : undefined;
    list.append(
      h("div", { class: kind }, h("dt", {}, label), h("dd", {}, text)),
    );
  }
  return list;
}
