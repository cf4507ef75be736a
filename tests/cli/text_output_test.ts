import { assert, assertEquals } from "@std/assert";
import { formatAddress } from "../../formats/base/address.ts";
import { TextOutput } from "../../cli/text_output.ts";
import { FakeIo } from "./fake_io.ts";

Deno.test("TextOutput gathers small pieces into large writes and keeps their order", () => {
  const io = new FakeIo();
  const out = new TextOutput(io.stdout);
  let expected = "";
  for (let i = 0; i < 50_000; i++) {
    out.frameNumber(i, 5);
    out.text("é\n");
    expected += `${`#${i}`.padEnd(4)} é\n`;
  }
  out.flush();
  assertEquals(io.out, expected);
  assert(io.writes.length < 12, `${io.writes.length} writes`);
  assertEquals(io.writes.slice(0, -1).every((size) => size >= 64 * 1024), true);
});

Deno.test("TextOutput takes pieces larger than itself", () => {
  const io = new FakeIo();
  const out = new TextOutput(io.stdout);
  out.text("a");
  out.text("b".repeat(1_000_000));
  out.text("c");
  out.flush();
  assertEquals(io.out, `a${"b".repeat(1_000_000)}c`);
});

Deno.test("TextOutput.frameNumber() pads to its width and leaves at least one space", () => {
  const io = new FakeIo();
  const out = new TextOutput(io.stdout);
  for (const n of [0, 9, 10, 999, 1000, 9999, 10_000, 123_456_789]) {
    out.frameNumber(n, 5);
    out.text("|");
  }
  out.flush();
  assertEquals(
    io.out,
    "#0   |#9   |#10  |#999 |#1000 |#9999 |#10000 |#123456789 |",
  );
});

Deno.test("TextOutput.quotedAddress() writes what formatAddress() gives", () => {
  const addresses = [0, 1, 9, 10, 15, 16, 0x7fff_ffff, 0x8000_0000];
  addresses.push(2 ** 32 - 1, 2 ** 32, 0x7ffd_1f6f_2840, -0xa0_0000, -1);
  addresses.push(-(2 ** 47), 2 ** 53 - 1);
  const io = new FakeIo();
  const out = new TextOutput(io.stdout);
  for (const address of addresses) out.quotedAddress(address);
  out.flush();
  const expected = addresses.map((address) => `"${formatAddress(address)}"`);
  assertEquals(io.out, expected.join(""));
});
