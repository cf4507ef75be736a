/**
 * Writing a large section: as text (the baseline makes a string of each row), decoded and encoded again, from rules.
 * `readelf --sframe` of such a section is the peer: run both in turn on one file.
 *
 * `deno bench --allow-read=. tests/bench/sframe_text_bench.ts`
 */
import {
  buildSFrame,
  decodeSFrame,
  encodeSFrame,
  SFrameAbi,
  type SFrameFunctionSpec,
  type SFrameRowSpec,
  specOfSection,
  writeSFrameText,
} from "../../formats/sframe/mod.ts";

const ADDRESS = 0x400_0000;
const FUNCTION_COUNT = 50_000;

/** Functions of one to 15 rows, which push registers, make room and go back. */
function makeFunction(index: number): SFrameFunctionSpec {
  const rows: SFrameRowSpec[] = [];
  const depth = index % 8;
  for (let i = 0; i <= depth * 2; i++) {
    const pushed = i <= depth ? i : depth * 2 - i;
    const row: SFrameRowSpec = {
      startOffset: i * 3,
      cfa: { base: "sp", offset: 8 + pushed * 8 + (i === depth ? 480 : 0) },
    };
    if (pushed > 1) row.fp = { base: "cfa", offset: -24, deref: true };
    rows.push(row);
  }
  return { startAddress: 0x1000 + index * 64, size: 60, rows };
}

const spec = {
  version: 3 as const,
  abi: SFrameAbi.AMD64_ENDIAN_LITTLE,
  sectionAddress: ADDRESS,
  functions: Array.from({ length: FUNCTION_COUNT }, (_, i) => makeFunction(i)),
};
const bytes = buildSFrame(spec);
const section = decodeSFrame(bytes, ADDRESS);

Deno.bench("text: a string per row", { group: "text", baseline: true }, () => {
  let size = 0;
  for (const f of section.functions) {
    for (const row of f.rows) {
      const address = (f.startAddress + row.startOffset).toString(16);
      const cfa = `${row.base}+${row.words[0]}`.padEnd(10);
      const fp = (row.words.length > 1 ? `c${row.words[1]}` : "u").padEnd(10);
      size += `    ${address.padStart(16, "0")}  ${cfa}${fp}f\n`.length;
    }
  }
  if (size === 0) throw new Error("no text");
});

Deno.bench("text: writeSFrameText", { group: "text" }, () => {
  let size = 0;
  writeSFrameText(bytes, ADDRESS, (text) => size += text.length);
  if (size === 0) throw new Error("no text");
});

Deno.bench("write: decodeSFrame", { group: "write", baseline: true }, () => {
  decodeSFrame(bytes, ADDRESS);
});

Deno.bench("write: encodeSFrame", { group: "write" }, () => {
  encodeSFrame(section);
});

Deno.bench("write: specOfSection", { group: "write" }, () => {
  specOfSection(section, ADDRESS);
});

Deno.bench("write: buildSFrame", { group: "write" }, () => {
  buildSFrame(spec);
});
