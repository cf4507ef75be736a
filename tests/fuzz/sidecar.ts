/**
 * Fuzz targets of sidecars and of embedding.
 *
 * @module
 */
import { crc32 } from "../../formats/base/crc32.ts";
import { FormatError } from "../../formats/base/error.ts";
import {
  embedSFrame,
  planEmbedding,
  stripSFrame,
} from "../../formats/elf/mod.ts";
import {
  BytesSource,
  encodeSidecar,
  Lookup,
  openSidecar,
  SIDECAR_FORMATS,
  UnwindRow,
} from "../../formats/sidecar/mod.ts";
import {
  decodeSFrame,
  rebaseSFrame,
  SFrameFlag,
} from "../../formats/sframe/mod.ts";
import { compress, decompress, META } from "../formats/sidecar/helper.ts";
import { readGoldens } from "../formats/sframe/golden.ts";
import { target as elf } from "./elf.ts";
import type { FuzzTarget } from "./target.ts";

/** Lookups of one input. */
const MAX_LOOKUPS = 400;

let work = 0;

async function makeSeeds(): Promise<Uint8Array[]> {
  const seeds: Uint8Array[] = [];
  for (const { bytes, address } of readGoldens()) {
    const { header } = decodeSFrame(bytes, address);
    if ((header.flags & SFrameFlag.FDE_SORTED) === 0) continue;
    for (const format of SIDECAR_FORMATS) {
      const options = { format, compress, frameSize: 200 };
      seeds.push(await encodeSidecar(bytes, address, META, options));
    }
  }
  return seeds;
}

/** Makes the checksums of a compact table right, so that what stands behind them is reached. */
function reseal(input: Uint8Array): Uint8Array {
  const bytes = input.slice();
  const view = new DataView(bytes.buffer);
  if (bytes.length < 72) return bytes;
  const tables = 72 + bytes[10]!;
  const blocks = tables + view.getUint32(56, true);
  if (blocks > bytes.length) return bytes;
  const index = tables + view.getUint32(52, true);
  const count = Math.min(view.getUint32(44, true), 1000);
  for (let i = 0; i < count && index + 8 * i + 16 <= blocks; i++) {
    const start = blocks + view.getUint32(index + 8 * i + 4, true);
    const end = i + 1 < count
      ? blocks + view.getUint32(index + 8 * i + 12, true)
      : blocks + view.getUint32(60, true);
    if (!(start < end - 2 && end <= bytes.length)) break;
    const sum = crc32(bytes.subarray(start, end - 2));
    view.setUint16(end - 2, sum & 0xffff, true);
  }
  view.setUint32(12, 0, true);
  view.setUint32(12, crc32(bytes.subarray(0, blocks)), true);
  return bytes;
}

async function drain(input: Uint8Array): Promise<void> {
  const table = await openSidecar(new BytesSource(input), {
    decompress,
    plt: "correct",
  });
  const row = new UnwindRow();
  const start = table.meta.textStart;
  const first = table.lookup(start, row);
  if (first === Lookup.NEEDS_DATA) await table.fill();
  await table.fillAll();
  work += table.partCount + table.functionCount;
  for (let i = 0; i < MAX_LOOKUPS; i++) {
    const pc = start + 3 * i;
    work++;
    const answer = table.lookup(pc, row);
    if (answer === Lookup.NEEDS_DATA) throw new Error("all parts are loaded");
    if (answer === Lookup.FOUND && !(row.startPc <= pc && pc < row.endPc)) {
      throw new Error(`the row at ${pc} is for ${row.startPc} to ${row.endPc}`);
    }
  }
}

/** Sidecars of all forms: opened, loaded and looked up, as they are and with checksums that fit. */
export const target: FuzzTarget = {
  name: "sidecar",
  seeds: makeSeeds,
  async run(input: Uint8Array): Promise<void> {
    work = 0;
    let failure: unknown;
    for (const bytes of [input, reseal(input)]) {
      try {
        await drain(bytes);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
  },
  work: (): number => work,
};

/** Sections that become sidecars, after which both must answer alike where the section was accepted. */
export const sectionTarget: FuzzTarget = {
  name: "sidecar_section",
  seeds: () => readGoldens().map(({ bytes }) => bytes),
  async run(input: Uint8Array): Promise<void> {
    work = 0;
    rebaseSFrame(input, 0x4000, 0x8000);
    for (const format of SIDECAR_FORMATS) {
      const { header } = decodeSFrame(input, 0x4000);
      const isSorted = (header.flags & SFrameFlag.FDE_SORTED) !== 0;
      if (format === "zstd" && !isSorted) continue;
      const options = { format, compress };
      await drain(await encodeSidecar(input, 0x4000, META, options));
    }
  },
  work: (): number => work,
};

/** ELF files into which a section goes, and from which it comes out again. */
export const embedTarget: FuzzTarget = {
  name: "embed",
  seeds: () => elf.seeds(),
  async run(input: Uint8Array): Promise<void> {
    try {
      stripSFrame(input);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
    // Seeds are files of all kinds: that some have no place is no failure.
    let plan;
    try {
      plan = await planEmbedding(input, { maxHoleSize: 0x1_0000 });
    } catch (error) {
      if (error instanceof FormatError) return;
      throw error;
    }
    const file = embedSFrame(plan, new Uint8Array(40));
    const back = stripSFrame(file);
    const isSame = back.length === input.length &&
      back.every((byte, i) => byte === input[i]);
    if (!isSame) throw new Error("stripping does not give back the file");
  },
};
