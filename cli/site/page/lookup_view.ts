/**
 * What is at an address.
 *
 * @module
 */
import { button, fill, h, message } from "./dom.ts";
import type { OpenModule } from "./document_view.ts";
import type { Engine } from "./engine.ts";
import { later } from "./later.ts";

/** Makes the view. */
export function lookupView(
  id: string,
  engine: Engine,
  open: OpenModule,
): HTMLElement {
  const answer = h("div", { "aria-live": "polite" });
  const input = h("input", {
    type: "search",
    placeholder: "0x401234, or in a binary main+0x12",
    "aria-label": "Address or function",
    spellcheck: "false",
  });
  const ask = (event: Event): void => {
    event.preventDefault();
    fill(answer, later(() => lookUp(id, input.value, engine, open)));
  };
  return h(
    "div",
    { class: "lookup" },
    h(
      "form",
      { class: "controls", onsubmit: ask },
      input,
      h("button", { type: "submit", class: "primary" }, "Look up"),
    ),
    answer,
  );
}

async function lookUp(
  id: string,
  place: string,
  engine: Engine,
  open: OpenModule,
): Promise<Node> {
  if (place.trim() === "") return message("An address is wanted.");
  const found = await engine.call("lookup", id, place);
  const list = h("div");
  for (const { text, functionIndex, document: head } of found) {
    list.append(h("pre", { class: "answer" }, text));
    if (functionIndex === undefined) continue;
    const target = head ?? { ...EMPTY, id };
    list.append(
      button("Rows of this function", () => open(target, functionIndex)),
    );
  }
  return list;
}

const EMPTY = {
  name: "",
  kind: "binary" as const,
  facts: [],
  warnings: [],
};
