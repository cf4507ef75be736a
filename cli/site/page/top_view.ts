/**
 * The functions of a capture by samples.
 *
 * @module
 */
import { fill, h } from "./dom.ts";
import type { Engine } from "./engine.ts";
import { later } from "./later.ts";
import { type Chosen, selectionControls } from "./selection.ts";
import { table } from "./table.ts";

/** Makes the view. */
export function topView(id: string, engine: Engine): HTMLElement {
  return later(async () => {
    const facts = await engine.call("capture", id);
    const place = h("div");
    const show = (chosen: Chosen): void =>
      fill(place, later(() => topTable(id, engine, chosen)));
    const controls = selectionControls(facts, false, show);
    return h("div", {}, controls, place);
  });
}

async function topTable(
  id: string,
  engine: Engine,
  chosen: Chosen,
): Promise<Node> {
  const rows = await engine.call("top", id, chosen);
  const total = rows.reduce((sum, { self }) => sum + self, 0);
  const share = (count: number): string =>
    total === 0 ? "" : `${(100 * count / total).toFixed(1)} %`;
  return table({
    label: "Functions by samples",
    columns: [
      { title: "Self", kind: "number", cell: ({ self }) => share(self) },
      { title: "Total", kind: "number", cell: (row) => share(row.total) },
      {
        title: "Samples",
        kind: "number",
        cell: (row) => row.total.toLocaleString("en"),
      },
      { title: "Function", kind: "code name", cell: ({ name }) => name },
      { title: "Module", kind: "path", cell: ({ module }) => module },
    ],
    rows,
  });
}
