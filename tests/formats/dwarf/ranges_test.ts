import { assertEquals } from "@std/assert";
import { AT, FORM, RLE, TAG } from "../../../formats/dwarf/constants.ts";
import { type Dwarf, openDwarf } from "../../../formats/dwarf/mod.ts";
import { type Attribute, DwarfBuilder } from "../../builders/dwarf.ts";
import { uleb } from "../../builders/eh_frame.ts";

/** The addresses from 0 to 0x40 behind 0x1000 at which a function is known, as ranges. */
async function covered(dwarf: Dwarf): Promise<string> {
  const found: string[] = [];
  let start = -1;
  for (let offset = 0; offset <= 0x40; offset++) {
    const isFunction = (await dwarf.locate(0x1000 + offset))
      .some(({ functionAddress }) => functionAddress !== undefined);
    if (isFunction && start < 0) start = offset;
    if (!isFunction && start >= 0) {
      found.push(`${start.toString(16)}-${offset.toString(16)}`);
      start = -1;
    }
  }
  return found.join(" ");
}

function withRanges(
  b: DwarfBuilder,
  ranges: Attribute,
  root: Attribute[] = [],
) {
  b.unit({
    tag: TAG.COMPILE_UNIT,
    attributes: [
      { at: AT.LOW_PC, form: FORM.ADDR, bytes: b.address(0x1000) },
      { at: AT.HIGH_PC, form: FORM.DATA2, bytes: b.number(0x100, 2) },
      ...root,
    ],
    children: [{ tag: TAG.SUBPROGRAM, attributes: [ranges] }],
  });
  return openDwarf(b.sections());
}

Deno.test("locate() reads .debug_ranges: pairs, base addresses, empty ones, discarded ones", async () => {
  for (const addressSize of [8, 4] as const) {
    for (const littleEndian of [true, false]) {
      const b = new DwarfBuilder({ version: 4, addressSize, littleEndian });
      b.append(".debug_ranges", [0, 0, 0]);
      const pairs = [[1, 3], [5, 5], [-1, 0x1010], [0, 4], [8, 0xa], [-1, 0], [
        0,
        0x20,
      ], [0, 0]];
      const list = pairs.flatMap((
        [start, end],
      ) => [...b.address(start!), ...b.address(end!)]);
      const bytes = b.offset(b.append(".debug_ranges", list));
      const dwarf = withRanges(b, {
        at: AT.RANGES,
        form: FORM.SEC_OFFSET,
        bytes,
      });
      assertEquals(await covered(dwarf), "1-3 10-14 18-1a");
      assertEquals(dwarf.warnings, []);
    }
  }
});

Deno.test("locate() reads every kind of entry of .debug_rnglists, by offset and by index", async () => {
  for (const offsetSize of [4, 8] as const) {
    for (const form of [FORM.SEC_OFFSET, FORM.RNGLISTX]) {
      const b = new DwarfBuilder({ offsetSize });
      b.append(
        ".debug_addr",
        b.sized([
          ...[5, 0, 8, 0],
          ...[0x1010, 0x1012, 0x1020].flatMap((one) => b.address(one)),
        ]),
      );
      const list = [
        ...[RLE.OFFSET_PAIR, ...uleb(1), ...uleb(3)],
        ...[RLE.STARTX_ENDX, ...uleb(0), ...uleb(1)],
        ...[RLE.STARTX_LENGTH, ...uleb(2), ...uleb(4)],
        ...[RLE.BASE_ADDRESSX, ...uleb(2)],
        ...[RLE.OFFSET_PAIR, ...uleb(8), ...uleb(9)],
        ...[RLE.BASE_ADDRESS, ...b.address(0x1030)],
        ...[RLE.OFFSET_PAIR, ...uleb(0), ...uleb(1)],
        ...[RLE.START_END, ...b.address(0x1034), ...b.address(0x1036)],
        ...[RLE.START_LENGTH, ...b.address(0x1038), ...uleb(2)],
        ...[RLE.STARTX_LENGTH, ...uleb(99), ...uleb(2)],
        RLE.END_OF_LIST,
      ];
      // A table of two offsets, the second of which is that of the list.
      const offsets = [...b.offset(0), ...b.offset(2 * offsetSize)];
      const header = [5, 0, 8, 0, 2, 0, 0, 0];
      b.append(".debug_rnglists", b.sized([...header, ...offsets, ...list]));
      const base = (offsetSize === 8 ? 12 : 4) + header.length;
      const bytes = form === FORM.RNGLISTX
        ? uleb(1)
        : b.offset(base + 2 * offsetSize);
      const dwarf = withRanges(b, { at: AT.RANGES, form, bytes }, [
        {
          at: AT.ADDR_BASE,
          form: FORM.SEC_OFFSET,
          bytes: b.offset(offsetSize === 8 ? 16 : 8),
        },
        { at: AT.RNGLISTS_BASE, form: FORM.SEC_OFFSET, bytes: b.offset(base) },
      ]);
      assertEquals(
        await covered(dwarf),
        "1-3 10-12 20-24 28-29 30-31 34-36 38-3a",
      );
      assertEquals(dwarf.warnings, []);
    }
  }
});

Deno.test("locate() reads lists that are longer than what is first read of them", async () => {
  const b = new DwarfBuilder({ version: 4 });
  const list: number[] = [];
  for (let i = 0; i < 3000; i++) {
    list.push(...b.address(0x200 + i), ...b.address(0x201 + i));
  }
  list.push(
    ...b.address(0x10),
    ...b.address(0x20),
    ...b.address(0),
    ...b.address(0),
  );
  b.append(".debug_ranges", list);
  const ranges = { at: AT.RANGES, form: FORM.SEC_OFFSET, bytes: b.offset(0) };
  assertEquals(await covered(withRanges(b, ranges)), "10-20");
});

Deno.test("locate() refuses a list without end that many functions share", async () => {
  const b = new DwarfBuilder({ version: 4 });
  for (let i = 0; i < 400; i++) {
    b.append(".debug_ranges", [...b.address(1), ...b.address(2)]);
  }
  b.append(".debug_ranges", [...b.address(0), ...b.address(0)]);
  const ranges = { at: AT.RANGES, form: FORM.SEC_OFFSET, bytes: b.offset(0) };
  b.unit({
    tag: TAG.COMPILE_UNIT,
    attributes: [
      { at: AT.LOW_PC, form: FORM.ADDR, bytes: b.address(0x1000) },
      { at: AT.HIGH_PC, form: FORM.DATA2, bytes: b.number(0x100, 2) },
    ],
    children: new Array(400).fill({
      tag: TAG.SUBPROGRAM,
      attributes: [ranges],
    }),
  });
  const dwarf = openDwarf(b.sections());
  assertEquals(await dwarf.locate(0x1001), []);
  assertEquals(dwarf.warnings.map(({ code, field }) => [code, field]), [[
    "limit",
    "ranges",
  ]]);
});

Deno.test("locate() finds units by .debug_aranges, and asks those that it does not list", async () => {
  const b = new DwarfBuilder();
  const unit = (start: number, name: string) =>
    b.unit({
      tag: TAG.COMPILE_UNIT,
      attributes: [
        { at: AT.LOW_PC, form: FORM.ADDR, bytes: b.address(start) },
        { at: AT.HIGH_PC, form: FORM.DATA1, bytes: [0x10] },
      ],
      children: [{
        tag: TAG.SUBPROGRAM,
        attributes: [
          {
            at: AT.NAME,
            form: FORM.STRING,
            bytes: [...new TextEncoder().encode(name), 0],
          },
          { at: AT.LOW_PC, form: FORM.ADDR, bytes: b.address(start) },
          { at: AT.HIGH_PC, form: FORM.DATA1, bytes: [0x10] },
        ],
      }],
    });
  unit(0x1000, "listed");
  unit(0x2000, "unlisted");
  const set = [2, 0, ...b.offset(0), 8, 0, 0, 0, 0, 0];
  b.append(
    ".debug_aranges",
    b.sized([
      ...set,
      ...[0x1000, 0x10, 0x3000, 0, 0, 0].flatMap((one) => b.address(one)),
    ]),
  );
  const dwarf = openDwarf(b.sections());
  const nameAt = async (pc: number) => (await dwarf.locate(pc))[0]?.name;
  assertEquals(await nameAt(0x100f), "listed");
  assertEquals(await nameAt(0x2000), "unlisted");
  assertEquals(await nameAt(0x3000), undefined);
  // Damage behind a good set does not take that from us.
  b.append(".debug_aranges", [1, 2, 3]);
  const damaged = openDwarf(b.sections());
  assertEquals((await damaged.locate(0x1000))[0]?.name, "listed");
  assertEquals(damaged.warnings[0]?.code, "truncated");
});

Deno.test("locate() shows the innermost of what was inlined, and not what has no caller", async () => {
  const b = new DwarfBuilder();
  const range = (start: number, size: number): Attribute[] => [
    { at: AT.LOW_PC, form: FORM.ADDR, bytes: b.address(start) },
    { at: AT.HIGH_PC, form: FORM.DATA1, bytes: [size] },
  ];
  const call = (line: number): Attribute[] => [
    { at: AT.CALL_FILE, form: FORM.DATA1, bytes: [1] },
    { at: AT.CALL_LINE, form: FORM.DATA1, bytes: [line] },
    { at: AT.CALL_COLUMN, form: FORM.DATA1, bytes: [line + 1] },
  ];
  const inlined = TAG.INLINED_SUBROUTINE;
  const inner = { tag: inlined, attributes: [...range(0x1008, 4), ...call(7)] };
  const block = { tag: TAG.LEXICAL_BLOCK, attributes: [], children: [inner] };
  const outer = {
    tag: inlined,
    attributes: [...range(0x1004, 0xc), ...call(5)],
    children: [block],
  };
  const lost = {
    tag: inlined,
    attributes: range(0x1014, 8),
    children: [{ tag: inlined, attributes: [...range(0x1014, 8), ...call(9)] }],
  };
  const nested = { tag: TAG.SUBPROGRAM, attributes: range(0x1020, 4) };
  b.unit({
    tag: TAG.COMPILE_UNIT,
    attributes: range(0x1000, 0x40),
    children: [{
      tag: TAG.SUBPROGRAM,
      attributes: range(0x1000, 0x30),
      children: [outer, lost, nested],
    }],
  });
  const dwarf = openDwarf(b.sections());
  const told = async (pc: number) =>
    (await dwarf.locate(pc)).map(({ inlined, line, column, functionAddress }) =>
      `${inlined ? "inlined" : functionAddress!.toString(16)} ${line}:${column}`
    );
  assertEquals(await told(0x1003), ["1000 0:0"]);
  assertEquals(await told(0x1004), ["inlined 0:0", "1000 5:6"]);
  assertEquals(await told(0x1008), ["inlined 0:0", "inlined 7:8", "1000 5:6"]);
  assertEquals(await told(0x100c), ["inlined 0:0", "1000 5:6"]);
  assertEquals(await told(0x1014), ["1000 0:0"]);
  assertEquals(await told(0x1020), ["1020 0:0"]);
  assertEquals(await told(0x1024), ["1000 0:0"]);
});
