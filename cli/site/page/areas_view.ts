/**
 * The areas that threads share with the kernel.
 *
 * @module
 */
import { h, message } from "./dom.ts";
import type { Engine } from "./engine.ts";
import { factList } from "./fact_list.ts";
import { later } from "./later.ts";
import { table } from "./table.ts";

/** Makes the view. */
export function areasView(id: string, engine: Engine): HTMLElement {
  return later(async () => {
    const { facts, threads } = await engine.call("areas", id);
    return h(
      "div",
      {},
      factList(facts),
      threads.length === 0
        ? message("No thread has an area that is known.")
        : table({
          label: "Thread areas",
          columns: [
            {
              title: "Thread",
              cell: ({ tid, name }) =>
                name === null ? `${tid}` : `${tid} ${name}`,
            },
            {
              title: "Area",
              cell: ({ lines }) => h("pre", {}, lines.join("\n")),
            },
          ],
          rows: threads,
        }),
    );
  });
}
