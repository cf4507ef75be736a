/**
 * Fuzz target of codectl: the input as a section in memory, in a file, as a sidecar and as a JIT's table, walked by the
 * kernel's policy.
 *
 * @module
 */
import { FormatError } from "../../formats/base/error.ts";
import { encodeSidecar } from "../../formats/sidecar/mod.ts";
import { decodeSFrame, type SFrameFunction } from "../../formats/sframe/mod.ts";
import { type ThreadTrace, walkThread } from "../../kernel/model/mod.ts";
import {
  type CodeProcess,
  codeProcess,
  INFO,
  leafFunction,
  SECTION,
  STACK,
  TEXT,
  TEXT_SIZE,
} from "../builders/code_process.ts";
import { wordBytes } from "../builders/rows.ts";
import { buildSFrame } from "../builders/sframe.ts";
import { META } from "../formats/sidecar/helper.ts";
import type { FuzzTarget } from "./target.ts";

/** Walks of one input. */
const MAX_WALKS = 24;
const SECTION_ROOM = 0x4000;
const PATH = INFO + 0x200;

let work = 0;

function makeSection(): Uint8Array {
  const flex = {
    ...leafFunction(TEXT + 192),
    type: 1,
    rows: [{ start: 0, words: [7 << 3 | 1, 8], base: "fp" as const }],
  };
  const functions = [
    leafFunction(TEXT),
    leafFunction(TEXT + 64),
    { ...leafFunction(TEXT + 128), mask: true, repSize: 16 },
    flex,
    leafFunction(TEXT + 0x3000, 0x1000),
  ];
  return buildSFrame({ version: 3, address: SECTION, functions });
}

/** A JIT's table with three entries. */
function makeJit(): Uint8Array {
  const bytes = new Uint8Array(24 + 3 * 24);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 72, true);
  view.setUint32(8, 72, true);
  for (let i = 0; i < 3; i++) {
    [64, i * 64, 16, -8, 0, 1].forEach((value, k) =>
      view.setInt32(24 + i * 24 + 4 * k, value, true)
    );
  }
  return bytes;
}

/** Where walks begin: edges of the functions, as far as they can be told. */
function startsOf(input: Uint8Array): number[] {
  let functions: SFrameFunction[] = [];
  try {
    functions = decodeSFrame(input, SECTION).functions;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
  const edges = functions.flatMap(({ startAddress, size }) => [
    startAddress,
    startAddress + 5,
    startAddress + size,
  ]);
  return [...edges.slice(0, MAX_WALKS - 3), TEXT, TEXT + 70, TEXT + 0x3010];
}

function walk(process: CodeProcess, pc: number): ThreadTrace | undefined {
  process.stop(pc, STACK, STACK + 16);
  const trace = walkThread(process.kernel, process.tid);
  if (trace instanceof Promise) return undefined;
  work += trace.frames.length;
  if (trace.frames[0]?.pc !== pc) throw new Error("another first frame");
  return trace;
}

/** Walks from everywhere; a second time gives the same, but for what was found bad in the first. */
function walkAll(process: CodeProcess, starts: readonly number[]): void {
  for (const pc of starts) walk(process, pc);
  const { count } = process.kernel.reports;
  if (count > 1) throw new Error(`${count} reports of one table`);
  for (const pc of starts) {
    const [once, again] = [walk(process, pc), walk(process, pc)];
    if (JSON.stringify(once) !== JSON.stringify(again)) {
      throw new Error(`another walk from ${pc}`);
    }
  }
  if (process.kernel.reports.count !== count) {
    throw new Error("a table was tried again");
  }
}

function prepare(
  input: Uint8Array,
  codeValidation: "strict" | "lenient",
): CodeProcess {
  const process = codeProcess({ codeValidation });
  process.write(SECTION, input);
  process.write(
    STACK,
    wordBytes([
      TEXT + 64,
      TEXT + 70,
      STACK + 64,
      TEXT + 200,
      TEXT + 0x3004,
      TEXT + 130,
      0,
      0,
    ]),
  );
  process.write(PATH, new TextEncoder().encode("/table\0"));
  process.kernel.addFile("/table", input);
  return process;
}

/** Mutated sections, sidecars and tables: nothing throws, each is reported once at most, walks repeat. */
export const target: FuzzTarget = {
  name: "codectl",
  async seeds(): Promise<Uint8Array[]> {
    const section = makeSection();
    const options = { format: "compact" as const };
    const sidecar = await encodeSidecar(section, SECTION, META, options);
    return [section, sidecar, makeJit()];
  },
  async run(input: Uint8Array): Promise<void> {
    work = 0;
    const bytes = input.subarray(0, SECTION_ROOM);
    const starts = startsOf(bytes);
    const text = [TEXT, TEXT_SIZE];
    const file = [...text, SECTION, 0, bytes.length, PATH, 0];
    for (const validation of ["strict", "lenient"] as const) {
      for (
        const [option, words] of [
          [1, [SECTION, bytes.length, ...text]],
          [2, file],
          [5, [...text, SECTION]],
        ] as const
      ) {
        const process = prepare(bytes, validation);
        process.codectl(option, words);
        walkAll(process, starts);
      }
    }
    const process = prepare(bytes, "lenient");
    process.codectl(3, [...text, 0, PATH, 0]);
    process.stop(TEXT, STACK);
    await walkThread(process.kernel, process.tid);
    for (const pc of starts.slice(0, 4)) {
      process.stop(pc, STACK);
      await walkThread(process.kernel, process.tid);
    }
  },
  work: (): number => work,
  workPerByte: 64,
};
