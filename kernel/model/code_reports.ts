/**
 * Error reports of tables that proved bad.
 *
 * @module
 */
import { formatAddress } from "../../formats/base/address.ts";
import type { CodeProblem, CodeTables } from "./code_tables.ts";
import type { Thread } from "./state.ts";

/** Files a report of each table that proved bad since the last time, on behalf of the thread that was walked. */
export function reportProblems(tables: CodeTables, thread: Thread): void {
  if (tables.problems.length === 0) return;
  const { kernel, problems } = tables;
  tables.problems = [];
  const { name } = kernel.processOf(thread);
  for (const problem of problems) {
    const file = fileName(tables, problem);
    const { address, size } = problem.section;
    const prefix = `sframe: ${name} (${thread.tid}): ${file}: `;
    kernel.report(
      "codectl",
      `bad SFrame section at ${formatAddress(address)}`,
      `${prefix}${problem.what}\n${prefix}removing bad section ${
        describe(address, address + size)
      }, text ${describe(problem.range.start, problem.range.end)}\n`,
      thread,
    );
  }
}

/** Name of the file that the section is in; of memory without a file, what it is. */
function fileName(
  { space }: CodeTables,
  { section }: CodeProblem,
): string {
  if (section.path !== "") return section.path;
  const mapping = space.memory.mappingAt(section.address);
  const name = mapping?.name ?? "";
  const special = /^\[(.*)\]$/.exec(name);
  if (special !== null) return `(${special[1]})`;
  return name === "" ? "(anonymous)" : name;
}

function describe(start: number, end: number): string {
  return `${formatAddress(start)} - ${formatAddress(end)}`;
}
