import { assertEquals } from "@std/assert";
import {
  compareSFrame,
  decodeSFrame,
  type NamedSFrameFunction,
  type SFrameRowSpec,
  specOfSection,
} from "../../../formats/sframe/mod.ts";
import { ABI } from "../../builders/sframe.ts";
import { readGoldens } from "./golden.ts";

function named(
  name: string | undefined,
  startAddress: number,
  rows: SFrameRowSpec[] = [],
  size = 8,
): NamedSFrameFunction {
  return { name, spec: { startAddress, size, rows } };
}

function kinds(
  before: NamedSFrameFunction[],
  after: NamedSFrameFunction[],
  by?: "name" | "address",
): string[] {
  const { changes, equalCount } = compareSFrame(before, after, ABI.AMD64, by);
  return [
    ...changes.map(({ kind, name, rows }) =>
      [
        kind,
        name ?? "?",
        ...rows.map((row) => `${row.kind}@${row.startOffset}`),
      ]
        .join(" ")
    ),
    `${equalCount} equal`,
  ];
}

function sp(startOffset: number, offset: number): SFrameRowSpec {
  return { startOffset, cfa: { base: "sp", offset } };
}

Deno.test("compareSFrame() matches by name wherever functions start", () => {
  const before = [named("a", 0), named("b", 8), named("c", 16)];
  const after = [named("c", 0), named("a", 24), named("d", 16)];
  assertEquals(kinds(before, after), ["lost b", "added d", "2 equal"]);
  assertEquals(
    kinds(before, after, "address"),
    ["lost b", "added a", "2 equal"],
  );
});

Deno.test("compareSFrame() matches several functions of one name in their order", () => {
  const before = [named("x", 0, [sp(0, 8)]), named("x", 8, [sp(0, 16)])];
  const after = [named("x", 40, [sp(0, 8)]), named("x", 50, [sp(0, 24)])];
  assertEquals(kinds(before, after), ["changed x changed@0", "1 equal"]);
  assertEquals(kinds(before, [after[0]!]), ["lost x", "1 equal"]);
});

Deno.test("compareSFrame() matches functions without a name by address", () => {
  assertEquals(
    kinds([named(undefined, 0), named("0", 8)], [named(undefined, 0)]),
    ["lost 0", "1 equal"],
  );
});

Deno.test("compareSFrame() finds rows that were added, lost and changed", () => {
  const before = [named("a", 0, [sp(0, 8), sp(1, 16), sp(4, 24), sp(9, 8)])];
  const after = [named("a", 0, [sp(0, 8), sp(2, 16), sp(4, 32), sp(9, 8)])];
  assertEquals(kinds(before, after), [
    "changed a lost@1 added@2 changed@4",
    "0 equal",
  ]);
  assertEquals(
    kinds([named("a", 0, [])], [named("a", 0, [sp(3, 8)])]),
    ["changed a added@3", "0 equal"],
  );
});

Deno.test("compareSFrame() finds other sizes, repetitions, keys and signal marks", () => {
  const base = named("a", 0);
  for (
    const more of [
      { size: 9 },
      { pcType: "mask" as const },
      { signal: true },
      { pauthKey: "B" as const },
    ]
  ) {
    const other = { name: "a", spec: { ...base.spec, ...more } };
    assertEquals(kinds([base], [other]), ["changed a", "0 equal"]);
  }
  const same = { name: "a", spec: { ...base.spec, repSize: 16, flex: true } };
  assertEquals(kinds([base], [same]), ["1 equal"]);
});

Deno.test("compareSFrame() compares rules and not how they are written", () => {
  const cfa = { base: "sp", offset: 8 } as const;
  const saved = { base: "cfa", offset: -8, deref: true } as const;
  const same: [SFrameRowSpec, SFrameRowSpec][] = [
    [{ startOffset: 0, cfa }, { startOffset: 0, cfa, ra: saved }],
    [{ startOffset: 0, cfa }, { startOffset: 0, cfa: { ...cfa, base: 7 } }],
    [{ startOffset: 0, cfa }, {
      startOffset: 0,
      cfa: { ...cfa, deref: false },
    }],
    [
      { startOffset: 0, cfa, ra: "undefined" },
      { startOffset: 0, ra: "undefined" },
    ],
  ];
  for (const [a, b] of same) {
    assertEquals(kinds([named("a", 0, [a])], [named("a", 0, [b])]), [
      "1 equal",
    ]);
  }
  const different: [SFrameRowSpec, SFrameRowSpec][] = [
    [{ startOffset: 0, cfa }, { startOffset: 0, cfa, fp: saved }],
    [{ startOffset: 0, cfa }, { startOffset: 0, cfa, ra: "undefined" }],
    [{ startOffset: 0, cfa }, { startOffset: 0, cfa, mangled: true }],
    [{ startOffset: 0, cfa }, { startOffset: 0, cfa: { ...cfa, base: 6 } }],
    [{ startOffset: 0, cfa }, { startOffset: 0, cfa: { ...cfa, deref: true } }],
  ];
  for (const [a, b] of different) {
    assertEquals(
      kinds([named("a", 0, [a])], [named("a", 0, [b])])[1],
      "0 equal",
    );
  }
});

Deno.test("compareSFrame() finds versions 1, 2 and 3 of one program's rules alike where the compilers agree", () => {
  const side = (name: string): NamedSFrameFunction[] => {
    const { bytes, address } = readGoldens().find((g) => g.name === name)!;
    return specOfSection(decodeSFrame(bytes, address), address).functions
      .map((spec) => ({ spec }));
  };
  const count = (a: string, b: string) => {
    const { changes, equalCount } = compareSFrame(
      side(a),
      side(b),
      ABI.AMD64,
    );
    return [changes.map(({ kind }) => kind).join(), equalCount];
  };
  assertEquals(count("v2_amd64", "v2_amd64"), ["", 7]);
  // One compiler leaves a function's end two bytes earlier; V1 lacks `.plt.got` and the size of a repetition.
  assertEquals(count("v2_amd64", "v3_amd64"), ["changed", 6]);
  assertEquals(count("v1_amd64", "v2_amd64"), ["changed,added", 5]);
});
