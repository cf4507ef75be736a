/**
 * The goldens of readelf, and both ways from our values to its cells: what a decoded row prints as, and which rules a
 * printed row means.
 *
 * @module
 */
import {
  Base,
  controlWord,
  RowFlag,
  type SFrameFunction,
  type SFrameHeader,
  type SFrameRow,
  type UnwindRow,
} from "../../../formats/sframe/mod.ts";

/** One function as readelf prints it. Rows are "address CFA FP RA" with hexadecimal addresses. */
export interface GoldenFunction {
  start: string;
  size: number;
  /** `m` repeating, `S` signal, `F` flexible, `B` key B. */
  marks: string;
  rows: string[];
}

/** A section's bytes and readelf's text of it. */
export interface Golden {
  name: string;
  tool: string;
  version: string;
  note: string;
  address: number;
  bytes: Uint8Array;
  header: {
    version: number;
    flags: string[];
    fixedRaOffset?: number;
    fdeCount: number;
    freCount: number;
  };
  functions: GoldenFunction[];
}

const FOLDER = new URL("../../golden/sframe/", import.meta.url);

/** Reads all goldens. */
export function readGoldens(): Golden[] {
  return [...Deno.readDirSync(FOLDER)].map((entry) => entry.name).sort().map(
    (name) => {
      const raw = JSON.parse(Deno.readTextFileSync(new URL(name, FOLDER)));
      const hex: string = raw.bytes.join("");
      return {
        ...raw,
        name: name.replace(".json", ""),
        address: Number(raw.sectionAddress),
        bytes: Uint8Array.from(
          hex.match(/../g)!,
          (digits) => parseInt(digits, 16),
        ),
      };
    },
  );
}

const SP = [0, 31, 31, 7, 15];
const FP = [0, 29, 29, 6, 11];

/** Prints a decoded row like readelf of the golden's version. */
export function printRow(
  header: SFrameHeader,
  f: SFrameFunction,
  row: SFrameRow,
): string {
  const address = row.startOffset + (f.pcType === "mask" ? 0 : f.startAddress);
  if (row.words.length === 0) return `${address.toString(16)} RA undefined`;
  const cells = f.type === "flex"
    ? flexCells(header, row)
    : defaultCells(header, row);
  return `${address.toString(16)} ${cells.join(" ")}${
    row.mangledRa ? "[s]" : ""
  }`;
}

function defaultCells(header: SFrameHeader, row: SFrameRow): string[] {
  const words = row.words.slice(1);
  const cell = (word: number | undefined, zero: string) => {
    if (word === undefined) return "u";
    if (word === 0) return zero;
    return header.abi === 4 && header.version === 2 && (word & 1) !== 0
      ? `r${word >> 1}`
      : `c${signed(word)}`;
  };
  const fixed = header.version === 1 ? "u" : "f"; // readelf 2.40 does not know of fixed offsets
  const ra = header.fixedRaOffset !== 0 ? fixed : cell(words.shift(), "U");
  const cfa = `${row.base}+${cfaOffset(header, row.words[0]!)}`;
  return [cfa, cell(words[0], "c+0"), ra];
}

function flexCells(header: SFrameHeader, row: SFrameRow): string[] {
  const words = row.words.slice();
  const next = (isCfa: boolean) => {
    const control = controlWord(words.shift()!, row.wordSize);
    if (control === 0) return "U";
    const offset = words.shift()!;
    const text = signed(isCfa ? cfaOffset(header, offset) : offset);
    if ((control & 1) === 0) return `c${text}`;
    const register = control >>> 3;
    const name = register === SP[header.abi]
      ? "sp"
      : register === FP[header.abi]
      ? "fp"
      : `r${register}`;
    return (control & 2) !== 0 ? `(${name}${text})` : `${name}${text}`;
  };
  const cfa = next(true);
  const ra = words.length > 0
    ? next(false)
    : header.fixedRaOffset !== 0
    ? "f"
    : "u";
  return [cfa, words.length > 0 ? next(false) : "u", ra];
}

function cfaOffset(header: SFrameHeader, word: number): number {
  return header.abi === 4 ? word * 8 + 160 : word;
}

function signed(value: number): string {
  return value < 0 ? `${value}` : `+${value}`;
}

/** Rules that a printed row means, as {@linkcode describeRules} writes them; undefined if no register has such a number. */
export function meaningOf(golden: Golden, text: string): string | undefined {
  const [, cfa, fp, ra] = text.split(" ");
  if (cfa === "RA") return "outermost";
  const isSigned = ra!.endsWith("[s]");
  const raCell = ra!.replace("[s]", "");
  const fixed = golden.bytes[6] !== 0;
  const rules = [
    rule(cfa!.replace("+-", "-")),
    fixed && "ufU".includes(raCell) ? "*c-8" : rule(raCell),
    rule(fp!),
  ];
  if (rules.some((text) => /r\d{4,}/.test(text))) return undefined;
  return rules.join(" ") + (isSigned ? " signed" : "");
}

function rule(cell: string): string {
  if (cell === "u" || cell === "U") return "same";
  if (cell.startsWith("(")) return `*${cell.slice(1, -1)}`;
  if (cell.startsWith("c")) return `*${cell}`;
  return /^r\d+$/.test(cell) ? `${cell}+0` : cell;
}

/** Writes CFA, RA and FP of a row; `*` is a load. */
export function describeRules(row: UnwindRow): string {
  if ((row.flags & RowFlag.OUTERMOST) !== 0) return "outermost";
  return [
    describeRule(row.cfaBase, row.cfaOffset, row.cfaDeref),
    describeRule(row.raBase, row.raOffset, row.raDeref),
    describeRule(row.fpBase, row.fpOffset, row.fpDeref),
  ].join(" ") + ((row.flags & RowFlag.RA_SIGNED) !== 0 ? " signed" : "");
}

function describeRule(base: number, offset: number, deref: boolean): string {
  if (base === Base.SAME) return "same";
  if (base === Base.UNDEFINED) return "undefined";
  const names: Record<number, string> = {
    [Base.SP]: "sp",
    [Base.FP]: "fp",
    [Base.CFA]: "c",
  };
  return `${deref ? "*" : ""}${names[base] ?? `r${base}`}${signed(offset)}`;
}
