import { assertEquals, assertRejects } from "@std/assert";
import { isArchive, readArchive } from "../../cli/archive.ts";
import { BytesSource } from "../../formats/base/byte_source.ts";
import { FormatError } from "../../formats/base/error.ts";

function header(name: string, size: number | string, mark = "`\n"): string {
  return name.padEnd(16) + "0".padEnd(32) + `${size}`.padEnd(10) + mark;
}

function archive(...parts: string[]): BytesSource {
  return new BytesSource(
    new TextEncoder().encode(`!<arch>\n${parts.join("")}`),
  );
}

async function members(source: BytesSource): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for await (const { name, source: bytes } of readArchive(source)) {
    const text = new TextDecoder().decode(await bytes.read(0, bytes.size));
    found.push([name, text]);
  }
  return found;
}

async function failure(source: BytesSource): Promise<[string, string, number]> {
  const error = await assertRejects(() => members(source), FormatError);
  return [error.code, error.field, error.offset];
}

Deno.test("readArchive() reads members with short and with long names", async () => {
  const names = "a_very_long_name_of_a_file.o/\nx/\n";
  const source = archive(
    header("/", 4) + "\0\0\0\0",
    header("/SYM64/", 2) + "\0\0",
    header("//", names.length) + names + "\n",
    header("short.o/", 3) + "abc\n",
    header("/0", 2) + "de",
    header("/30", 0),
    header("sysv", 1) + "f",
  );
  assertEquals(await members(source), [
    ["short.o", "abc"],
    ["a_very_long_name_of_a_file.o", "de"],
    ["x", ""],
    ["sysv", "f"],
  ]);
});

Deno.test("readArchive() reads the names of BSD", async () => {
  const source = archive(
    header("#1/20", 22) + "__.SYMDEF SORTED\0\0\0\0ab",
    header("#1/8", 11) + "long.o\0\0abc\n",
    header("#1/9999", 3) + "all\n",
  );
  assertEquals(await members(source), [["long.o", "abc"], ["all", ""]]);
});

Deno.test("readArchive() refuses thin archives, and members that are cut off or no members", async () => {
  const thin = new BytesSource(new TextEncoder().encode("!<thin>\n"));
  assertEquals(await failure(thin), ["unsupported", "magic", 0]);
  const cases: [string, [string, string, number]][] = [
    ["x", ["truncated", "member header", 8]],
    [header("a/", 5) + "abcd", ["truncated", "member", 68]],
    [header("a/", "5x"), ["bad-value", "ar_size", 56]],
    [header("a/", ""), ["bad-value", "ar_size", 56]],
    [header("a/", -1), ["bad-value", "ar_size", 56]],
    [header("a/", 0, "xx"), ["bad-value", "ar_fmag", 66]],
    [header("a/", 0) + "\n", ["truncated", "member header", 68]],
  ];
  for (const [text, expected] of cases) {
    assertEquals(await failure(archive(text)), expected, text);
  }
});

Deno.test("isArchive() knows archives of both kinds", async () => {
  const is = (text: string) =>
    isArchive(new BytesSource(new TextEncoder().encode(text)));
  assertEquals(
    await Promise.all(
      ["!<arch>\n", "!<thin>\n", "!<arch>", "", "\x7fELF"].map(is),
    ),
    [true, true, false, false, false],
  );
});
