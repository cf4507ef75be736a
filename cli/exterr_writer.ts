/**
 * The output of `framewalk exterr`, record by record.
 *
 * @module
 */
import { printWarnings } from "./core_input.ts";
import { entryLine, entryRecord, type ExterrEntry } from "./exterr_entry.ts";
import type { ExterrOptions } from "./exterr_options.ts";
import type { Io } from "./io.ts";
import { TextOutput } from "./text_output.ts";

/** Writes the records that are wanted, and counts the others. */
export class EntryWriter {
  private readonly options: ExterrOptions;
  private readonly io: Io;
  private readonly out: TextOutput;
  private count = 0;
  private readonly hidden = { live: 0, stale: 0, unused: 0 };

  /** Writes to `io`. */
  constructor(options: ExterrOptions, io: Io) {
    this.options = options;
    this.io = io;
    this.out = new TextOutput(io.stdout);
    if (options.json) this.out.text('{"records":[');
  }

  /** Writes a record. */
  add(entry: ExterrEntry): void {
    const { json, form, all } = this.options;
    if (entry.state !== "live" && !all) {
      this.hidden[entry.state]++;
      return;
    }
    if (json) {
      const text = JSON.stringify(entryRecord(entry, form));
      this.out.text(`${this.count === 0 ? "" : ","}\n${text}`);
    } else this.out.text(entryLine(entry, form));
    this.count++;
  }

  /**
   * Ends the output.
   *
   * @param damage What could not be read.
   * @param notes What else there is to know.
   * @returns The exit code.
   */
  end(damage: readonly string[], notes: readonly string[]): number {
    const { json, file } = this.options;
    const { stale, unused } = this.hidden;
    const warnings = [...damage, ...notes];
    if (json) {
      const rest = { hidden: { stale, unused }, warnings };
      this.out.text(`\n],${JSON.stringify(rest).slice(1)}\n`);
    }
    this.out.flush();
    if (!json) {
      if (this.count === 0) warnings.push(`no extended errors in ${file}`);
      if (stale + unused > 0) {
        warnings.push(
          `${stale} stale and ${unused} never used: --all shows them`,
        );
      }
      printWarnings(warnings, this.io);
    }
    return damage.length === 0 ? 0 : 1;
  }
}
