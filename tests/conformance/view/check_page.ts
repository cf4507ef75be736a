/**
 * The page itself: keys, width of a phone, names and contrasts for those who see little.
 *
 * @module
 */
import type { BrowserPage } from "./chromium.ts";

/** Least contrast of text, by WCAG 2.2. */
const MIN_CONTRAST = 4.5;

/** What does not fit into the width. */
export async function checkWidth(page: BrowserPage): Promise<string[]> {
  const problems: string[] = [];
  const names = await page.run<string[]>(
    "[...document.querySelectorAll('[role=tab]')].map((tab) => tab.dataset.tab)",
  );
  for (const name of ["", ...names]) {
    if (name !== "") {
      await page.run(`document.querySelector('[data-tab="${name}"]').click()`);
      await page.wait("document.querySelector('.panel .waiting') === null");
    }
    const excess = await page.run<number>(
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );
    if (excess > 0) problems.push(`${name}: ${excess} pixels too wide`);
  }
  return problems;
}

/** Controls without a name, tabs and panels without their roles, text that is hard to read. */
export async function checkAccess(page: BrowserPage): Promise<string[]> {
  const nameless = await page.run<string[]>(
    `[...document.querySelectorAll('button, input, select, [tabindex], canvas')]
      .filter((e) => !(e.getAttribute('aria-label') || e.textContent.trim() || e.closest('label')?.textContent.trim()))
      .map((e) => e.outerHTML.slice(0, 80))`,
  );
  const weak = await page.run<string[]>(`(${findWeakText})(${MIN_CONTRAST})`);
  const roles = await page.run<boolean>(
    `document.querySelectorAll('main').length === 1
      && document.querySelectorAll('h1').length === 1
      && document.querySelectorAll('[role=tab][aria-selected=true]').length
        === document.querySelectorAll('[role=tablist]').length
      && document.documentElement.lang === 'en'`,
  );
  return [
    ...nameless.map((text) => `without a name: ${text}`),
    ...weak.map((text) => `hard to read: ${text}`),
    ...(roles ? [] : ["roles are missing"]),
  ];
}

/** Runs in the page. */
function findWeakText(least: number): string[] {
  const parse = (text: string): number[] =>
    (text.match(/[\d.]+/g) ?? []).map(Number);
  const light = (color: number[]): number => {
    const [r, g, b] = color.map((part) => {
      const one = part / 255;
      return one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  // deno-lint-ignore no-explicit-any -- elements of a page, which Deno has no types of
  const all = (globalThis as any).document.querySelectorAll("body *");
  const found = new Set<string>();
  for (const element of all) {
    const own = [...element.childNodes].some((node) =>
      node.nodeType === 3 && node.textContent.trim() !== ""
    );
    if (!own || element.offsetParent === null) continue;
    // deno-lint-ignore no-explicit-any -- as above
    const style = (globalThis as any).getComputedStyle;
    let back = element;
    let color = parse(style(back).backgroundColor);
    while (color.length > 3 && color[3] === 0 && back.parentElement !== null) {
      back = back.parentElement;
      color = parse(style(back).backgroundColor);
    }
    const [a, b] = [
      light(parse(style(element).color).slice(0, 3)),
      light(color.slice(0, 3)),
    ];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < least) {
      found.add(
        `${element.tagName}.${element.className} ${contrast.toFixed(2)}`,
      );
    }
  }
  return [...found];
}

/** Keys of a core's page: threads, search, help, tabs; and whether what has the focus shows it. */
export async function checkKeys(page: BrowserPage): Promise<string[]> {
  const problems: string[] = [];
  const expect = async (expression: string, what: string): Promise<void> => {
    if (!await page.run<boolean>(expression)) problems.push(what);
  };
  const chosen =
    "[...document.querySelectorAll('[role=option]')].findIndex((o) => o.ariaSelected === 'true')";
  await page.run("document.querySelector('[data-tab=Threads]').click()");
  await page.run("document.querySelector('[role=listbox]').focus()");
  const count = await page.run<number>(
    "document.querySelectorAll('[role=option]').length",
  );
  await page.press("Home");
  await page.press("ArrowDown");
  await expect(
    `${chosen} === ${Math.min(1, count - 1)}`,
    "ArrowDown goes to the next thread",
  );
  await page.press("End");
  await expect(
    `${chosen} === ${count - 1} || ${count} === 200`,
    "End goes to the last thread",
  );
  await page.press("ArrowUp");
  await page.press("Home");
  await expect(`${chosen} === 0`, "Home goes to the first thread");
  await page.run("document.activeElement.blur()");
  await page.press("/", "/");
  await expect(
    "document.activeElement.type === 'search' && document.activeElement.value === ''",
    "/ goes to the search",
  );
  await expect(
    "getComputedStyle(document.activeElement).outlineStyle === 'solid'",
    "the focus shows",
  );
  await page.press("Escape");
  await expect(
    "document.activeElement.type !== 'search'",
    "Escape leaves the search",
  );
  await page.press("?", "?");
  await expect("document.querySelector('dialog').open", "? opens the help");
  await page.press("Escape");
  await expect(
    "!document.querySelector('dialog').open",
    "Escape closes the help",
  );
  await page.run("document.querySelector('[data-tab=Threads]').focus()");
  await page.press("ArrowRight");
  await expect(
    "document.activeElement.dataset.tab === 'Modules' && document.activeElement.ariaSelected === 'true'",
    "ArrowRight shows the next tab",
  );
  await page.press("Home");
  return problems;
}
