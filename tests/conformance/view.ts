// deno-lint-ignore-file no-console -- prints the table
/**
 * The conformance run of `framewalk view`: a headless Chromium loads the page, from the local server and as static
 * files, with every kind of file, given on the command line, chosen and dropped. What it shows is compared with what `bt`,
 * `profile` and `lookup` say of the same files; the console, the page's policy, the keys, the width of a phone and the
 * contrasts are looked at.
 *
 *     deno run -A tests/conformance/view.ts [--cores DIR] [--sysroot DIR] [--capture FILE] [--binary FILE] [--pictures DIR]
 *       [--only TEXT]
 *
 * Without options the files of the repository are taken. Needs `chromium`. Exits 1 when something differs.
 */
import { parseArgs } from "@std/cli/parse-args";
import { checkBinary } from "./view/check_binary.ts";
import { checkCancel, checkCapture } from "./view/check_capture.ts";
import { checkCore } from "./view/check_core.ts";
import { checkAccess, checkKeys, checkWidth } from "./view/check_page.ts";
import { type BrowserPage, Chromium } from "./view/chromium.ts";
import {
  type CoreInput,
  coresOf,
  ownBinaries,
  ownCaptures,
  ownCores,
  sysrootArguments,
} from "./view/inputs.ts";
import { startSite, startView } from "./view/running.ts";

const PHONE = [360, 740] as const;
const DESKTOP = [1200, 800] as const;

/** What a check found. */
interface Outcome {
  /** What was compared, in words. */
  text: string;
  /** What is wrong. */
  problems: string[];
}

class Run {
  failed = 0;
  private readonly browser: Chromium;
  private readonly pictures: string;
  private readonly only: string;

  /** Checks whose name has `only` in it are run. */
  constructor(browser: Chromium, pictures: string, only: string) {
    this.browser = browser;
    this.only = only;
    this.pictures = pictures;
  }

  /** Opens a page, has it checked, tells what came of it. */
  async check(
    name: string,
    url: string,
    isDark: boolean,
    look: (page: BrowserPage) => Promise<Outcome>,
  ): Promise<void> {
    if (!name.includes(this.only)) return;
    const page = await this.browser.newPage();
    let outcome: Outcome;
    try {
      await page.look(...DESKTOP, isDark);
      await page.go(url);
      await page.wait("document.querySelector('main') !== null");
      outcome = await look(page);
      outcome.problems.push(...await checkAccess(page));
      await this.picture(page, `${name} desktop`);
      await page.look(...PHONE, isDark);
      outcome.problems.push(...await checkWidth(page));
      await this.picture(page, `${name} phone`);
    } catch (error) {
      outcome = { text: "", problems: [String(error)] };
    }
    outcome.problems.push(...page.complaints);
    await page.close();
    const state = outcome.problems.length === 0 ? "same" : "DIFFERS";
    console.log(`${name.padEnd(44)} ${state.padEnd(8)} ${outcome.text}`);
    for (const problem of outcome.problems) console.log(`    ${problem}`);
    if (outcome.problems.length > 0) this.failed++;
  }

  async picture(page: BrowserPage, name: string): Promise<void> {
    await page.picture(
      `${this.pictures}/${name.replaceAll(/[^\w.]+/g, "_")}.png`,
    );
  }
}

async function main(): Promise<number> {
  const options = parseArgs(Deno.args, {
    string: ["cores", "sysroot", "capture", "binary", "pictures", "only"],
    collect: ["sysroot", "capture", "binary"],
  });
  const sysroots = textsOf(options.sysroot);
  const cores = textsOf(options.cores)[0];
  const pictures = textsOf(options.pictures)[0] ??
    `${Deno.env.get("TMPDIR") ?? "/tmp"}/framewalk-view`;
  await Deno.mkdir(pictures, { recursive: true });
  const browser = await Chromium.start();
  const run = new Run(browser, pictures, textsOf(options.only)[0] ?? "");
  try {
    const more = cores === undefined ? [] : coresOf(cores, sysroots);
    await checkCores(run, [...ownCores(), ...more]);
    await checkCaptures(
      run,
      [...ownCaptures(), ...textsOf(options.capture)],
      sysroots,
    );
    await checkBinaries(run, [...ownBinaries(), ...textsOf(options.binary)]);
    await checkSite(run);
  } finally {
    await browser.stop();
  }
  console.log(
    `view: ${run.failed === 0 ? "all is well" : `${run.failed} failed`}`,
  );
  return run.failed === 0 ? 0 : 1;
}

/** The values of an option. */
function textsOf(value: unknown): string[] {
  return [value].flat().filter((one): one is string =>
    typeof one === "string" && one !== ""
  );
}

async function checkCores(run: Run, cores: CoreInput[]): Promise<void> {
  for (const [i, input] of cores.entries()) {
    const { name, core, program, sysroots } = input;
    const operands = program === undefined ? [core] : [core, program];
    const server = await startView([
      ...sysrootArguments(sysroots),
      ...operands,
    ]);
    await run.check(`view ${name}`, server.url, i % 2 === 1, async (page) => {
      const { frames, problems } = await checkCore(page, input);
      problems.push(...await checkKeys(page));
      return { text: `${frames} frames`, problems };
    });
    const { success } = await server.stop();
    if (!success) {
      run.failed++;
      console.log("    the server did not end well");
    }
  }
}

async function checkCaptures(
  run: Run,
  captures: string[],
  sysroots: string[],
): Promise<void> {
  for (const capture of captures) {
    const server = await startView([...sysrootArguments(sysroots), capture]);
    const name = capture.split("/").at(-1)!;
    await run.check(`view ${name}`, server.url, true, async (page) => {
      const { samples, problems } = await checkCapture(page, capture, sysroots);
      await page.run(
        `document.querySelector('[data-tab="Flame graph"]').click()`,
      );
      problems.push(...await checkCancel(page, samples));
      return { text: `${samples} samples`, problems };
    });
    await server.stop();
  }
}

async function checkBinaries(run: Run, binaries: string[]): Promise<void> {
  for (const file of binaries) {
    const server = await startView([file]);
    const name = file.split("/").slice(-2).join("/");
    await run.check(`view ${name}`, server.url, false, async (page) => {
      const { lookups, problems } = await checkBinary(page, file);
      return { text: `${lookups} lookups`, problems };
    });
    await server.stop();
  }
}

/** The published page: files are chosen and dropped. */
async function checkSite(run: Run): Promise<void> {
  const site = await startSite();
  const core = ownCores().find(({ name }) => name === "v3-x86_64-threads")!;
  const files = [core.core, core.program!];
  for (const way of ["pick", "drop"] as const) {
    await run.check(`site, ${way} a core`, site.url, false, async (page) => {
      await page[way](files);
      const { frames, problems } = await checkCore(page, core);
      return { text: `${frames} frames`, problems };
    });
  }
  await run.check(
    "site, a core before its binary",
    site.url,
    true,
    async (page) => {
      for (const file of files) {
        await page.pick([file]);
        await page.wait("document.querySelector('.frames li') !== null");
      }
      await page.wait("document.querySelector('.documents button') !== null");
      await page.wait(
        "document.querySelector('.frames li[data-symbol]:not([data-symbol=\"\"])') !== null",
      );
      const { frames, problems } = await checkCore(page, core);
      return { text: `${frames} frames`, problems };
    },
  );
  const capture = ownCaptures()[1]!;
  await run.check("site, pick a capture", site.url, true, async (page) => {
    await page.pick([capture]);
    const { samples, problems } = await checkCapture(page, capture, []);
    return { text: `${samples} samples`, problems };
  });
  const [binary] = ownBinaries();
  await run.check("site, pick a binary", site.url, true, async (page) => {
    await page.pick([binary!]);
    const { lookups, problems } = await checkBinary(page, binary!);
    return { text: `${lookups} lookups`, problems };
  });
  await run.check("site, pick what is damaged", site.url, false, checkDamaged);
  await site.stop();
}

/** Damaged files are told of in words; the page goes on. */
async function checkDamaged(page: BrowserPage): Promise<Outcome> {
  const folder = await Deno.makeTempDir();
  const core = ownCores().find(({ name }) => name === "v3-x86_64-threads")!;
  const capture = await Deno.readFile(ownCaptures()[1]!);
  const damaged: Record<string, Uint8Array> = {
    "core.cut.gz": (await Deno.readFile(core.core)).subarray(0, 900),
    "program.cut": (await Deno.readFile(core.program!)).subarray(0, 50),
    "notes.txt": new TextEncoder().encode("no file of any kind\n"),
    "empty": new Uint8Array(0),
    "capture.cut": capture.subarray(0, 30),
  };
  const problems: string[] = [];
  for (const [name, bytes] of Object.entries(damaged)) {
    const path = `${folder}/${name}`;
    await Deno.writeFile(path, bytes);
    await page.run("document.querySelector('main').replaceChildren()");
    await page.pick([path]);
    await page.wait("document.querySelector('main').textContent !== ''");
    await page.wait("document.querySelector('.waiting') === null");
    const text = await page.run<string>(
      "document.querySelector('main').innerText",
    );
    const isTold = await page.run<boolean>(
      "document.querySelector('main .error, main .warnings') !== null",
    );
    if (!isTold) {
      problems.push(`${name}: nothing is said: ${text.slice(0, 200)}`);
    }
  }
  await page.run("document.querySelector('main').replaceChildren()");
  await page.pick([core.core, core.program!]);
  const { frames, problems: more } = await checkCore(page, core);
  await Deno.remove(folder, { recursive: true });
  return {
    text: `${frames} frames afterwards`,
    problems: [...problems, ...more],
  };
}

Deno.exit(await main());
