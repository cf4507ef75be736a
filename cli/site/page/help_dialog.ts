/**
 * What the keys do.
 *
 * @module
 */
import { button, h } from "./dom.ts";

const KEYS: readonly [keys: string, meaning: string][] = [
  ["o", "choose files"],
  ["/", "search in what is shown"],
  ["← → Home End", "the other tabs, when a tab has the focus"],
  ["↑ ↓ Home End", "the other threads, when the list has the focus"],
  ["← → ↑ ↓ Enter", "move and zoom in a flame graph"],
  ["Esc", "leave the search; the whole flame graph again"],
  ["?", "this"],
];

/** Makes the dialog, closed. */
export function helpDialog(): HTMLDialogElement {
  const rows = h("dl", { class: "keys" });
  for (const [keys, meaning] of KEYS) {
    rows.append(h("dt", {}, keys), h("dd", {}, meaning));
  }
  const dialog = h(
    "dialog",
    { "aria-label": "Help" },
    h("h2", {}, "Keys"),
    rows,
    h(
      "p",
      { class: "dim" },
      "A module in the list of modules opens by a click: its sections, its functions and their rows.",
    ),
  );
  dialog.append(button("Close", () => dialog.close(), { class: "primary" }));
  return dialog;
}
