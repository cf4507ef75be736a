/**
 * Tables that begin with some of their rows and show more when asked.
 *
 * @module
 */
import { button, type Child, h } from "./dom.ts";

/** A column. */
export interface Column<T> {
  /** Word in the head. */
  readonly title: string;
  /** What a cell holds. */
  cell(row: T): Child;
  /** Class of the cells, such as `number` or `code`. */
  readonly kind?: string;
}

/** What a table is made of. */
export interface TableOptions<T> {
  /** What the table is, for those who do not see it. */
  readonly label: string;
  /** The columns. */
  readonly columns: readonly Column<T>[];
  /** The rows that are there, or a part of them. */
  readonly rows: readonly T[];
  /** Rows in all; default those that are there. */
  readonly total?: number;
  /** Gets rows that are not there yet. */
  more?(from: number): Promise<readonly T[]>;
  /** Class of a row. */
  mark?(row: T): string | undefined;
}

/** Rows that are shown at once. */
const STEP = 200;

/** Makes a table. */
export function table<T>(options: TableOptions<T>): HTMLElement {
  const { label, columns, total = options.rows.length } = options;
  const body = h("tbody");
  const foot = h("div", { class: "more" });
  let rows = options.rows;
  let shown = 0;
  const grow = async (): Promise<void> => {
    if (shown >= rows.length && options.more !== undefined) {
      rows = [...rows, ...await options.more(rows.length)];
    }
    const next = rows.slice(shown, shown + STEP);
    body.append(
      ...next.map((row) => tableRow(row, columns, options.mark?.(row))),
    );
    shown += next.length;
    foot.replaceChildren();
    if (shown < total && next.length > 0) {
      const rest = (total - shown).toLocaleString("en");
      foot.append(button(`Show more (${rest} left)`, () => void grow()));
    }
  };
  void grow();
  const head = h("tr");
  for (const { title, kind } of columns) {
    head.append(h("th", { scope: "col", class: kind }, title));
  }
  const element = h(
    "table",
    { "aria-label": label },
    h("thead", {}, head),
    body,
  );
  const scroll = h("div", {
    class: "scroll",
    tabindex: 0,
    role: "region",
    "aria-label": label,
  }, element);
  return h("div", { class: "table" }, scroll, foot);
}

function tableRow<T>(
  row: T,
  columns: readonly Column<T>[],
  mark: string | undefined,
): HTMLTableRowElement {
  const element = h("tr", { class: mark });
  for (const { cell, kind } of columns) {
    const child = cell(row);
    element.append(h("td", { class: kind }, child));
  }
  return element;
}
