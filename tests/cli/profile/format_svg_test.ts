import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  HOSTILE_NAMES,
  type LiteralSample,
  writeText,
} from "./literal_profile.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#10;": "\n",
};

function plain(text: string): string {
  assert(!/[<>]/.test(text), text.slice(0, 80));
  return text.replaceAll(/&[^;]*;?/g, (entity) => {
    assert(entity in ENTITIES, entity);
    return ENTITIES[entity]!;
  });
}

/** An element with its attributes and text. */
interface Element {
  name: string;
  attributes: Record<string, string>;
  text: string;
}

/** Reads XML of the kind that a flame graph is; throws for what an XML reader would not take. */
function readXml(xml: string): Element[] {
  // deno-lint-ignore no-control-regex -- XML has no way to write these
  assert(!/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(xml));
  assert(xml.isWellFormed());
  const body = xml.replace(/^<\?xml [^>]*\?>\n/, "")
    .replace(/<!\[CDATA\[([^]*?)\]\]>/, "");
  const elements: Element[] = [];
  const open: Element[] = [];
  const token = /<(\/?)([\w]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
  let at = 0;
  for (const match of body.matchAll(token)) {
    assertEquals(match.index, at, body.slice(at, at + 80));
    at += match[0].length;
    const [, closing, name, attributes, selfClosing, text] = match;
    if (text !== undefined) {
      if (open.length > 0) open.at(-1)!.text += plain(text);
      else assertEquals(text.trim(), "");
    } else if (closing === "/") assertEquals(open.pop()!.name, name);
    else {
      const element: Element = { name: name!, attributes: {}, text: "" };
      for (
        const [, key, value] of attributes!.matchAll(/([\w:-]+)="([^"]*)"/g)
      ) {
        assert(!(key! in element.attributes), key);
        element.attributes[key!] = plain(value!);
      }
      elements.push(element);
      if (selfClosing !== "/") open.push(element);
    }
  }
  assertEquals(at, body.length);
  assertEquals(open, []);
  return elements;
}

/** Boxes as title, left edge, width and row. */
async function boxes(
  samples: readonly LiteralSample[],
  options: Parameters<typeof writeText>[2] = {},
): Promise<string[]> {
  const elements = readXml(await writeText("svg", samples, options));
  const rows: string[] = [];
  for (const [index, { attributes }] of elements.entries()) {
    if (attributes["class"] !== "b") continue;
    const title = elements[index + 1]!;
    const { x, y, width } = elements[index + 2]!.attributes;
    assertEquals(title.name, "title");
    rows.push(`${title.text} | ${Number(x)} ${Number(width)} ${y}`);
  }
  return rows;
}

Deno.test("svg draws callers below what they call, as wide as they have samples", async () => {
  assertEquals(
    await boxes([
      { stack: ["main", "f"] },
      { stack: ["main", "k:read"] },
      { stack: ["main", "f"], event: "faults" },
      { stack: ["f"], stop: "cut" },
    ]),
    [
      "all: 4 samples, 100.00% | 0 1200 86",
      "[truncated]: 1 samples, 25.00% | 0 300 69",
      "main (/opt/bin/prog): 3 samples, 75.00% | 300 900 69",
      "f (/opt/bin/prog): 2 samples, 50.00% | 300 600 52",
      "read ([kernel.kallsyms]): 1 samples, 25.00% | 900 300 52",
      "f (/opt/bin/prog): 1 samples, 25.00% | 0 300 52",
    ],
  );
});

Deno.test("svg --inverted hangs callers from what they call", async () => {
  assertEquals(await boxes([{ stack: ["main", "f"] }], { inverted: true }), [
    "all: 1 samples, 100.00% | 0 1200 52",
    "f (/opt/bin/prog): 1 samples, 100.00% | 0 1200 69",
    "main (/opt/bin/prog): 1 samples, 100.00% | 0 1200 86",
  ]);
});

Deno.test("svg puts what --by keeps apart below the stacks", async () => {
  const rows = await boxes([{ stack: ["main"] }, { stack: ["main"], tid: 8 }], {
    by: "thread",
  });
  assertEquals(rows.slice(1, 3).map((row) => row.split(":")[0]), [
    "prog 7/7",
    "prog 7/8",
  ]);
});

Deno.test("svg is XML whatever functions and files are called", async () => {
  for (const name of HOSTILE_NAMES) {
    const rows = await boxes([{ stack: [name] }], { paths: [name] });
    assertEquals(rows.length, 2);
    assert(rows[1]!.includes(": 1 samples, 100.00% | 0 1200"));
  }
});

Deno.test("svg of no samples has a box that says so, and works", async () => {
  assertEquals(await boxes([]), ["all: 0 samples, 0.00% | 0 1200 52"]);
});

Deno.test("svg leaves out what is too narrow to see, and says how much", async () => {
  const samples: LiteralSample[] = [];
  for (let i = 0; i < 16_000; i++) {
    samples.push({ stack: ["main", `f${i % 2 === 0 ? 0 : i}`] });
  }
  const text = await writeText("svg", samples);
  assertStringIncludes(text, "8000 narrower boxes are not drawn");
  assertEquals(text.match(/class="b"/g)!.length, 3);
});

Deno.test("svg asks nothing of the network", async () => {
  const text = await writeText("svg", [{ stack: ["main"] }]);
  const urls = text.match(/https?:[^"]*/g)!;
  assertEquals(urls, [
    "http://www.w3.org/2000/svg",
    "http://www.w3.org/1999/xhtml",
  ]);
});
