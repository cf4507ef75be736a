import { assertEquals, assertThrows } from "@std/assert";
import {
  buildSFrame,
  decodeSFrame,
  type SFrameBuildOptions,
  type SFrameFunctionSpec,
  type SFrameRowSpec,
  type SFrameSpec,
  specOfSection,
} from "../../../formats/sframe/mod.ts";
import { ABI } from "../../builders/sframe.ts";
import { type Golden, readGoldens } from "./golden.ts";
import { hex } from "./sections.ts";

/** gas 2.47 writes the number of no register, and offsets cut to a byte; the first has no meaning to build from. */
const GAS_BUGS = /amd64_(flex|odd)/;

function gasOf({ version }: Golden): NonNullable<SFrameBuildOptions["gas"]> {
  if (/2\.40/.test(version)) return "2.40";
  return /2\.44/.test(version) ? "2.44" : "2.47";
}

function spec(
  rows: SFrameRowSpec[],
  more: Partial<SFrameSpec & SFrameFunctionSpec> = {},
): SFrameSpec {
  const { version = 3, abi = ABI.AMD64, ...rest } = more;
  return {
    version,
    abi,
    sectionAddress: 0x4000,
    ...rest,
    functions: [{ startAddress: 0x1000, size: 100, ...rest, rows }],
  };
}

function words(
  row: Omit<SFrameRowSpec, "startOffset">,
  more: Partial<SFrameSpec & SFrameFunctionSpec> = {},
  options: SFrameBuildOptions = {},
): [info: number, size: number, words: number[]] {
  const bytes = buildSFrame(spec([{ startOffset: 0, ...row }], more), options);
  const { info, wordSize, words } = decodeSFrame(bytes, 0x4000).functions[0]!
    .rows[0]!;
  return [info, wordSize, words];
}

const sp = (offset: number) => ({ base: "sp", offset }) as const;
const saved = (offset: number) =>
  ({ base: "cfa", offset, deref: true }) as const;

Deno.test("buildSFrame() makes of a section's rules the bytes that gas and ld made", () => {
  for (const golden of readGoldens()) {
    const { name, bytes, address } = golden;
    const section = decodeSFrame(bytes, address);
    const made = specOfSection(section, address);
    if (GAS_BUGS.test(name)) {
      assertEquals(made.functions.length, section.functions.length - 1, name);
      continue;
    }
    for (const f of made.functions) {
      // ld chooses the width for rows of the PLT by the size of the whole section.
      if (f.pcType !== "mask" && f.size > 32) delete f.startSize;
    }
    const built = buildSFrame(made, {
      gas: gasOf(golden),
      alignment: section.paddingSize > 0 ? 8 : 1,
    });
    assertEquals(hex(built), hex(bytes), name);
  }
});

Deno.test("buildSFrame() takes the narrowest words that the gas of the version takes", () => {
  const sizes = (gas: SFrameBuildOptions["gas"]) =>
    [-32769, -32768, -32767, -129, -128, -127, 127, 128, 32767, 32768].map(
      (offset) =>
        words({ cfa: sp(8), fp: saved(offset) }, {}, { gas: gas! })[1],
    );
  assertEquals(sizes("2.47"), [4, 2, 2, 2, 1, 1, 1, 2, 2, 4]);
  for (const gas of ["2.44", "2.40"] as const) {
    assertEquals(sizes(gas), [4, 4, 2, 2, 2, 1, 1, 2, 2, 4]);
  }
  assertEquals(words({ cfa: sp(8) }, { wordSize: 4 })[1], 4);
});

Deno.test("buildSFrame() takes the width of row starts from the function's size", () => {
  const startSize = (size: number) =>
    decodeSFrame(
      buildSFrame(spec([{ startOffset: 0, cfa: sp(8) }], { size })),
      0x4000,
    ).functions[0]!.startSize;
  assertEquals([0, 255, 256, 65535, 65536].map(startSize), [1, 1, 2, 2, 4]);
});

Deno.test("buildSFrame() writes the words of each ABI in its order", () => {
  assertEquals(words({ cfa: sp(16), fp: saved(-16) }), [5, 1, [16, -16]]);
  const fp = { base: "fp", offset: 16 } as const;
  assertEquals(words({ cfa: fp, ra: saved(-8) }), [2, 1, [16]]);
  const abi = ABI.AARCH64_LE;
  const row = { cfa: sp(32), ra: saved(-8), fp: saved(-16), mangled: true };
  assertEquals(words(row, { abi }), [0x87, 1, [32, -8, -16]]);
  const s390x = { abi: ABI.S390X };
  assertEquals(words({ cfa: sp(824) }, s390x), [3, 1, [83]]);
  assertEquals(
    words({ cfa: sp(160), fp: saved(-72) }, s390x),
    [7, 1, [0, 0, -72]],
  );
  assertEquals(words({ ra: "undefined" }), [0, 1, []]);
});

Deno.test("buildSFrame() keeps registers in odd words for s390x V2, and with control words for V3", () => {
  const row = {
    cfa: sp(160),
    ra: { base: 17, offset: 0, deref: false },
    fp: { base: 16, offset: 0, deref: false },
  };
  assertEquals(
    words(row, { abi: ABI.S390X, version: 2 }),
    [7, 1, [0, 35, 33]],
  );
  assertEquals(
    words(row, { abi: ABI.S390X }),
    [12, 1, [121, 0, -119, 0, -127, 0]],
  );
});

Deno.test("buildSFrame() writes control words only in functions that need them", () => {
  const plain = { startOffset: 0, cfa: sp(8) };
  const drap = {
    startOffset: 5,
    cfa: { base: 10, offset: 0 },
    fp: { base: 6, offset: 0, deref: true },
  };
  const infos = (rows: SFrameRowSpec[], flex?: boolean) =>
    decodeSFrame(
      buildSFrame(spec(rows, flex === undefined ? {} : { flex })),
      0x4000,
    ).functions[0]!.rows.map(({ words }) => words);
  assertEquals(infos([plain]), [[8]]);
  assertEquals(infos([plain], true), [[0x39, 8]]);
  assertEquals(infos([plain, drap]), [[0x39, 8], [0x51, 0, 0, 0x33, 0]]);
  const ra = { base: 2, offset: 0, deref: false };
  assertEquals(infos([{ ...plain, ra }]), [[0x39, 8, 0x11, 0]]);
  const far = { base: 40, offset: 0 };
  assertEquals(infos([{ startOffset: 0, cfa: far }]), [[40 * 8 + 1, 0]]);
});

Deno.test("buildSFrame() sorts the table and leaves the rows in the order that was asked for", () => {
  const functions = [0x3000, 0x1000, 0x2000].map((startAddress, i) => ({
    startAddress,
    size: 8,
    rows: [{ startOffset: 0, cfa: sp(i) }],
  }));
  const build = (more: Partial<SFrameSpec>) =>
    decodeSFrame(
      buildSFrame({ ...spec([]), functions, ...more }),
      0x4000,
    ).functions.map((f) => [f.startAddress, f.freOffset, f.rows[0]!.words[0]]);
  assertEquals(build({}), [[0x1000, 8, 1], [0x2000, 16, 2], [0x3000, 0, 0]]);
  assertEquals(
    build({ freOrder: [2, 0, 1] }),
    [[0x1000, 16, 1], [0x2000, 0, 2], [0x3000, 8, 0]],
  );
  assertEquals(
    build({ sorted: false }),
    [[0x3000, 0, 0], [0x1000, 8, 1], [0x2000, 16, 2]],
  );
  for (const freOrder of [[0, 1], [0, 1, 1], [0, 1, 3], [0, 1, 2.5]]) {
    assertThrows(() => build({ freOrder }), RangeError, "freOrder");
  }
});

Deno.test("buildSFrame() writes starts so that every version and flag gives them back", () => {
  for (const version of [1, 2, 3] as const) {
    for (const sorted of [true, false]) {
      for (const pcrel of version === 1 ? [false] : [false, true]) {
        const bytes = buildSFrame(
          spec([{ startOffset: 0, cfa: sp(8) }], { version, sorted, pcrel }),
        );
        const [f] = decodeSFrame(bytes, 0x4000).functions;
        assertEquals(f!.startAddress, 0x1000);
      }
    }
  }
});

Deno.test("buildSFrame() refuses what the format cannot say, and names the function", () => {
  const row = { startOffset: 0, cfa: sp(8) };
  const refuse = (
    rows: SFrameRowSpec[],
    more: Partial<SFrameSpec & SFrameFunctionSpec>,
    text: string,
  ) => assertThrows(() => buildSFrame(spec(rows, more)), RangeError, text);
  refuse([{ startOffset: 0 }], {}, "Function at 0x1000: A row needs a rule");
  refuse([{ startOffset: 0, ra: "undefined" }], { version: 1 }, "V1");
  refuse([{ ...row, cfa: { base: 10, offset: 0 } }], { version: 2 }, "V2");
  refuse([row], { version: 2, flex: true }, "flexible");
  refuse([{ ...row, cfa: sp(2 ** 31) }], {}, "32 bits");
  refuse([{ ...row, cfa: sp(1.5) }], {}, "32 bits");
  refuse([{ ...row, cfa: sp(161) }], { abi: ABI.S390X }, "multiple of 8");
  refuse([{ ...row, fp: saved(-8) }], { abi: ABI.AARCH64_LE }, "without RA");
  refuse([{ ...row, cfa: { base: 128, offset: 0 } }], {}, "register 128");
  const s390x = { abi: ABI.S390X, version: 2 } as const;
  refuse([{ ...row, cfa: sp(160), fp: saved(-71) }], s390x, "odd offset");
  const plain = { base: "cfa", offset: 8, deref: false } as const;
  refuse([{ ...row, fp: plain }], {}, "CFA plus an offset");
  refuse([{ ...row, ra: saved(-16) }], { version: 2 }, "RA on AMD64");
  refuse([{ ...row, startOffset: 256 }], {}, "does not fit 1 bytes");
  refuse([row], { size: -1 }, "size of -1");
  refuse([row], { repSize: 256 }, "repetition");
  refuse([row], { abi: 5 }, "ABI 5");
  refuse([row], { version: 1, pcrel: true }, "V1 has no flag");
  refuse([row], { version: 2, startAddress: 2 ** 32 }, "too far");
  refuse(Array(65536).fill(row), {}, "65536 rows");
});
