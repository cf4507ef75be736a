/**
 * Cores: the frames that the page shows against those of `bt --json`.
 *
 * @module
 */
import type { Backtrace, BacktraceFrame } from "../../../kernel/mod.ts";
import type { BrowserPage } from "./chromium.ts";
import { type CoreInput, sysrootArguments } from "./inputs.ts";
import { framewalk } from "./running.ts";

/** Threads of a core that are looked at. */
const MAX_THREADS = 6;

/** What the page shows of a frame. */
interface ShownFrame {
  pc: string;
  symbol: string;
  source: string;
}

/** Compares. @returns Frames that were compared, and in words what differs. */
export async function checkCore(
  page: BrowserPage,
  input: CoreInput,
): Promise<{ frames: number; problems: string[] }> {
  const program = input.program === undefined ? [] : [input.program];
  const text = await framewalk(
    "bt",
    "--json",
    ...sysrootArguments(input.sysroots),
    input.core,
    ...program,
  );
  const { threads } = JSON.parse(text) as Backtrace;
  const problems: string[] = [];
  await page.wait("document.querySelector('[role=listbox]') !== null");
  const listed = await page.run<number>(
    "document.querySelectorAll('[role=option]').length",
  );
  if (listed !== Math.min(threads.length, 200)) {
    problems.push(`${listed} threads listed of ${threads.length}`);
  }
  let frames = 0;
  for (const index of someOf(threads.length)) {
    const { tid, frames: wanted } = threads[index]!;
    const shown = await readStack(page, index, tid);
    frames += wanted.length;
    problems.push(...compare(tid, shown, wanted));
  }
  return { frames, problems };
}

function someOf(count: number): number[] {
  const last = Math.min(count, 200) - 1;
  const step = Math.max(1, Math.floor(last / (MAX_THREADS - 1)));
  const some = new Set<number>();
  for (let i = 0; i <= last; i += step) some.add(i);
  return [...some].concat(last >= 0 && !some.has(last) ? [last] : []);
}

async function readStack(
  page: BrowserPage,
  index: number,
  tid: number,
): Promise<ShownFrame[]> {
  await page.run(
    `document.querySelectorAll('[role=option]')[${index}].click()`,
  );
  const heading = `(document.querySelector('.stack h3')?.textContent ?? '')`;
  await page.wait(`${heading}.startsWith('Thread ${tid}')`);
  const more = `document.querySelector('.stack section > button')`;
  while (await page.run(`${more} !== null`)) {
    const count = "document.querySelectorAll('.frames li').length";
    const before = await page.run<number>(count);
    await page.run(`${more}.click()`);
    await page.wait(`${count} > ${before}`);
  }
  return await page.run<ShownFrame[]>(
    `[...document.querySelectorAll('.frames li')].map((li) => ({
      pc: li.dataset.pc, symbol: li.dataset.symbol,
      source: li.querySelector('.source')?.title ?? '' }))`,
  );
}

function compare(
  tid: number,
  shown: readonly ShownFrame[],
  wanted: readonly BacktraceFrame[],
): string[] {
  const problems: string[] = [];
  if (shown.length !== wanted.length) {
    problems.push(
      `thread ${tid}: ${shown.length} frames, not ${wanted.length}`,
    );
  }
  for (const [i, frame] of wanted.entries()) {
    const one = shown[i];
    const same = one?.pc === frame.pc && one.symbol === (frame.symbol ?? "") &&
      one.source === (frame.file ?? "");
    if (!same && one !== undefined) {
      problems.push(
        `thread ${tid} #${i}: ${JSON.stringify(one)}, not ${
          JSON.stringify(frame)
        }`,
      );
    }
  }
  return problems.slice(0, 3);
}
