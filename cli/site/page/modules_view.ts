/**
 * The modules of a core or a capture.
 *
 * @module
 */
import type { ModuleRow } from "../protocol.ts";
import { button, h, message } from "./dom.ts";
import type { OpenModule } from "./document_view.ts";
import type { Engine } from "./engine.ts";
import { later } from "./later.ts";
import { type Column, table } from "./table.ts";

const STATUS_TEXTS: Readonly<Record<ModuleRow["status"], string>> = {
  ok: "the file that ran",
  unverified: "a file of that name",
  core: "only what the core holds",
  mismatch: "another build",
  missing: "no file",
  deleted: "deleted while mapped",
  unreadable: "cannot be used",
};

/** Makes the view. */
export function modulesView(
  id: string,
  engine: Engine,
  open: OpenModule,
): HTMLElement {
  return later(async () => {
    const rows = await engine.call("modules", id);
    const place = h("div", { role: "status" });
    const show = async (index: number): Promise<void> => {
      try {
        open(await engine.call("module", id, index), undefined);
      } catch (error) {
        place.replaceChildren(message((error as Error).message, "error"));
      }
    };
    const list = table({
      label: "Modules",
      columns: columnsOf(rows, (index) => void show(index)),
      rows,
    });
    return h("div", {}, place, list);
  });
}

function columnsOf(
  rows: readonly ModuleRow[],
  show: (index: number) => void,
): Column<ModuleRow>[] {
  const columns: Column<ModuleRow>[] = [
    {
      title: "Module",
      kind: "path",
      cell: ({ path, index }) =>
        button(path, () => show(index), { class: "link" }),
    },
    {
      title: "File",
      cell: ({ status }) =>
        h("span", { class: `status ${status}` }, STATUS_TEXTS[status]),
    },
    { title: "Build ID", kind: "code", cell: ({ buildId }) => buildId ?? "" },
  ];
  if (rows.some(({ start }) => start !== undefined)) {
    columns.splice(1, 0, {
      title: "Range",
      kind: "code",
      cell: ({ start, end }) => `${start}–${end}`,
    });
    // A capture's tables are opened where its samples take them.
    columns.splice(3, 0, {
      title: "Tables",
      cell: ({ tables }) => tables.join(", ") || "none",
    });
  }
  return columns;
}
