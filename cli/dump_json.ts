/**
 * `framewalk dump --json`: one shape for all versions of the format. Rules, not words: what stands in the header counts
 * for every row, and what a row leaves out is said.
 *
 * @module
 */
import { formatAddress } from "../formats/base/address.ts";
import { FormatError } from "../formats/base/error.ts";
import {
  decodeSFrame,
  isSFrame,
  SFrameAbi,
  SFrameFlag,
  type SFrameFunction,
  type SFrameHeader,
  type SFrameSection,
  specOfRow,
} from "../formats/sframe/mod.ts";
import { inputOptions, isWanted } from "./dump.ts";
import type { DumpOptions } from "./dump_options.ts";
import { InputError, type Io } from "./io.ts";
import { type ErrorRecord, errorRecord } from "./report.ts";
import { describeRules, type RuleRecord } from "./rule_record.ts";
import { readSFrameInputs, type SFrameInput } from "./sframe_input.ts";
import { type NameFunction, openNames } from "./sframe_names.ts";
import { TextOutput } from "./text_output.ts";

/** A row as JSON shows it. */
export interface RowRecord extends RuleRecord {
  /** Bytes from the function's start, or from that of a repetition. */
  start: number;
}

/** A function as JSON shows it. */
export interface FunctionRecord {
  /** Position in the table. */
  index: number;
  /** Name by the file's symbols; null without one. */
  name: string | null;
  /** Address of the first instruction; in a relocatable object the offset in its section. */
  start: string;
  /** Bytes. */
  size: number;
  /** Bytes after which the rows repeat; null if they do not. */
  repeat: number | null;
  /** Whether it is a signal trampoline. */
  signal: boolean;
  /** Whether its rows are stored with control words. */
  flex: boolean;
  /** Key of pointer authentication on AArch64; null elsewhere. */
  pauthKey: "A" | "B" | null;
  /** The rows, up to the first bad one. */
  rows: RowRecord[];
  /** What is wrong with it; null if nothing is. */
  error: ErrorRecord | null;
}

const ABI_NAMES: Record<number, string> = {
  [SFrameAbi.AARCH64_ENDIAN_BIG]: "aarch64-be",
  [SFrameAbi.AARCH64_ENDIAN_LITTLE]: "aarch64",
  [SFrameAbi.AMD64_ENDIAN_LITTLE]: "amd64",
  [SFrameAbi.S390X_ENDIAN_BIG]: "s390x",
};

/** Prints all sections of all files as one object. @returns The exit code. */
export async function dumpJson(options: DumpOptions, io: Io): Promise<number> {
  const out = new TextOutput(io.stdout);
  const errors: object[] = [];
  const counts = { sections: 0, functions: 0 };
  out.text('{"sections":[');
  for (const path of options.files) {
    for await (
      const input of readSFrameInputs(path, io, inputOptions(options))
    ) {
      if ("error" in input) {
        errors.push({ file: input.label, ...errorRecord(input.error) });
      } else {
        errors.push(...await writeInput(input, options, out, counts));
      }
    }
  }
  if (options.function !== undefined && counts.functions === 0) {
    const error = new InputError(`no function ${options.function}`);
    errors.push({ file: null, ...errorRecord(error) });
  }
  out.text(`],"errors":${JSON.stringify(errors)}}\n`);
  out.flush();
  return errors.length > 0 ? 1 : 0;
}

async function writeInput(
  input: SFrameInput,
  options: DumpOptions,
  out: TextOutput,
  counts: { sections: number; functions: number },
): Promise<object[]> {
  const { bytes, address, label } = input;
  const nameOf = options.symbols ? await openNames(input) : undefined;
  const errors: object[] = [];
  let offset = 0;
  try {
    do {
      const section = decodeSFrame(bytes, address, { offset });
      if (counts.sections++ > 0) out.text(",");
      const head = JSON.stringify(headRecord(input, section));
      out.text(`\n${head.slice(0, -1)},"functions":[`);
      counts.functions += writeFunctions(section, options, nameOf, out);
      out.text("]}");
      for (const error of section.errors) {
        errors.push({ file: label, ...errorRecord(error) });
      }
      offset += section.size + section.paddingSize;
    } while (isSFrame(bytes.subarray(offset)));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    errors.push({ file: label, ...errorRecord(error) });
  }
  return errors;
}

function headRecord(
  { label, sectionName, address }: SFrameInput,
  { header, offset, size }: SFrameSection,
): object {
  return {
    file: label,
    section: sectionName,
    address: formatAddress(address),
    offset,
    size,
    version: header.version,
    abi: ABI_NAMES[header.abi],
    byteOrder: header.littleEndian ? "little" : "big",
    flags: Object.entries(SFrameFlag)
      .filter(([_, bit]) => (header.flags & bit) !== 0)
      .map(([name]) => name),
    fixedFpOffset: header.fixedFpOffset,
    fixedRaOffset: header.fixedRaOffset,
    functionCount: header.fdeCount,
    rowCount: header.freCount,
  };
}

function writeFunctions(
  { header, functions }: SFrameSection,
  options: DumpOptions,
  nameOf: NameFunction | undefined,
  out: TextOutput,
): number {
  let count = 0;
  for (const f of functions) {
    const name = nameOf?.(f.offset, f.startAddress);
    if (
      options.function !== undefined &&
      !isWanted(options.function, f.startAddress, f.size, name)
    ) continue;
    const text = JSON.stringify(functionRecord(header, f, name));
    out.text(`${count++ > 0 ? "," : ""}\n${text}`);
  }
  return count;
}

/** Makes the record of a function; a row without meaning ends its rows. */
export function functionRecord(
  header: SFrameHeader,
  f: SFrameFunction,
  name: string | undefined,
): FunctionRecord {
  const rows: RowRecord[] = [];
  let error: ErrorRecord | null = f.error === undefined
    ? null
    : errorRecord(f.error);
  for (const row of f.rows) {
    const spec = specOfRow(header, f, row);
    if (spec === undefined) {
      error ??= errorRecord(
        new InputError(`the row at ${row.startOffset} has no meaning`),
      );
      break;
    }
    rows.push({ start: row.startOffset, ...describeRules(spec, header.abi) });
  }
  const isAarch64 = header.abi === SFrameAbi.AARCH64_ENDIAN_LITTLE ||
    header.abi === SFrameAbi.AARCH64_ENDIAN_BIG;
  return {
    index: f.index,
    name: name ?? null,
    start: formatAddress(f.startAddress),
    size: f.size,
    repeat: f.pcType === "mask" ? f.repSize : null,
    signal: f.signal,
    flex: f.type === "flex",
    pauthKey: isAarch64 ? f.pauthKey : null,
    rows,
    error,
  };
}
