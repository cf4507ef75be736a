/**
 * Captures: the flame graph and the list of functions against `profile --format summary --json`.
 *
 * @module
 */
import type { BrowserPage } from "./chromium.ts";
import { sysrootArguments } from "./inputs.ts";
import { framewalk } from "./running.ts";

interface Summary {
  samples: number;
  functions: { name: string; self: number; total: number }[];
}

const TOTAL = "Number(document.querySelector('.flame')?.dataset.total)";

/** Compares. @returns Samples, and in words what differs. */
export async function checkCapture(
  page: BrowserPage,
  capture: string,
  sysroots: readonly string[],
): Promise<{ samples: number; problems: string[] }> {
  const args = ["--format", "summary", "--json"];
  const text = await framewalk(
    "profile",
    ...args,
    ...sysrootArguments(sysroots),
    capture,
  );
  const { samples, functions } = JSON.parse(text) as Summary;
  const problems: string[] = [];
  await page.wait("document.querySelector('.flame') !== null");
  const total = await page.run<number>(TOTAL);
  if (total !== samples) problems.push(`${total} samples, not ${samples}`);
  problems.push(...await checkThreads(page, samples));
  await page.run("document.querySelector('[data-tab=Functions]').click()");
  const table = 'table[aria-label="Functions by samples"]';
  await page.wait(`document.querySelector('${table}') !== null`);
  const shown = await page.run<string[]>(
    `[...document.querySelectorAll('${table} tbody tr')].map((tr) =>
      tr.cells[3].textContent + ' ' + tr.cells[2].textContent.replaceAll(',', ''))`,
  );
  const wanted = functions.filter(({ total }) => total > 0)
    .map(({ name, total }) => `${name} ${total}`).slice(0, shown.length);
  // Functions with the same counts may come in any order.
  const [a, b] = [shown.slice().sort(), wanted.slice().sort()];
  const differing = a.findIndex((line, i) => line !== b[i]);
  if (differing >= 0 || a.length !== b.length) {
    problems.push(`function ${a[differing]}, not ${b[differing]}`);
  }
  return { samples, problems };
}

/** The samples of all threads must add up, and turned round they must be as many. */
async function checkThreads(
  page: BrowserPage,
  samples: number,
): Promise<string[]> {
  const problems: string[] = [];
  const choose = (value: string): Promise<unknown> =>
    page.run(
      `(() => { const s = document.querySelector('select[aria-label=Thread]');
      s.value = ${
        JSON.stringify(value)
      }; s.dispatchEvent(new Event('change')); })()`,
    );
  const values = await page.run<string[]>(
    `[...document.querySelectorAll('select[aria-label=Thread] option')].map((o) => o.value)`,
  );
  let sum = 0;
  for (const value of values.filter((value) => value !== "").slice(0, 20)) {
    await choose(value);
    await page.wait("document.querySelector('.flames .waiting') === null");
    sum += await page.run<number>(TOTAL);
  }
  if (values.length > 1 && values.length <= 21 && sum !== samples) {
    problems.push(`threads have ${sum} samples together, not ${samples}`);
  }
  if (values.length > 0) await choose("");
  await page.run(
    "document.querySelector('.flames input[type=checkbox]').click()",
  );
  await page.wait("document.querySelector('.flames .waiting') === null");
  const turned = await page.run<number>(TOTAL);
  if (turned !== samples) problems.push(`${turned} samples turned round`);
  await page.run(
    "document.querySelector('.flames input[type=checkbox]').click()",
  );
  await page.wait("document.querySelector('.flames .waiting') === null");
  return problems;
}

/** Reading is begun anew and ended at once; then it must be as it was. */
export async function checkCancel(
  page: BrowserPage,
  samples: number,
): Promise<string[]> {
  await page.reload();
  await page.wait("document.querySelector('.progress button') !== null");
  await page.wait("document.querySelector('.later, .flame') !== null");
  await page.run("document.querySelector('.progress button').click()");
  const again = "[...document.querySelectorAll('.later > button')]" +
    ".find((b) => b.textContent === 'Start again')";
  await page.wait(`document.querySelector('.flame') !== null || !!${again}`);
  await page.run(`${again}?.click()`);
  await page.wait("document.querySelector('.flame') !== null");
  const total = await page.run<number>(TOTAL);
  return total === samples ? [] : [`${total} samples after a new start`];
}
