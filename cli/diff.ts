/**
 * `framewalk diff`: what differs between the `.sframe` sections of two files.
 *
 * @module
 */
import { formatAddress } from "../formats/base/address.ts";
import {
  compareSFrame,
  decodeSFrame,
  isSFrame,
  type NamedSFrameFunction,
  type SFrameDifference,
  type SFrameFunctionChange,
  type SFrameFunctionSpec,
  type SFrameRowSpec,
  specOfFunction,
} from "../formats/sframe/mod.ts";
import { type DiffOptions, parseDiffOptions } from "./diff_options.ts";
import { InputError, type Io } from "./io.ts";
import { printable } from "./plain_text.ts";
import { reportError } from "./report.ts";
import { describeRules, shortRuleText } from "./rule_record.ts";
import { readSFrameInputs } from "./sframe_input.ts";
import { openNames } from "./sframe_names.ts";
import { TextOutput } from "./text_output.ts";

/** Exit code of a comparison that found something. */
const DIFFERENT = 3;

/** The functions of a file. */
interface Side {
  functions: NamedSFrameFunction[];
  abi: number;
  /** How many functions are bad and left out. */
  badCount: number;
}

/**
 * Runs `framewalk diff`.
 *
 * @returns The exit code: 0 if nothing differs, 3 if something does, 1 if a file cannot be read.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function runDiff(args: string[], io: Io): Promise<number> {
  const options = await parseDiffOptions(args);
  if (options === undefined) {
    const { HELP } = await import("./help.ts");
    io.stdout.write(new TextEncoder().encode(HELP.diff!));
    return 0;
  }
  let path = options.before;
  try {
    const before = await readSide(path, options, io);
    path = options.after;
    const after = await readSide(path, options, io);
    if (before.abi !== after.abi) {
      throw new InputError(
        `${options.before} and ${options.after} are for different machines`,
      );
    }
    const found = compareSFrame(
      before.functions,
      after.functions,
      before.abi,
      hasNames(before) && hasNames(after) ? options.by : "address",
    );
    const out = new TextOutput(io.stdout);
    if (options.json) out.text(`${diffJson(found, before.abi)}\n`);
    else printDifference(found, before.abi, out);
    out.flush();
    return found.changes.length > 0 ? DIFFERENT : 0;
  } catch (error) {
    return reportError(error, path, options.json, io);
  }
}

async function readSide(
  path: string,
  options: DiffOptions,
  io: Io,
): Promise<Side> {
  const side: Side = { functions: [], abi: 0, badCount: 0 };
  for await (const input of readSFrameInputs(path, io, options)) {
    if ("error" in input) throw input.error;
    const nameOf = await openNames(input);
    const { bytes, address } = input;
    let offset = 0;
    do {
      const section = decodeSFrame(bytes, address, { offset });
      const { header } = section;
      side.abi = header.abi;
      for (const f of section.functions) {
        const spec = specOfFunction(header, f);
        const name = nameOf?.(f.offset, f.startAddress);
        if (spec === undefined) side.badCount++;
        else side.functions.push({ name, spec });
      }
      offset += section.size + section.paddingSize;
    } while (isSFrame(bytes.subarray(offset)));
  }
  if (side.badCount > 0) {
    const text = `warning: ${
      printable(path)
    }: ${side.badCount} bad functions are left out (see framewalk dump)\n`;
    io.stderr.write(new TextEncoder().encode(text));
  }
  return side;
}

/** A stripped file can only be compared by addresses. */
function hasNames({ functions }: Side): boolean {
  return functions.some(({ name }) => name !== undefined);
}

const MARKS = { added: "+", lost: "-", changed: "~" };

function printDifference(
  { changes, equalCount }: SFrameDifference,
  abi: number,
  out: TextOutput,
): void {
  const counts = { added: 0, lost: 0, changed: 0 };
  for (const change of changes) {
    counts[change.kind]++;
    out.text(`${MARKS[change.kind]} ${changeText(change)}\n`);
    for (const { kind, startOffset, before, after } of change.rows) {
      const texts = [before, after].filter((row) => row !== undefined)
        .map((row) => rowText(row, abi));
      const at = `+0x${startOffset.toString(16)}`;
      out.text(`    ${MARKS[kind]} ${at}  ${texts.join("  ->  ")}\n`);
    }
  }
  out.text(
    `${counts.lost} lost, ${counts.added} added, ${counts.changed} changed, ${equalCount} equal\n`,
  );
}

function changeText({ name, before, after }: SFrameFunctionChange): string {
  const facts = (f: SFrameFunctionSpec): string[] => [
    formatAddress(f.startAddress),
    `${f.size} bytes`,
    `${f.rows.length} rows`,
    ...(f.signal === true ? ["signal"] : []),
    ...(f.pcType === "mask" ? [`repeats every ${f.repSize ?? 0} bytes`] : []),
  ];
  const old = before === undefined ? undefined : facts(before).join(", ");
  const now = after === undefined ? undefined : facts(after).join(", ");
  const both = old !== undefined && now !== undefined && old !== now
    ? `${old}  ->  ${now}`
    : old ?? now!;
  return `${name === undefined ? "" : `${printable(name)}  `}${both}`;
}

function rowText(row: SFrameRowSpec, abi: number): string {
  const { cfa, ra, fp, raSigned } = describeRules(row, abi);
  if (cfa === null) return "RA undefined";
  return `CFA ${shortRuleText(cfa)} RA ${shortRuleText(ra)}${
    raSigned ? " signed" : ""
  } FP ${shortRuleText(fp)}`;
}

function diffJson(found: SFrameDifference, abi: number): string {
  const functionRecord = (f: SFrameFunctionSpec | undefined) =>
    f === undefined ? null : {
      start: formatAddress(f.startAddress),
      size: f.size,
      rowCount: f.rows.length,
      repeat: f.pcType === "mask" ? f.repSize ?? 0 : null,
      signal: f.signal === true,
    };
  const rules = (row: SFrameRowSpec | undefined) =>
    row === undefined ? null : describeRules(row, abi);
  const changes = found.changes.map((change) => ({
    kind: change.kind,
    name: change.name ?? null,
    before: functionRecord(change.before),
    after: functionRecord(change.after),
    rows: change.rows.map(({ kind, startOffset, before, after }) => ({
      kind,
      start: startOffset,
      before: rules(before),
      after: rules(after),
    })),
  }));
  return JSON.stringify({ equalCount: found.equalCount, changes });
}
