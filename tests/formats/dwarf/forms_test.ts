import { assertEquals, assertStringIncludes } from "@std/assert";
import { AT, FORM, TAG } from "../../../formats/dwarf/constants.ts";
import { type DwarfOptions, openDwarf } from "../../../formats/dwarf/mod.ts";
import {
  type Attribute,
  DwarfBuilder,
  type Entry,
  type Shape,
  text,
} from "../../builders/dwarf.ts";
import { sleb, uleb } from "../../builders/eh_frame.ts";

const START = 0x1000;
const C99 = 0x0c;
const CPP = 0x04;

/** A unit with one function from 0x1000 to 0x1010, and what else is said. */
function program(
  shape: Partial<Shape>,
  build: (
    b: DwarfBuilder,
  ) => {
    own?: Attribute[];
    pcs?: Attribute[];
    root?: Attribute[];
    others?: Entry[];
  },
  options: DwarfOptions = {},
) {
  const b = new DwarfBuilder(shape);
  const { own = [], pcs, root = [], others = [] } = build(b);
  const range = pcs ?? [
    { at: AT.LOW_PC, form: FORM.ADDR, bytes: b.address(START) },
    { at: AT.HIGH_PC, form: FORM.DATA1, bytes: [0x10] },
  ];
  b.unit({
    tag: TAG.COMPILE_UNIT,
    attributes: [
      { at: AT.LOW_PC, form: FORM.ADDR, bytes: b.address(START) },
      { at: AT.HIGH_PC, form: FORM.DATA2, bytes: b.number(0x100, 2) },
      ...root,
    ],
    children: [
      ...others,
      { tag: TAG.SUBPROGRAM, attributes: [...own, ...range] },
    ],
  });
  return openDwarf(b.sections(), options);
}

const named = (name = "f"): Attribute => ({
  at: AT.NAME,
  form: FORM.STRING,
  bytes: text(name),
});

const SHAPES: Partial<Shape>[] = [
  {},
  { littleEndian: false },
  { offsetSize: 8 },
  { version: 4 },
  { version: 4, offsetSize: 8, littleEndian: false },
  { version: 3 },
  { version: 2 },
  { version: 5, addressSize: 4 },
  { version: 2, addressSize: 4, littleEndian: false },
];

Deno.test("locate() reads units of every version, size and byte order", async () => {
  for (const shape of SHAPES) {
    const dwarf = program(shape, () => ({ own: [named()] }));
    const told = JSON.stringify(shape);
    for (
      const [pc, count] of [[0xfff, 0], [0x1000, 1], [0x100f, 1], [0x1010, 0]]
    ) {
      assertEquals((await dwarf.locate(pc!)).length, count, `${told} ${pc}`);
    }
    assertEquals((await dwarf.locate(START))[0]!.name, "f", told);
    assertEquals(dwarf.warnings, [], told);
  }
});

Deno.test("locate() gets behind values of every form", async () => {
  const b = new DwarfBuilder();
  const values: [form: number, bytes: number[]][] = [
    [FORM.ADDR, b.address(1)],
    [FORM.BLOCK1, [2, 1, 1]],
    [FORM.BLOCK2, [2, 0, 1, 1]],
    [FORM.BLOCK4, [2, 0, 0, 0, 1, 1]],
    [FORM.BLOCK, [2, 1, 1]],
    [FORM.EXPRLOC, [...uleb(130), ...new Array(130).fill(1)]],
    [FORM.DATA1, [1]],
    [FORM.DATA2, [1, 1]],
    [FORM.DATA4, [1, 1, 1, 1]],
    [FORM.DATA8, new Array(8).fill(1)],
    [FORM.DATA16, new Array(16).fill(1)],
    [FORM.STRING, text("abc")],
    [FORM.FLAG, [1]],
    [FORM.FLAG_PRESENT, []],
    [FORM.SDATA, sleb(-1000)],
    [FORM.UDATA, uleb(1000)],
    [FORM.STRP, [1, 1, 1, 1]],
    [FORM.LINE_STRP, [1, 1, 1, 1]],
    [FORM.STRP_SUP, [1, 1, 1, 1]],
    [FORM.SEC_OFFSET, [1, 1, 1, 1]],
    [FORM.REF_ADDR, [1, 1, 1, 1]],
    [FORM.REF1, [1]],
    [FORM.REF2, [1, 1]],
    [FORM.REF4, [1, 1, 1, 1]],
    [FORM.REF8, new Array(8).fill(1)],
    [FORM.REF_UDATA, uleb(1000)],
    [FORM.REF_SIG8, new Array(8).fill(1)],
    [FORM.REF_SUP4, [1, 1, 1, 1]],
    [FORM.REF_SUP8, new Array(8).fill(1)],
    [FORM.STRX, uleb(1000)],
    [FORM.STRX1, [1]],
    [FORM.STRX2, [1, 1]],
    [FORM.STRX3, [1, 1, 1]],
    [FORM.STRX4, [1, 1, 1, 1]],
    [FORM.ADDRX, uleb(1000)],
    [FORM.ADDRX1, [1]],
    [FORM.ADDRX2, [1, 1]],
    [FORM.ADDRX3, [1, 1, 1]],
    [FORM.ADDRX4, [1, 1, 1, 1]],
    [FORM.LOCLISTX, uleb(1000)],
    [FORM.RNGLISTX, uleb(1000)],
    [FORM.GNU_ADDR_INDEX, uleb(1000)],
    [FORM.GNU_STR_INDEX, uleb(1000)],
    [FORM.GNU_REF_ALT, [1, 1, 1, 1]],
    [FORM.GNU_STRP_ALT, [1, 1, 1, 1]],
    [FORM.INDIRECT, [...uleb(FORM.INDIRECT), ...uleb(FORM.DATA2), 1, 1]],
  ];
  // Every form that there is, but the one whose value is in the abbreviation.
  assertEquals(values.length, Object.keys(FORM).length - 1);
  for (const [form, bytes] of values) {
    const vendor = { at: 0x3e00, form, bytes };
    const constant = {
      at: 0x3e01,
      form: FORM.IMPLICIT_CONST,
      bytes: [],
      constant: -5,
    };
    const other = {
      tag: TAG.NAMESPACE,
      attributes: [vendor, constant, vendor],
    };
    const dwarf = program(
      {},
      () => ({ own: [vendor, named()], others: [other] }),
    );
    const [frame] = await dwarf.locate(START);
    assertEquals(frame?.name, "f", `form ${form}`);
    assertEquals(dwarf.warnings, []);
  }
});

Deno.test("locate() reads addresses and sizes of every form", async () => {
  const highs: [form: number, bytes: (b: DwarfBuilder) => number[]][] = [
    [FORM.ADDR, (b) => b.address(0x1010)],
    [FORM.DATA1, () => [0x10]],
    [FORM.DATA2, (b) => b.number(0x10, 2)],
    [FORM.DATA4, (b) => b.number(0x10, 4)],
    [FORM.DATA8, (b) => b.number(0x10, 8)],
    [FORM.UDATA, () => uleb(0x10)],
    [FORM.SDATA, () => sleb(0x10)],
  ];
  const lows: [form: number, bytes: (b: DwarfBuilder) => number[]][] = [
    [FORM.ADDR, (b) => b.address(START)],
    [FORM.ADDRX, () => uleb(1)],
    [FORM.ADDRX1, () => [1]],
    [FORM.ADDRX2, (b) => b.number(1, 2)],
    [FORM.ADDRX3, (b) => b.number(1, 3)],
    [FORM.ADDRX4, (b) => b.number(1, 4)],
    [FORM.GNU_ADDR_INDEX, () => uleb(1)],
  ];
  for (const littleEndian of [true, false]) {
    for (const [lowForm, low] of lows) {
      for (const [highForm, high] of highs) {
        const dwarf = program({ littleEndian }, (b) => {
          const table = [
            b.number(5, 2),
            [8, 0],
            b.address(7),
            b.address(START),
          ];
          b.append(".debug_addr", b.sized(table.flat()));
          return {
            root: [{
              at: AT.ADDR_BASE,
              form: FORM.SEC_OFFSET,
              bytes: b.offset(8),
            }],
            pcs: [
              { at: AT.LOW_PC, form: lowForm, bytes: low(b) },
              { at: AT.HIGH_PC, form: highForm, bytes: high(b) },
            ],
          };
        });
        const told = `${lowForm} ${highForm}`;
        assertEquals((await dwarf.locate(0x100f)).length, 1, told);
        assertEquals((await dwarf.locate(0x1010)).length, 0, told);
      }
    }
  }
});

Deno.test("locate() reads names of every form", async () => {
  const strings: [form: number, bytes: (b: DwarfBuilder) => number[]][] = [
    [FORM.STRING, () => text("name")],
    [FORM.STRP, (b) => b.offset(b.append(".debug_str", text("name")))],
    [
      FORM.LINE_STRP,
      (b) => b.offset(b.append(".debug_line_str", text("name"))),
    ],
    [FORM.STRX, () => uleb(1)],
    [FORM.STRX1, () => [1]],
    [FORM.STRX2, (b) => b.number(1, 2)],
    [FORM.STRX3, (b) => b.number(1, 3)],
    [FORM.STRX4, (b) => b.number(1, 4)],
    [FORM.GNU_STR_INDEX, () => uleb(1)],
    [FORM.STRP_SUP, (b) => b.offset(4)],
    [FORM.GNU_STRP_ALT, (b) => b.offset(4)],
  ];
  const other = new DwarfBuilder();
  other.append(".debug_str", text("???"));
  other.append(".debug_str", text("name"));
  for (const offsetSize of [4, 8] as const) {
    for (const [form, bytes] of strings) {
      const dwarf = program({ offsetSize }, (b) => {
        b.append(".debug_str", text("wrong"));
        const at = b.append(".debug_str", text("name"));
        b.append(".debug_line_str", text("wrong"));
        b.append(".debug_str_offsets", [
          ...b.offset(0),
          ...b.offset(0),
          ...b.offset(at),
        ]);
        const base = b.offset(offsetSize);
        return {
          root: [{
            at: AT.STR_OFFSETS_BASE,
            form: FORM.SEC_OFFSET,
            bytes: base,
          }],
          own: [{ at: AT.NAME, form, bytes: bytes(b) }],
        };
      }, { openSupplementary: () => other.sections() });
      assertEquals(
        (await dwarf.locate(START))[0]!.name,
        "name",
        `form ${form}`,
      );
      assertEquals(dwarf.warnings, []);
    }
  }
});

Deno.test("locate() follows references of every form, also into other units and files", async () => {
  const other = new DwarfBuilder();
  const namedEntry = { tag: TAG.SUBPROGRAM, attributes: [named("other")] };
  other.unit({ tag: TAG.COMPILE_UNIT, attributes: [], children: [namedEntry] });
  const otherOffset = other.headerSize + 1;
  const forms: [form: number, size: number, name: string][] = [
    [FORM.REF1, 1, "near"],
    [FORM.REF2, 2, "near"],
    [FORM.REF4, 4, "near"],
    [FORM.REF8, 8, "near"],
    [FORM.REF_UDATA, 0, "near"],
    [FORM.REF_ADDR, 4, "far"],
    [FORM.REF_SUP4, 4, "other"],
    [FORM.REF_SUP8, 8, "other"],
    [FORM.GNU_REF_ALT, 4, "other"],
  ];
  for (const [form, size, name] of forms) {
    const dwarf = program({}, (b) => {
      // A unit in front, so that offsets in units and in the section differ.
      const far = { tag: TAG.SUBPROGRAM, attributes: [named("far")] };
      b.unit({ tag: TAG.COMPILE_UNIT, attributes: [], children: [far] });
      const near = b.headerSize + 1 + 8 + 2;
      const target = name === "near" ? near : otherOffset;
      const bytes = size === 0 ? uleb(target) : b.number(target, size);
      return {
        others: [{ tag: TAG.SUBPROGRAM, attributes: [named("near")] }],
        own: [{ at: AT.ABSTRACT_ORIGIN, form, bytes }],
      };
    }, { openSupplementary: () => other.sections() });
    assertEquals((await dwarf.locate(START))[0]!.name, name, `form ${form}`);
    assertEquals(dwarf.warnings, []);
  }
});

Deno.test("locate() puts scopes in front of names, and takes linkage names, but not in C", async () => {
  const nested = async (language: number, linkage: boolean) => {
    const b = new DwarfBuilder();
    const own = [
      named("f"),
      { at: AT.LOW_PC, form: FORM.ADDR, bytes: b.address(START) },
      { at: AT.HIGH_PC, form: FORM.DATA1, bytes: [0x10] },
      { at: AT.LINKAGE_NAME, form: FORM.STRING, bytes: text("_Z1fv") },
    ];
    const inner = {
      tag: TAG.SUBPROGRAM,
      attributes: linkage ? own : own.slice(0, 3),
    };
    const type = {
      tag: TAG.STRUCTURE_TYPE,
      attributes: [named("S")],
      children: [inner],
    };
    const hidden = { tag: TAG.NAMESPACE, attributes: [], children: [type] };
    b.unit({
      tag: TAG.COMPILE_UNIT,
      attributes: [
        { at: AT.LOW_PC, form: FORM.ADDR, bytes: b.address(START) },
        { at: AT.HIGH_PC, form: FORM.DATA2, bytes: b.number(0x100, 2) },
        { at: AT.LANGUAGE, form: FORM.DATA1, bytes: [language] },
      ],
      children: [
        { tag: TAG.NAMESPACE, attributes: [named("closed")], children: [] },
        { tag: TAG.NAMESPACE, attributes: [named("a")], children: [hidden] },
      ],
    });
    return (await openDwarf(b.sections()).locate(START))[0]!.name;
  };
  assertEquals(await nested(CPP, false), "a::(anonymous namespace)::S::f");
  assertEquals(await nested(CPP, true), "_Z1fv");
  assertEquals(await nested(C99, true), "f");
});

Deno.test("locate() gives up on references that go round or lead nowhere, not on the rest", async () => {
  const self = program({}, (b) => {
    const own = b.headerSize + 1 + 8 + 2;
    return { own: [{ at: AT.SPECIFICATION, form: FORM.REF1, bytes: [own] }] };
  });
  const [frame] = await self.locate(START);
  assertEquals([frame!.name, self.warnings.length], [undefined, 0]);
  const nowhere = program({}, () => ({
    own: [{ at: AT.SPECIFICATION, form: FORM.REF2, bytes: [0xff, 0xff] }],
  }));
  assertEquals((await nowhere.locate(START))[0]!.name, undefined);
  const [warning] = nowhere.warnings;
  assertEquals([warning!.code, warning!.field], ["out-of-bounds", "reference"]);
});

Deno.test("locate() tells unknown forms, versions and abbreviations once, and goes on without them", async () => {
  const form = program(
    {},
    () => ({ own: [{ at: 0x3e00, form: 0x7f, bytes: [] }] }),
  );
  assertEquals(await form.locate(START), []);
  assertEquals(await form.locate(START + 1), []);
  assertEquals(form.warnings.map(({ code, field }) => [code, field]), [[
    "unsupported",
    "form",
  ]]);
  const version = program({ version: 4 }, () => ({}));
  assertEquals((await version.locate(START)).length, 1);
  const b = new DwarfBuilder();
  b.append(".debug_info", b.sized([9, 0, 1, 8, ...b.offset(0)]));
  const future = openDwarf(b.sections());
  assertEquals(await future.locate(START), []);
  assertStringIncludes(future.warnings[0]!.message, "expected 2 to 5, got 9");
});
