/**
 * One open file: what is to be said of it, and its tabs.
 *
 * @module
 */
import type { DocumentHead } from "../protocol.ts";
import { areasView } from "./areas_view.ts";
import { h, message } from "./dom.ts";
import type { Engine } from "./engine.ts";
import { factList } from "./fact_list.ts";
import { flameView } from "./flame_view.ts";
import { functionsView } from "./functions_view.ts";
import { later } from "./later.ts";
import { lookupView } from "./lookup_view.ts";
import { modulesView } from "./modules_view.ts";
import { sectionsView } from "./sections_view.ts";
import { type Tab, Tabs } from "./tabs.ts";
import { threadsView } from "./threads_view.ts";
import { topView } from "./top_view.ts";
import { warningList } from "./warnings.ts";

/** Shows a module as a file of its own, and if wanted the rows of one of its functions. */
export type OpenModule = (
  head: DocumentHead,
  functionIndex: number | undefined,
) => void;

/** Makes the view of a file. */
export function documentView(
  head: DocumentHead,
  engine: Engine,
  open: OpenModule,
): HTMLElement {
  const view = h("article", { "data-kind": head.kind });
  if (head.error !== undefined) {
    view.append(h("h2", {}, head.name), message(head.error, "error"));
    return view;
  }
  view.append(factList(head.facts));
  if (head.warnings.length > 0) view.append(warningList(head.warnings));
  if (head.kind === "other") return view;
  const tabs = new Tabs(head.name, tabsOf(head, engine, open));
  view.append(tabs.element);
  view.addEventListener("showrows", (event) => {
    tabs.open("Functions");
    const { index } = (event as CustomEvent<{ index: number }>).detail;
    view.querySelector(".functions")?.dispatchEvent(
      new CustomEvent("showrow", { detail: index }),
    );
  });
  return view;
}

function tabsOf(
  head: DocumentHead,
  engine: Engine,
  open: OpenModule,
): Tab[] {
  const { id, kind } = head;
  if (kind === "core") {
    return [
      { name: "Threads", make: () => threadsView(id, engine) },
      { name: "Modules", make: () => modulesView(id, engine, open) },
      { name: "Lookup", make: () => lookupView(id, engine, open) },
      { name: "Thread areas", make: () => areasView(id, engine) },
    ];
  }
  if (kind === "capture") {
    return [
      { name: "Flame graph", make: () => flameView(id, engine) },
      { name: "Functions", make: () => topView(id, engine) },
      { name: "Modules", make: () => modulesView(id, engine, open) },
    ];
  }
  return [
    { name: "Functions", make: () => functionsView(id, engine) },
    { name: "Sections", make: () => sectionsView(id, engine) },
    { name: "Lookup", make: () => lookupView(id, engine, open) },
    { name: "Critical sections", make: () => criticalView(id, engine) },
  ];
}

/** The critical sections of restartable sequences. */
function criticalView(id: string, engine: Engine): HTMLElement {
  return later(async () =>
    h("pre", { class: "answer" }, await engine.call("criticalSections", id))
  );
}
