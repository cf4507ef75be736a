/**
 * Formats that a browser shows.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Written } from "../profile_formats.ts";
import type { BrowserPage, Chromium } from "../view/chromium.ts";

const NO_BROWSER = "left out: there is no chromium";

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css",
  html: "text/html",
  js: "text/javascript",
  json: "application/json",
  wasm: "application/wasm",
};

/** `svg`, from disk: hover, zoom, search and keys do what they should; nothing else is fetched, nothing complains. */
export async function checkSvg(
  { paths, samples, browser }: Written,
): Promise<string> {
  if (browser === undefined) return NO_BROWSER;
  const page = await browser.newPage();
  const url = `file://${paths.svg}`;
  await page.go(url);
  // The search appears when the script has run.
  await page.wait(
    `document.getElementById("search")?.classList.contains("hidden") === false`,
  );
  const [all, count, deep] = await page.run<[string, number, string]>(`(() => {
    const boxes = [...document.querySelectorAll(".b")];
    const box = boxes[Math.min(3, boxes.length - 1)];
    const hover = (type) => box.dispatchEvent(new MouseEvent(type, { bubbles: true }));
    hover("mouseover");
    const text = document.getElementById("status").textContent;
    if (text !== box.firstChild.textContent) throw new Error("hover: " + text);
    hover("click");
    return [boxes[0].firstChild.textContent, boxes.length, box.children[1].getAttribute("width")];
  })()`);
  const share = samples === 0 ? "0.00%" : "100.00%";
  assertEquals(all, `all: ${samples} samples, ${share}`);
  assertEquals(deep, "1200", "a click shows a box over the whole width");
  await page.press("Escape");
  assertEquals(
    await page.run(`document.querySelectorAll(".b.hidden").length`),
    0,
    "Escape shows all again",
  );
  const found = await page.run<string>(`(() => {
    const input = document.querySelector("input");
    input.value = "^";
    input.dispatchEvent(new Event("input"));
    return document.getElementById("status").textContent;
  })()`);
  assert(found.startsWith("Found in "), found);
  assertEquals(page.complaints, []);
  assertEquals(page.requests, [url]);
  await page.close();
  return `${samples} samples, ${count} boxes; hover, zoom, search by Chromium`;
}

/** `speedscope`: its page takes the file. */
export async function checkSpeedscope(
  { paths, samples, browser, pages }: Written,
): Promise<string> {
  const { shared: { frames }, profiles } = JSON.parse(
    await Deno.readTextFile(paths.speedscope!),
  );
  let total = 0;
  for (const { samples: stacks, weights, endValue } of profiles) {
    assertEquals(stacks.length, weights.length);
    let sum = 0;
    for (const [i, stack] of stacks.entries()) {
      assert(stack.every((frame: number) => frame < frames.length));
      sum += weights[i];
    }
    assertEquals(sum, endValue);
    total += sum;
  }
  assertEquals(total, samples);
  const read = `${total} samples in ${profiles.length} profiles`;
  if (browser === undefined) return `${read}; ${NO_BROWSER}`;
  if (pages.speedscope === undefined) return `${read}; no --speedscope`;
  await inPage(
    browser,
    pages.speedscope,
    paths.speedscope!,
    (file) => `/index.html#profileURL=${encodeURIComponent(file)}`,
    async (page) => {
      await page.wait(`document.body?.innerText.includes("Left Heavy")`);
      await page.wait(`document.title.includes(" - speedscope")`);
    },
  );
  return `${read}; opened by speedscope`;
}

/** `firefox`: its page takes the file, and its call trees have all samples. */
export async function checkFirefox(
  { paths, samples, browser, pages }: Written,
): Promise<string> {
  if (browser === undefined) return NO_BROWSER;
  if (pages.firefox === undefined) return "left out: no --firefox";
  let found = "";
  await inPage(
    browser,
    pages.firefox,
    paths.firefox!,
    (file) => `/from-url/${encodeURIComponent(file)}`,
    async (page) => {
      await page.wait(`document.body?.innerText.includes("Call Tree")`);
      const [threads, total] = await page.run<[number, number]>(`(() => {
        const { profile } = getState().profileView;
        let total = 0;
        for (const [index] of profile.threads.entries()) {
          dispatch(actions.changeSelectedThreads(new Set([index])));
          const tree = selectors.selectedThread.getCallTree(getState());
          for (const root of tree.getRoots()) total += tree.getNodeData(root).total;
        }
        return [profile.threads.length, total];
      })()`);
      assertEquals(total, samples);
      found = `${total} samples in ${threads} tracks by the Firefox Profiler`;
    },
  );
  return found;
}

/** Opens a project's page with a file, both from a server of this machine. */
async function inPage(
  browser: Chromium,
  directory: string,
  file: string,
  pathOf: (file: string) => string,
  look: (page: BrowserPage) => Promise<void>,
): Promise<void> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      const isFile = pathname === "/profile";
      const path = isFile ? file : `${directory}${pathname}`;
      const bytes = await Deno.readFile(path)
        .catch(() => Deno.readFile(`${directory}/index.html`));
      const type = isFile ? "" : TYPES[path.split(".").pop()!] ?? TYPES.html!;
      return new Response(bytes, { headers: { "content-type": type } });
    },
  );
  const base = `http://127.0.0.1:${server.addr.port}`;
  const page = await browser.newPage();
  try {
    await page.go(base + pathOf(`${base}/profile`));
    await look(page);
    const outside = page.requests.filter((url) =>
      /^https?:/.test(url) && !url.startsWith(base)
    );
    assertEquals(outside, []);
  } finally {
    await page.close();
    await server.shutdown();
  }
}
