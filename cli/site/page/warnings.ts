/**
 * What the user should know.
 *
 * @module
 */
import { h } from "./dom.ts";

/** Makes the list, closed where it is long. */
export function warningList(warnings: readonly string[]): HTMLElement {
  const list = h("ul");
  for (const text of warnings) list.append(h("li", {}, text));
  const title = warnings.length === 1
    ? "1 warning"
    : `${warnings.length} warnings`;
  return h(
    "details",
    { class: "warnings", open: warnings.length <= 3 },
    h("summary", {}, title),
    list,
  );
}
