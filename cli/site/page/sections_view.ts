/**
 * The sections of a binary.
 *
 * @module
 */
import { message } from "./dom.ts";
import type { Engine } from "./engine.ts";
import { later } from "./later.ts";
import { table } from "./table.ts";

/** Sections that unwinding is about. */
const UNWIND = /^\.(sframe|eh_frame|eh_frame_hdr|debug_frame)$/;

/** Makes the view. */
export function sectionsView(id: string, engine: Engine): HTMLElement {
  return later(async () => {
    const rows = await engine.call("sections", id);
    if (rows.length === 0) return message("No section table.");
    return table({
      label: "Sections",
      columns: [
        { title: "#", kind: "number", cell: ({ index }) => `${index}` },
        { title: "Name", kind: "code", cell: ({ name }) => name },
        { title: "Type", cell: ({ type }) => type },
        { title: "Flags", kind: "code", cell: ({ flags }) => flags },
        {
          title: "Address",
          kind: "code number",
          cell: ({ address }) => address,
        },
        { title: "Offset", kind: "code number", cell: ({ offset }) => offset },
        {
          title: "Bytes",
          kind: "number",
          cell: ({ size }) => size.toLocaleString("en"),
        },
      ],
      rows,
      mark: ({ name }) => UNWIND.test(name) ? "marked" : undefined,
    });
  });
}
