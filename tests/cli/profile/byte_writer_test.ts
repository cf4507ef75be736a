import { assertEquals } from "@std/assert";
import { ByteWriter } from "../../../cli/profile/byte_writer.ts";

function makeWriter(): { writer: ByteWriter; written: () => string } {
  let text = "";
  const writer = new ByteWriter((bytes) => {
    text += new TextDecoder().decode(bytes);
  });
  return { writer, written: () => text };
}

Deno.test("ByteWriter writes kept text as often as asked, between other text, however long", () => {
  const { writer, written } = makeWriter();
  const pieces = ["a", "bcd".repeat(30_000), "ä€\n", "x".repeat(70_000)];
  const kept = pieces.map((text) => writer.keep(text, undefined));
  let expected = "";
  for (let round = 0; round < 5; round++) {
    for (const [i, text] of pieces.entries()) {
      writer.text(`${round}`);
      writer.again(kept[i]!);
      expected += `${round}${text}`;
    }
    writer.text(pieces[3]!);
    expected += pieces[3]!;
  }
  writer.flush();
  assertEquals(written() === expected, true);
});

Deno.test("ByteWriter.keep() takes the place of text of the same size, and of no other", () => {
  const { writer, written } = makeWriter();
  const first = writer.keep("one", undefined);
  const second = writer.keep("two", undefined);
  assertEquals(writer.keep("ONE", first), first);
  const longer = writer.keep("three", second);
  for (const kept of [first, second, longer]) writer.again(kept);
  writer.flush();
  assertEquals(written(), "ONEtwothree");
});
