/**
 * `framewalk stat`: what the unwind tables of binaries cover, and what they cost.
 *
 * @module
 */
import type { ByteSource } from "../formats/base/byte_source.ts";
import { FormatError, UnsupportedError } from "../formats/base/error.ts";
import { EM, ET, isElf, openElf } from "../formats/elf/mod.ts";
import { statElf } from "../kernel/stat/mod.ts";
import type { Io } from "./io.ts";
import { printable } from "./plain_text.ts";
import { type ErrorRecord, errorRecord } from "./report.ts";
import { parseStatOptions, type StatCommandOptions } from "./stat_options.ts";
import {
  type FileStat,
  sortStats,
  type StatReport,
  writeJson,
  writeText,
} from "./stat_output.ts";
import { measureSidecars } from "./stat_sidecars.ts";
import { TextOutput } from "./text_output.ts";

/** Milliseconds between two signs of progress. */
const PROGRESS_INTERVAL = 100;
/** Directories below directories: a real tree is never so deep. */
const MAX_DEPTH = 256;

/**
 * Runs `framewalk stat`.
 *
 * @returns The exit code: 0, or 1 if a file or directory could not be read or is damaged.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function runStat(args: string[], io: Io): Promise<number> {
  const options = await parseStatOptions(args);
  if (options === undefined) {
    const { HELP } = await import("./help.ts");
    io.stdout.write(new TextEncoder().encode(HELP.stat!));
    return 0;
  }
  const survey = new Survey(options, io);
  for (const path of options.paths) await survey.visit(path);
  survey.clearProgress();
  const { report } = survey;
  if (options.sort !== undefined) sortStats(report.files, options.sort);
  const out = new TextOutput(io.stdout);
  if (options.json) writeJson(report, out);
  else writeText(report, options, out);
  out.flush();
  return report.errors.length > 0 ? 1 : 0;
}

/** Goes through files and directories and gathers what there is. */
class Survey {
  readonly report: StatReport = { files: [], errors: [], skipped: 0 };
  private readonly options: StatCommandOptions;
  private readonly io: Io;
  private visitCount = 0;
  private lastProgress = -Infinity;
  private hasProgress = false;

  constructor(options: StatCommandOptions, io: Io) {
    this.options = options;
    this.io = io;
  }

  /** A path that the user named: whatever is wrong with it is an error. */
  async visit(path: string): Promise<void> {
    const entries = this.io.list(path);
    if (typeof entries !== "string") await this.visitDirectory(path, 0);
    else await this.visitFile(path, true);
  }

  /** Removes the sign of progress from the terminal. */
  clearProgress(): void {
    if (this.hasProgress) this.write("\r\x1b[K");
    this.hasProgress = false;
  }

  private async visitDirectory(path: string, depth: number): Promise<void> {
    const entries = this.io.list(path);
    if (typeof entries === "string") return this.fail(path, entries);
    if (depth > MAX_DEPTH) return this.fail(path, "too deep");
    for (const { name, kind } of entries) {
      const full = path.endsWith("/") ? path + name : `${path}/${name}`;
      // Links lead to what is met elsewhere, or in circles.
      if (kind === "directory") await this.visitDirectory(full, depth + 1);
      else if (kind === "file") await this.visitFile(full, false);
    }
  }

  private async visitFile(path: string, isNamed: boolean): Promise<void> {
    this.visitCount++;
    this.showProgress(path);
    const source = this.io.open(path);
    if (typeof source === "string") return this.fail(path, source);
    try {
      await this.measure(path, source, isNamed);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.fail(path, error);
    } finally {
      closeSource(source);
    }
  }

  private async measure(
    path: string,
    source: ByteSource,
    isNamed: boolean,
  ): Promise<void> {
    if (!isNamed && !isElf(await source.read(0, 4))) {
      this.report.skipped++;
      return;
    }
    const elf = await openElf(source);
    const { type, machine, elfClass } = elf.header;
    const isLinked = type === ET.EXEC || type === ET.DYN;
    const isKnown = elfClass === 64 &&
      (machine === EM.X86_64 || machine === EM.AARCH64 || machine === EM.S390);
    if (!isNamed && !(isLinked && isKnown)) {
      this.report.skipped++;
      return;
    }
    const stat: FileStat = { path, ...await statElf(elf) };
    for (const error of stat.errors) this.fail(path, error);
    if (this.options.sidecars) stat.sidecars = await this.sidecarsOf(elf, path);
    this.report.files.push(stat);
  }

  private async sidecarsOf(
    elf: Awaited<ReturnType<typeof openElf>>,
    path: string,
  ): Promise<FileStat["sidecars"]> {
    try {
      return await measureSidecars(elf);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      // A table that cannot become a sidecar is no damage of the file.
      if (!(error instanceof UnsupportedError)) this.fail(path, error);
      return undefined;
    }
  }

  private fail(path: string, error: string | FormatError): void {
    const record: ErrorRecord = typeof error === "string"
      ? {
        code: "no-input",
        format: null,
        field: null,
        offset: null,
        value: null,
        message: error,
      }
      : errorRecord(error);
    this.report.errors.push({ path, error: record });
    if (this.options.json) return;
    this.clearProgress();
    this.write(`framewalk: ${printable(`${path}: ${record.message}`)}\n`);
  }

  private showProgress(path: string): void {
    const { stderr } = this.io;
    if (!stderr.isTerminal) return;
    const now = this.io.now();
    if (now - this.lastProgress < PROGRESS_INTERVAL) return;
    this.lastProgress = now;
    const width = (stderr.columns ?? 80) - 1;
    const line =
      `${this.visitCount} files, ${this.report.files.length} binaries: ${
        printable(path)
      }`;
    this.hasProgress = true;
    this.write(`\r\x1b[K${line.slice(0, width)}`);
  }

  private write(text: string): void {
    this.io.stderr.write(new TextEncoder().encode(text));
  }
}

/** Files of a whole system are too many to keep open. */
function closeSource(source: ByteSource & { close?: () => void }): void {
  source.close?.();
}
