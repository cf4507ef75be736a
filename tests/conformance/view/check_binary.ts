/**
 * Binaries: rows and lookups against `lookup`.
 *
 * @module
 */
import type { BrowserPage } from "./chromium.ts";
import { framewalk } from "./running.ts";

/** Functions that are looked at. */
const MAX_FUNCTIONS = 8;

/** Compares. @returns Lookups that were compared, and in words what differs. */
export async function checkBinary(
  page: BrowserPage,
  file: string,
): Promise<{ lookups: number; problems: string[] }> {
  const problems: string[] = [];
  await page.wait(
    "document.querySelector('table[aria-label=Functions]') !== null",
  );
  const starts = await page.run<string[]>(
    `[...document.querySelectorAll('table[aria-label=Functions] tbody tr')]
      .slice(0, ${MAX_FUNCTIONS}).map((tr) => tr.cells[1].textContent)`,
  );
  for (const [i] of starts.entries()) {
    await page.run(
      `document.querySelectorAll('table[aria-label=Functions] td button')[${i}].click()`,
    );
    await page.wait("document.querySelector('.rows section') !== null");
  }
  await page.run("document.querySelector('[data-tab=Sections]').click()");
  await page.wait(
    "document.querySelector('table[aria-label=Sections]') !== null",
  );
  await page.run("document.querySelector('[data-tab=Lookup]').click()");
  for (const start of starts) {
    const wanted = await framewalk("lookup", file, start);
    await page.run(`(() => { const i = document.querySelector('.lookup input');
      i.value = ${JSON.stringify(start)}; i.form.requestSubmit(); })()`);
    await page.wait("document.querySelector('.lookup .waiting') === null");
    const shown = await page.run<string>(
      "[...document.querySelectorAll('pre.answer')].map((p) => p.textContent).join('\\n')",
    );
    if (shown !== wanted) problems.push(`${start}: ${shown}, not ${wanted}`);
  }
  return { lookups: starts.length, problems: problems.slice(0, 2) };
}
