/**
 * Choosing among the events and threads of a capture.
 *
 * @module
 */
import type { CaptureFacts, FlameSelection } from "../protocol.ts";
import { h } from "./dom.ts";

/** What was chosen. */
export type Chosen = FlameSelection;

/** Threads that can be chosen: those with most samples. */
const MAX_THREADS = 1000;

/** Makes the controls; `show` is called at once and whenever something else is chosen. */
export function selectionControls(
  { events, threads, total }: CaptureFacts,
  canInvert: boolean,
  show: (chosen: Chosen) => void,
): HTMLElement {
  const event = choice("Event", "all events", total, events);
  const order = [...threads.keys()]
    .sort((a, b) => threads[b]!.count - threads[a]!.count)
    .slice(0, MAX_THREADS);
  const thread = choice(
    "Thread",
    `all ${threads.length} threads`,
    total,
    order.map((index) => threads[index]!),
    order,
  );
  const inverted = h("input", { type: "checkbox" });
  const update = (): void =>
    show({
      event: valueOf(event),
      thread: valueOf(thread),
      inverted: inverted.checked,
    });
  for (const control of [event, thread, inverted]) {
    control.addEventListener("change", update);
  }
  update();
  return h(
    "div",
    { class: "controls" },
    events.length > 1 ? h("label", {}, "Event ", event) : null,
    threads.length > 1 ? h("label", {}, "Thread ", thread) : null,
    canInvert ? h("label", {}, inverted, " callers of each function") : null,
  );
}

function choice(
  label: string,
  all: string,
  total: number,
  entries: readonly { name: string; count: number }[],
  values: readonly number[] = [...entries.keys()],
): HTMLSelectElement {
  const select = h("select", { "aria-label": label });
  const option = (text: string, count: number, value: string): void =>
    select.append(
      h("option", { value }, `${text} · ${count.toLocaleString("en")}`),
    );
  option(all, total, "");
  for (const [i, { name, count }] of entries.entries()) {
    option(name, count, `${values[i]}`);
  }
  return select;
}

function valueOf({ value }: HTMLSelectElement): number | undefined {
  return value === "" ? undefined : Number(value);
}
