/**
 * A sidecar as a table that walks ask.
 *
 * @module
 */
import { BytesSource } from "../../formats/base/byte_source.ts";
import { FormatError } from "../../formats/base/error.ts";
import { Lookup, type UnwindRow } from "../../formats/base/unwind_row.ts";
import { openSidecar, type SidecarTable } from "../../formats/sidecar/mod.ts";
import type { UnwindTable } from "../mod.ts";
import type { CodeRange, CodeSidecar } from "./code_range.ts";
import type { CodeOwner } from "./code_tables.ts";

/**
 * Opened by the first walk that needs it, and of its parts only those are read that walks need. One that is damaged, of
 * another machine or of another object than the range's identity says is marked, reported, and says nothing from then on.
 */
export class RangeSidecar implements UnwindTable {
  /** As all sidecars. */
  readonly kind = "sidecar";
  private readonly owner: CodeOwner;
  private readonly range: CodeRange;
  private readonly sidecar: CodeSidecar;
  private table: SidecarTable | undefined = undefined;
  /** The bytes that `table` reads. */
  private bytes: Uint8Array | undefined = undefined;

  /** Reads nothing yet. */
  constructor(owner: CodeOwner, range: CodeRange, sidecar: CodeSidecar) {
    this.owner = owner;
    this.range = range;
    this.sidecar = sidecar;
  }

  /** Fills `row` with the rules at exactly `pc`. */
  lookup(pc: number, row: UnwindRow): number {
    const { sidecar, table } = this;
    if (sidecar.bad) return Lookup.NO_ROW;
    if (table === undefined || this.bytes !== this.file()) {
      return Lookup.NEEDS_DATA;
    }
    const mismatch = this.mismatch(table);
    if (mismatch !== undefined) return this.spoil(mismatch);
    const status = table.lookup(pc - sidecar.loadBias, row);
    return status === Lookup.BAD
      ? this.spoil(table.error?.message ?? "it makes no sense")
      : status;
  }

  /** Opens the sidecar, or loads the part that the last lookup lacked. */
  fill(): Promise<void> {
    return this.table !== undefined && this.bytes === this.file()
      ? this.table.fill()
      : this.open();
  }

  private file(): Uint8Array | undefined {
    return this.owner.kernel.files.get(this.sidecar.path)?.bytes;
  }

  private async open(): Promise<void> {
    const bytes = this.file();
    if (bytes === undefined) {
      this.spoil("it cannot be read");
      return;
    }
    try {
      const { decompress } = this.owner.kernel;
      const source = new BytesSource(bytes);
      const table = await openSidecar(source, { decompress });
      this.table = table;
      this.bytes = bytes;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.spoil(error.message);
    }
  }

  private mismatch({ meta }: SidecarTable): string | undefined {
    const { elfMachine } = this.owner.kernel.machine;
    if (meta.machine !== elfMachine) {
      return `it is for machine ${meta.machine}, not ${elfMachine}`;
    }
    const buildId = this.range.identity?.buildId ?? "";
    return buildId !== "" && buildId !== meta.buildId
      ? `it is for build ID ${meta.buildId}, not ${buildId}`
      : undefined;
  }

  private spoil(what: string): number {
    const { sidecar, owner, range } = this;
    if (sidecar.bad) return Lookup.BAD; // two walks waited for it
    sidecar.bad = true;
    owner.problems.push({
      range,
      kind: "sidecar",
      address: 0,
      end: 0,
      path: sidecar.path,
      what,
    });
    return Lookup.BAD;
  }
}
