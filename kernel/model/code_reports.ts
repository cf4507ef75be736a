/**
 * Error reports of tables that proved bad.
 *
 * @module
 */
import { formatAddress } from "../../formats/base/address.ts";
import type { CodeTables } from "./code_tables.ts";
import type { Thread } from "./state.ts";

/** Files a report of each table that proved bad since the last time, on behalf of the thread that was walked. */
export function reportProblems(tables: CodeTables, thread: Thread): void {
  if (tables.problems.length === 0) return;
  const { kernel, problems } = tables;
  tables.problems = [];
  // A walk that waited for a sidecar may end after its thread.
  const name = kernel.processes.get(thread.pid)?.name ?? "";
  for (const problem of problems) {
    const { kind, address, end, path, range, what } = problem;
    const prefix = `sframe: ${name} (${thread.tid}): ${
      path === "" ? mappingName(tables, address) : path
    }: `;
    const place = kind === "sidecar" ? "" : ` at ${formatAddress(address)}`;
    const bounds = kind === "sidecar" ? "" : ` ${describe(address, end)},`;
    kernel.report(
      "codectl",
      `bad ${kind}${place}`,
      `${prefix}${what}\n${prefix}removing bad section${bounds} text ${
        describe(range.start, range.end)
      }\n`,
      thread.alive ? thread : undefined,
    );
  }
}

/** Name of the file that is mapped at `address`; of memory without a file, what it is. */
function mappingName({ space }: CodeTables, address: number): string {
  const name = space.memory.mappingAt(address)?.name ?? "";
  const special = /^\[(.*)\]$/.exec(name);
  if (special !== null) return `(${special[1]})`;
  return name === "" ? "(anonymous)" : name;
}

function describe(start: number, end: number): string {
  return `${formatAddress(start)} - ${formatAddress(end)}`;
}
