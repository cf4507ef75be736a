/**
 * The flame graph of a capture.
 *
 * @module
 */
import { FlameModel } from "../model/flame_model.ts";
import { fill, h, message } from "./dom.ts";
import type { Engine } from "./engine.ts";
import { FlameCanvas } from "./flame_canvas.ts";
import { later } from "./later.ts";
import { type Chosen, selectionControls } from "./selection.ts";
import { warningList } from "./warnings.ts";

/** Makes the view; what the user should know of the capture goes in front of it. */
export function flameView(id: string, engine: Engine): HTMLElement {
  return later(async () => {
    const facts = await engine.call("capture", id);
    const place = h("div");
    const search = h("input", {
      type: "search",
      placeholder: "function",
      "aria-label": "Search functions",
      spellcheck: "false",
    });
    const found = h("span", { class: "dim", role: "status" });
    let canvas: FlameCanvas | undefined;
    const find = (): void => {
      const part = canvas?.find(search.value);
      found.textContent = part === undefined
        ? ""
        : `${(100 * part).toFixed(1)} % of samples`;
    };
    const draw = async (chosen: Chosen): Promise<Node> => {
      const data = await engine.call("flames", id, chosen);
      if (data.total === 0) return message("No samples.");
      canvas = new FlameCanvas(new FlameModel(data));
      find();
      return canvas.element;
    };
    const controls = selectionControls(
      facts,
      true,
      (chosen) => fill(place, later(() => draw(chosen))),
    );
    search.addEventListener("input", find);
    controls.append(search, found);
    const { warnings } = facts;
    return h(
      "div",
      { class: "flames" },
      warnings.length > 0 ? warningList(warnings) : null,
      controls,
      place,
    );
  });
}
