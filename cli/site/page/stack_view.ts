/**
 * One stack.
 *
 * @module
 */
import type { BacktraceFrame } from "../../../kernel/mod.ts";
import type { StackPart } from "../protocol.ts";
import { button, fill, h } from "./dom.ts";
import type { Engine } from "./engine.ts";
import { later } from "./later.ts";

/** Frames that are shown at first; each further step shows ten times as many. */
const FIRST_LIMIT = 200;

const STOP_TEXTS: Readonly<Record<string, string>> = {
  "end-of-stack": "end of the stack",
  "no-module": "stops: this address is in no code of the process",
  "no-row": "stops: no unwind table covers this address",
  "unreadable-stack": "stops: the stack cannot be read any further",
  "not-advancing": "stops: the stack does not rise any more",
  "misaligned": "stops: the stack pointer is not aligned",
  "unsupported-row": "stops: the unwind table's rule here is not supported",
};

/** Makes the view of the stack of thread `index`. */
export function stackView(
  id: string,
  index: number,
  engine: Engine,
): HTMLElement {
  const place = h("div");
  const show = (limit: number): void =>
    fill(
      place,
      later(async () => {
        const part = await engine.call("stack", id, index, limit);
        return drawStack(part, () => show(limit * 10));
      }),
    );
  show(FIRST_LIMIT);
  return place;
}

function drawStack(stack: StackPart, more: () => void): Node {
  const { tid, name, frames, frameCount, stop, crashed } = stack;
  const list = h("ol", { class: "frames", start: 0 });
  for (const [i, frame] of frames.entries()) list.append(drawFrame(frame, i));
  const rest = frameCount - frames.length;
  return h(
    "section",
    { "aria-label": `Stack of thread ${tid}` },
    h(
      "h3",
      {},
      `Thread ${tid}`,
      name === null ? null : ` “${name}”`,
      crashed ? h("span", { class: "badge" }, "got the signal") : null,
    ),
    list,
    rest > 0
      ? button(`Show more (${rest.toLocaleString("en")} left)`, more)
      : h("p", { class: "dim stop" }, STOP_TEXTS[stop] ?? stop),
  );
}

function drawFrame(frame: BacktraceFrame, index: number): HTMLElement {
  const { pc, symbol, offset, signal, trusted, inlined, table } = frame;
  const place = h("span", { class: "function code" }, symbol ?? "??");
  const marks = [
    signal ? "signal" : undefined,
    trusted ? undefined : "guessed",
    inlined ? "inlined" : undefined,
  ].filter((mark) => mark !== undefined);
  return h(
    "li",
    { "data-pc": pc, "data-symbol": symbol ?? "" },
    h("span", { class: "index dim" }, `#${index}`),
    h("span", { class: "pc code dim" }, inlined ? "" : pc),
    h(
      "span",
      { class: "what" },
      place,
      offset === null || offset === 0
        ? null
        : h("span", { class: "code dim" }, `+0x${offset.toString(16)}`),
      ...marks.map((mark) => h("span", { class: "badge quiet" }, mark)),
      sourceText(frame),
    ),
    h("span", { class: "table-name dim" }, table ?? ""),
  );
}

/** Where the frame is in the source, its last two folders; all of it when pointed at. */
function sourceText({ file, line }: BacktraceFrame): HTMLElement | null {
  if (file === null) return null;
  const short = file.split("/").slice(-2).join("/");
  const where = line === null ? short : `${short}:${line}`;
  return h("span", { class: "source", title: file }, where);
}
