import { assertEquals } from "@std/assert";
import { decodeNotes } from "../../../formats/elf/mod.ts";
import { buildNote, type ElfForm, FORMS } from "../../builders/elf.ts";

function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

Deno.test("decodeNotes() lists names, types and descriptors in both orders", () => {
  for (const form of FORMS) {
    const bytes = join(
      buildNote(form, "CORE", 1, [1, 2, 3, 4, 5]),
      buildNote(form, "LINUX", 0x202, [6]),
      buildNote(form, "", 7, []),
    );
    assertEquals(decodeNotes(bytes, form.littleEndian), {
      notes: [
        { type: 1, name: "CORE", descOffset: 20, descSize: 5 },
        { type: 0x202, name: "LINUX", descOffset: 48, descSize: 1 },
        { type: 7, name: "", descOffset: 64, descSize: 0 },
      ],
    });
  }
});

Deno.test("decodeNotes() pads to 8 bytes only when told so", () => {
  const form: ElfForm = FORMS[0]!;
  const bytes = join(
    buildNote(form, "GNUX", 5, [1, 2, 3, 4], 8),
    buildNote(form, "GNU", 3, [9], 8),
  );
  assertEquals(decodeNotes(bytes, true, 8).notes, [
    { type: 5, name: "GNUX", descOffset: 24, descSize: 4 },
    { type: 3, name: "GNU", descOffset: 48, descSize: 1 },
  ]);
  assertEquals(decodeNotes(bytes, true, 1).notes[0]!.descOffset, 20);
});

Deno.test("decodeNotes() keeps the notes before one whose size lies", () => {
  for (
    const [field, at] of [["n_namesz", 20], ["n_descsz", 24]] as const
  ) {
    for (const lie of [0xffffffff, 0x7fffffff, 100]) {
      const bytes = join(
        buildNote(FORMS[0]!, "GNU", 3, [1, 2, 3, 4]),
        buildNote(FORMS[0]!, "GNU", 1, [1, 2, 3, 4]),
      );
      new DataView(bytes.buffer).setUint32(at, lie, true);
      const { notes, error } = decodeNotes(bytes, true, 4, 0x1000);
      assertEquals(notes.length, 1);
      assertEquals([error?.code, error?.field, error?.offset], [
        "truncated",
        field,
        0x1014,
      ]);
    }
  }
});

Deno.test("decodeNotes() reports a cut at any byte and never loses a whole note", () => {
  const first = buildNote(FORMS[0]!, "GNU", 3, [1, 2, 3, 4]);
  const bytes = join(first, buildNote(FORMS[0]!, "GNU", 1, [5, 6, 7, 8]));
  for (let length = 0; length <= bytes.length; length++) {
    const { notes, error } = decodeNotes(bytes.subarray(0, length), true);
    const whole = Math.floor(length / first.length);
    assertEquals(notes.length, whole);
    assertEquals(error === undefined, length % first.length === 0);
  }
});

Deno.test("decodeNotes() takes missing padding at the end and zeros behind it", () => {
  const bytes = buildNote(FORMS[0]!, "GNU", 3, [1, 2, 3]);
  const cut = decodeNotes(bytes.subarray(0, 19), true);
  assertEquals([cut.notes.length, cut.error], [1, undefined]);
  const padded = decodeNotes(join(bytes, new Uint8Array(8)), true);
  assertEquals([padded.notes.length, padded.error], [1, undefined]);
});
