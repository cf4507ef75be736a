/**
 * The modelled kernel walks the threads of real cores (V3 tables, made by gas and ld 2.47) as the debugger's walk does,
 * up to the first frame at which the rules of kernels and debuggers differ.
 */
import { assert, assertEquals } from "@std/assert";
import { Base, Lookup, UnwindRow } from "../../../formats/base/unwind_row.ts";
import { openSFrame, type SFrameTable } from "../../../formats/sframe/mod.ts";
import { openElf } from "../../../formats/elf/mod.ts";
import { BytesSource, FrameBuffer, FrameFlag } from "../../../kernel/mod.ts";
import { type ThreadTrace, walkThread } from "../../../kernel/model/mod.ts";
import { importCore } from "../../builders/import_core.ts";

const DATA = new URL("../../data/cores/", import.meta.url);

/**
 * Why both walks part behind a frame: `exact-pc` the rows at its return address and in front of it are not the same,
 * `signal` it is a signal frame, `rules` the kernel does not follow its rules, `no-row` no table covers it, so that the
 * kernel follows the frame pointer, `dropped` a function before it cost the kernel the table.
 */
type Difference = "exact-pc" | "signal" | "rules" | "no-row" | "dropped";

interface Frames {
  pcs: number[];
  signals: boolean[];
}

async function gunzip(path: URL): Promise<Uint8Array> {
  const file = new Blob([await Deno.readFile(path)]);
  const plain = file.stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

/** The row at `pc` as text. */
function rowAt(table: SFrameTable, pc: number): string {
  const row = new UnwindRow();
  if (table.lookup(pc, row) !== Lookup.FOUND) return "none";
  const { startPc: _, endPc: __, ...rules } = row;
  return JSON.stringify(rules);
}

/** Whether the kernel refuses to follow the rules at `pc` in a frame that is not the topmost. */
function isBeyondKernel(table: SFrameTable, pc: number): boolean {
  const row = new UnwindRow();
  if (table.lookup(pc, row) !== Lookup.FOUND) return false;
  const isRegister = (base: number) => base >= 0 || base === Base.FP;
  return row.cfaBase >= 0 || isRegister(row.raBase) || isRegister(row.fpBase) ||
    row.raBase === Base.SAME;
}

/** What tells the frame with index `at` apart, behind which the walks part. */
function explain(
  { pcs, signals }: Frames,
  at: number,
  table: SFrameTable,
  bias: number,
): Difference | undefined {
  const pc = pcs[at]! - bias;
  const isCall = at > 0 && !signals[at - 1];
  const row = rowAt(table, pc);
  if (signals[at]) return "signal";
  if (isCall && rowAt(table, pc - 1) !== row) return "exact-pc";
  if (row === "none") return "no-row";
  if (at > 0 && isBeyondKernel(table, pc)) return "rules";
  return undefined;
}

/** Compares one thread; the result says why, if they differ. */
function compare(
  debuggers: Frames,
  trace: ThreadTrace,
  table: SFrameTable,
  bias: number,
  isDropped: boolean,
): Difference | undefined {
  const kernels = trace.frames.map(({ pc }) => pc);
  const { pcs } = debuggers;
  let same = 0;
  while (same < pcs.length && pcs[same] === kernels[same]) same++;
  assert(same > 0);
  if (same === pcs.length && same === kernels.length) return undefined;
  // A return address of 0 is a frame to the kernel, and the end to a debugger.
  const isEnd = same === pcs.length && kernels.length === same + 1 &&
    kernels[same] === 0;
  if (isEnd) return undefined;
  // A wrong row may give the right pc and a wrong SP or FP, which shows frames later.
  let reason: Difference | undefined = isDropped ? "dropped" : undefined;
  for (let at = same - 1; at >= 0 && reason === undefined; at--) {
    reason = explain(debuggers, at, table, bias);
  }
  const text = JSON.stringify({ debugger: pcs, kernel: kernels, same });
  assert(reason !== undefined, text);
  return reason;
}

/** Threads of a core by the result of their comparison. */
async function compareCore(name: string): Promise<Record<string, number>> {
  const core = await gunzip(new URL(`${name}/core.gz`, DATA));
  const program = await Deno.readFile(new URL(`${name}/program`, DATA));
  const { kernel, thread, session, results } = await importCore(core, program);
  assertEquals(results, [0]);
  const elf = await openElf(new BytesSource(program));
  const section = (await elf.sections()).find(({ name }) => name === ".sframe");
  const bytes = await elf.readSection(section!);
  const table = openSFrame(bytes, section!.address, { plt: "correct" });
  const [module] = session.modules.filter(({ path }) => path !== "[vdso]");
  const counts: Record<string, number> = {};
  for (const [index, { registers }] of session.core.threads.entries()) {
    const frames = new FrameBuffer();
    await session.walkThread(index, frames);
    thread.registers.fill(NaN);
    thread.registers.set(registers.subarray(0, 128));
    const trace = await walkThread(kernel, thread.tid);
    const debuggers = {
      pcs: [...frames.pcs.subarray(0, frames.count)],
      signals: [...frames.flags.subarray(0, frames.count)].map((flags) =>
        (flags & FrameFlag.SIGNAL) !== 0
      ),
    };
    const isDropped = kernel.reports.count > 0;
    const result = compare(debuggers, trace, table, module!.bias, isDropped) ??
      "same";
    counts[result] = (counts[result] ?? 0) + 1;
  }
  return counts;
}

/** Threads by result. Parked threads return behind a call that never comes back, the last instruction of its function. */
const EXPECTED: Record<string, Record<string, number>> = {
  "v3-aarch64-pac": { "exact-pc": 3, same: 1 },
  "v3-aarch64-signal": { signal: 1 },
  "v3-aarch64-threads": { "exact-pc": 3, same: 1 },
  "v3-s390x-signal": { signal: 1 },
  "v3-s390x-threads": { "exact-pc": 3, same: 1 },
  "v3-x86_64-framepointer": { rules: 1, same: 3 },
  "v3-x86_64-noframe": { "no-row": 1 },
  "v3-x86_64-signal": { signal: 1 },
  "v3-x86_64-signal-cfi": { dropped: 1 },
  "v3-x86_64-signal-thread": { "exact-pc": 1, signal: 1 },
  "v3-x86_64-threads": { "exact-pc": 3, same: 1 },
};

for (const [name, expected] of Object.entries(EXPECTED)) {
  Deno.test(`walkThread() walks ${name} as backtrace() does, but for what is a kernel's way`, async () => {
    assertEquals(await compareCore(name), expected);
  });
}
