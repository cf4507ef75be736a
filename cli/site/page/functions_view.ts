/**
 * The functions of a binary's unwind tables, and the rows of one of them in both tables side by side.
 *
 * @module
 */
import { formatAddress } from "../../../formats/base/address.ts";
import type { RuleTexts } from "../model/row_pairs.ts";
import type { FunctionRow, FunctionRows } from "../protocol.ts";
import { button, fill, h, message } from "./dom.ts";
import type { Engine } from "./engine.ts";
import { later } from "./later.ts";
import { table } from "./table.ts";

/** Functions that are asked for at once. */
const STEP = 200;
/** Milliseconds without a key before a search begins. */
const PAUSE = 120;

/** Makes the view. */
export function functionsView(id: string, engine: Engine): HTMLElement {
  const list = h("div", { class: "list" });
  const rows = h("div", { class: "rows", "aria-live": "polite" });
  const showRows = (index: number): void => {
    fill(
      rows,
      later(async () => drawRows(await engine.call("rows", id, index))),
    );
    rows.scrollIntoView({ block: "nearest" });
  };
  const search = h("input", {
    type: "search",
    placeholder: "function or address",
    "aria-label": "Search functions",
    spellcheck: "false",
  });
  const show = (): void => {
    const query = search.value;
    fill(list, later(() => functionTable(id, engine, query, showRows)));
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, PAUSE);
  });
  const view = h(
    "div",
    { class: "functions split" },
    h("div", { class: "left" }, h("div", { class: "controls" }, search), list),
    rows,
  );
  view.addEventListener(
    "showrow",
    (event) => showRows((event as CustomEvent<number>).detail),
  );
  fill(rows, message("Choose a function to see its rows."));
  show();
  return view;
}

async function functionTable(
  id: string,
  engine: Engine,
  query: string,
  showRows: (index: number) => void,
): Promise<Node> {
  const ask = (from: number) => engine.call("functions", id, query, from, STEP);
  const first = await ask(0);
  if (first.total === 0) return message("No function in any unwind table.");
  const name = (row: FunctionRow): string => row.name || row.start;
  return table<FunctionRow>({
    label: "Functions",
    columns: [
      {
        title: `Function (${first.total.toLocaleString("en")})`,
        kind: "code name",
        cell: (row) =>
          button(name(row), () => showRows(row.index), {
            class: "link",
            title: name(row),
          }),
      },
      { title: "Start", kind: "code number", cell: ({ start }) => start },
      {
        title: "Bytes",
        kind: "number",
        cell: ({ size }) => size.toLocaleString("en"),
      },
      {
        title: ".sframe",
        kind: "number",
        cell: ({ sframe }) =>
          sframe < 0 ? "–" : sframe === 1 ? "1 row" : `${sframe} rows`,
      },
      {
        title: ".eh_frame",
        cell: ({ eh }) => eh === null ? "?" : eh ? "yes" : "–",
      },
    ],
    rows: first.rows,
    total: first.total,
    more: async (from) => (await ask(from)).rows,
  });
}

function drawRows({ head, pairs, notes }: FunctionRows): Node {
  const differing = pairs.filter(({ differs }) => differs).length;
  const end = formatAddress(parseInt(head.start, 16) + head.size);
  const summary = differing === 0
    ? ""
    : differing === 1
    ? "1 range differs"
    : `${differing} ranges differ`;
  return h(
    "section",
    { "aria-label": "Rows" },
    h("h3", { class: "code" }, head.name || head.start),
    h(
      "p",
      { class: "dim" },
      `${head.start}–${end}, ${head.size} bytes `,
      summary === "" ? null : h("span", { class: "badge" }, summary),
    ),
    ...notes.map((note) => h("p", { class: "note" }, note)),
    pairs.length === 0 ? message("No rows.") : table({
      label: "Rows of the function",
      columns: [
        {
          title: "From",
          kind: "code",
          cell: ({ start }) =>
            `+0x${(start - parseInt(head.start, 16)).toString(16)}`,
        },
        { title: ".sframe", kind: "code", cell: ({ left }) => rules(left) },
        { title: ".eh_frame", kind: "code", cell: ({ right }) => rules(right) },
        {
          title: "",
          cell: ({ differs }) =>
            differs ? h("span", { class: "badge" }, "differs") : "",
        },
      ],
      rows: pairs,
      mark: ({ differs }) => differs ? "differs" : undefined,
    }),
  );
}

function rules(texts: RuleTexts | null): HTMLElement {
  if (texts === null) return h("span", { class: "dim" }, "–");
  const { cfa, ra, fp, note } = texts;
  return h(
    "span",
    { class: "rules" },
    h("span", {}, h("i", {}, "CFA"), ` ${cfa}`),
    h("span", {}, h("i", {}, "RA"), ` ${ra}`),
    h("span", {}, h("i", {}, "FP"), ` ${fp}`),
    note === "" ? null : h("span", { class: "dim note" }, note),
  );
}
