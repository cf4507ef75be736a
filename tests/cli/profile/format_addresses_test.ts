import { assertEquals } from "@std/assert";
import type { NamelessContext } from "../../../cli/profile/format.ts";
import { loadFormat } from "../../../cli/profile/formats.ts";
import { ProfileSample } from "../../../kernel/profile/mod.ts";

/** What is written for samples, each a list of frames: id, address, low word of the address. */
async function writeSamples(
  samples: readonly (readonly [number, number, number?][])[],
): Promise<string> {
  const options = { by: undefined, inverted: false };
  const format = await loadFormat("addresses", options);
  let text = "";
  const write = (bytes: Uint8Array) => {
    text += new TextDecoder().decode(bytes);
  };
  const writer = await format.open({ write } as NamelessContext as never);
  const sample = new ProfileSample();
  for (const frames of samples) {
    sample.count = frames.length;
    for (const [i, [id, address, low]] of frames.entries()) {
      sample.frames[i] = id;
      sample.addresses[i] = address;
      sample.lowWords[i] = low ?? 0;
    }
    await writer.sample(sample);
  }
  await writer.end();
  return text;
}

/** As `printf("\t%16lx\n")`. */
function line(digits: string): string {
  return `\t${digits.padStart(16)}\n`;
}

Deno.test("addresses prints each sample's addresses between empty lines", async () => {
  assertEquals(
    await writeSamples([
      [[0, 0x7f12_3456_789a], [1, 0]],
      [],
      [[1, 0], [2, -1], [3, -0x7eff_ffff]],
    ]),
    `\n${line("7f123456789a")}${line("0")}\n` + "\n\n" +
      `\n${line("0")}${line("ffffffffffffffff")}${line("ffffffff81000001")}\n`,
  );
});

Deno.test("addresses tells a frame's addresses apart where its file is loaded at several", async () => {
  const samples: [number, number, number?][][] = [
    [[5, 0x1000], [70_000, 0x2000]],
    [[5, 0x5000], [70_000, 0]],
    [[5, 0x1000], [70_000, 0x2000]],
    [[6, -(2 ** 60), 7]],
    [[6, -(2 ** 60), 9]],
  ];
  assertEquals(
    (await writeSamples(samples)).split("\n").filter((text) => text !== "")
      .map((text) => text.trim()),
    ["1000", "2000", "5000", "0", "1000", "2000"]
      .concat("f000000000000007", "f000000000000009"),
  );
});
