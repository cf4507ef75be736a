/**
 * Comparing what the converter makes of a file with the `.sframe` that the tools wrote into it.
 *
 * @module
 */
import { BytesSource } from "../../../formats/base/byte_source.ts";
import { openElf } from "../../../formats/elf/mod.ts";
import {
  buildSFrame,
  decodeSFrame,
  type SFrameFunction,
} from "../../../formats/sframe/mod.ts";
import { convertElf, openElfTables } from "../../../kernel/convert/mod.ts";

/** What was found of one file, or of several. */
export interface Agreement {
  /** Functions of the tools' section. */
  functions: number;
  /** Of them, those that came out byte for byte, rows and all. */
  equal: number;
  /** Files of which the whole section came out. */
  whole: number;
  /** Files of which it came out but for the order of blocks of rows, and without the functions that only we have. */
  reordered: number;
  /** Differences by the class that explains them. */
  explained: Map<string, number>;
  /** Differences that nothing explains. */
  unexplained: string[];
}

/** No file yet. */
export function emptyAgreement(): Agreement {
  return {
    functions: 0,
    equal: 0,
    whole: 0,
    reordered: 0,
    explained: new Map(),
    unexplained: [],
  };
}

const NO_SFRAME = "functions of objects without .sframe (C library, crt files)";
const PASSED_OVER =
  "rows that gas before 2.45 wrote wrong, as it passed over an instruction";

/** Why gas 2.40 and 2.44 have a function that is left out here. */
const PASSED_OVER_REASONS = /undefined|^RA is|^SP is|^the CFA is based on/;

function keyOf({ startAddress, size }: SFrameFunction): string {
  return `${startAddress}:${size}`;
}

/** All of a function but where it stands in the section. */
function essence(f: SFrameFunction): string {
  const rows = f.rows.map(({ startOffset, info, words }) => [
    startOffset,
    info,
    words,
  ]);
  return JSON.stringify([f.info, f.info2, f.repSize, rows]);
}

/** Compares one file. `isSingle`: it was linked from one object, so that every byte must come out. */
export async function compareFile(
  name: string,
  file: Uint8Array<ArrayBuffer>,
  isSingle: boolean,
  sum: Agreement,
): Promise<void> {
  const elf = await openElf(new BytesSource(file));
  const { sframe } = await openElfTables(elf);
  if (sframe === undefined) {
    sum.unexplained.push(`${name}: no .sframe`);
    return;
  }
  const theirs = decodeSFrame(sframe.bytes, sframe.address);
  const { version } = theirs.header;
  const { section, dropped } = await convertElf(elf, { version });
  const ours = decodeSFrame(buildSFrame(section), sframe.address);
  const known = new Map(ours.functions.map((f) => [keyOf(f), f]));
  const explain = (why: string) =>
    sum.explained.set(why, (sum.explained.get(why) ?? 0) + 1);
  for (const f of theirs.functions) {
    sum.functions++;
    const mine = known.get(keyOf(f));
    const where = `${name}: function 0x${f.startAddress.toString(16)}`;
    if (mine === undefined) {
      const reason = dropped.find((one) => one.startAddress === f.startAddress)
        ?.reason;
      if (version < 3 && PASSED_OVER_REASONS.test(reason ?? "")) {
        explain(PASSED_OVER);
      } else sum.unexplained.push(`${where} is missing (${reason})`);
    } else if (essence(mine) === essence(f)) sum.equal++;
    else sum.unexplained.push(`${where} has other rows`);
  }
  const order = new Map(theirs.functions.map((f) => [keyOf(f), f.freOffset]));
  const shared = section.functions.filter((f) =>
    order.has(`${f.startAddress}:${f.size}`)
  );
  for (let i = shared.length; i < section.functions.length; i++) {
    explain(NO_SFRAME);
  }
  shared.sort((a, b) =>
    order.get(`${a.startAddress}:${a.size}`)! -
    order.get(`${b.startAddress}:${b.size}`)!
  );
  const isWhole = isEqual(buildSFrame(section), sframe.bytes);
  const reordered = buildSFrame({ ...section, functions: shared });
  if (isWhole) sum.whole++;
  else if (isSingle) sum.unexplained.push(`${name}: not every byte came out`);
  else if (isEqual(reordered, sframe.bytes)) sum.reordered++;
  else sum.unexplained.push(`${name}: the section differs in more than order`);
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
