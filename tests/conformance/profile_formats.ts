// deno-lint-ignore-file no-console -- a command
/**
 * The conformance run of the formats of `framewalk profile`: each is written for each capture and opened by what reads
 * it, which must find as many samples as there are.
 *
 *     deno run -A tests/conformance/profile_formats.ts [OPTION]... CAPTURE...
 *
 * `--sysroot DIR` (repeatable) is handed on to framewalk. `--speedscope DIR` and `--firefox DIR` name directories with
 * the pages of speedscope (`dist/release` of its package) and of the Firefox Profiler (`dist` of its build). pprof is
 * asked through `go tool pprof`; flame graphs and the two pages are opened in Chromium. What is not on the machine is
 * left out, and said. `--framewalk COMMAND` runs another framewalk. Exits 1 if a reader finds something else.
 */
import { parseArgs } from "@std/cli/parse-args";
import {
  checkFirefox,
  checkSpeedscope,
  checkSvg,
} from "./profile_formats/pages.ts";
import { checkFolded, checkPprof, checkText } from "./profile_formats/tools.ts";
import { Chromium } from "./view/chromium.ts";

/** What a check has to work with. */
export interface Written {
  /** Path of the file in each format. */
  readonly paths: Readonly<Record<string, string>>;
  /** Samples that the summary tells. */
  readonly samples: number;
  /** The browser; undefined if there is none. */
  readonly browser: Chromium | undefined;
  /** Directories of the pages of other projects, by name. */
  readonly pages: Readonly<Record<string, string | undefined>>;
}

/** Opens a format with what reads it. Returns what was found, or that it was left out; throws if something is wrong. */
export type Check = (written: Written) => Promise<string>;

const here = new URL(".", import.meta.url).pathname;

const CHECKS: Readonly<Record<string, Check>> = {
  text: checkText,
  folded: checkFolded,
  pprof: checkPprof,
  svg: checkSvg,
  speedscope: checkSpeedscope,
  firefox: checkFirefox,
};

const ENDINGS: Readonly<Record<string, string>> = {
  text: "txt",
  folded: "folded",
  pprof: "pb.gz",
  svg: "svg",
  speedscope: "speedscope.json",
  firefox: "json.gz",
};

async function main(): Promise<number> {
  const options = parseArgs(Deno.args, {
    string: ["framewalk", "speedscope", "firefox", "sysroot", "_"],
    collect: ["sysroot"],
  }) as {
    framewalk?: string;
    speedscope: string | undefined;
    firefox: string | undefined;
    sysroot: string[];
    _: string[];
  };
  const framewalk = options.framewalk?.split(" ") ??
    [Deno.execPath(), "run", "--quiet", "-A", `${here}../../cli/main.ts`];
  const roots = options.sysroot.flatMap((
    root,
  ) => ["--sysroot", root]);
  const browser = await Chromium.start().catch(() => undefined);
  const work = await Deno.makeTempDir({ prefix: "framewalk-formats-" });
  let failed = 0;
  for (const capture of options._) {
    const run = (...args: string[]) =>
      output([...framewalk, "profile", ...roots, ...args, capture]);
    const { samples } = JSON.parse(
      await run("--format", "summary", "--json"),
    );
    console.log(`${capture}: ${samples} samples`);
    const paths: Record<string, string> = {};
    const pages = { speedscope: options.speedscope, firefox: options.firefox };
    for (const [name, check] of Object.entries(CHECKS)) {
      paths[name] = `${work}/profile.${ENDINGS[name]}`;
      await run("--format", name, "-o", paths[name]);
      try {
        const found = await check({ paths, samples, browser, pages });
        console.log(`  ${name.padEnd(12)}${found}`);
      } catch (error) {
        failed++;
        console.log(`  ${name.padEnd(12)}WRONG: ${(error as Error).message}`);
      }
    }
  }
  await browser?.stop();
  await Deno.remove(work, { recursive: true });
  return failed === 0 ? 0 : 1;
}

/** What a command prints. Warnings, and that a capture is damaged, are no failure. */
async function output([command, ...args]: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command!, { args })
    .output();
  if (code > 1) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

if (import.meta.main) Deno.exit(await main());
