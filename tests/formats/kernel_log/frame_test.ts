/** Lines of stack traces of all machines, and lines that only look like them. */
import { assertEquals } from "@std/assert";
import { parseFrameLine } from "../../../formats/kernel_log/frame.ts";

/** A frame in one line, to compare; `undefined` parts left out. */
function frames(line: string): string {
  const parsed = parseFrameLine(line);
  if (parsed === undefined) return "none";
  const texts = parsed.frames.map((frame) =>
    [
      frame.isReliable ? "" : "?",
      frame.symbol ?? "",
      frame.offset === undefined ? "" : `${frame.offset}/${frame.size}`,
      frame.module ?? "",
      frame.buildId?.slice(0, 4) ?? "",
      frame.address ?? "",
      frame.source ?? "",
      frame.flags ?? "",
      frame.isInline ? "inline" : "",
    ].filter((text) => text !== "").join(" ")
  );
  const marker = parsed.marker === undefined ? [] : [`<${parsed.marker}>`];
  return [...marker, ...texts].join(", ");
}

const BUILD_ID = "0123456789abcdef0123456789abcdef01234567";

Deno.test("parseFrameLine() reads x86's frames", () => {
  assertEquals(frames(" demo_read+0x42/0x90"), "demo_read 66/144");
  assertEquals(
    frames(" ? demo_read+0x42/0x90 [demo]"),
    "? demo_read 66/144 demo",
  );
  assertEquals(
    frames(` demo+0x1/0x2 [demo ${BUILD_ID}]`),
    "demo 1/2 demo 0123",
  );
  assertEquals(
    frames(" foo.isra.0.constprop.3.cold+0xa/0xb"),
    "foo.isra.0.constprop.3.cold 10/11",
  );
  assertEquals(frames(" foo.llvm.123$x+0xa/0xb"), "foo.llvm.123$x 10/11");
  assertEquals(frames(" 0xffffffffc0001234"), "0xffffffffc0001234");
  assertEquals(frames(" ? 0xffffffffc0001234"), "? 0xffffffffc0001234");
});

Deno.test("parseFrameLine() reads frames with addresses", () => {
  assertEquals(
    frames(" [<ffffffff82d4e304>] ? foo+0x24/0x30"),
    "? foo 36/48 0xffffffff82d4e304",
  );
  assertEquals(
    frames("[<ffffffff80a1c6e2>] foo+0x1c/0x7a [mod]"),
    "foo 28/122 mod 0xffffffff80a1c6e2",
  );
  assertEquals(
    frames(" [<000003ff80012346>] foo+0x26/0x60 [mod]"),
    "foo 38/96 mod 0x000003ff80012346",
  );
  assertEquals(
    frames("([<000003ff80012346>] foo+0x26/0x60 [mod])"),
    "? foo 38/96 mod 0x000003ff80012346",
  );
  assertEquals(
    frames("[c00000007a3efa20] [c00000000030a060] foo+0x7b0/0x13a0"),
    "foo 1968/5024 0xc00000000030a060",
  );
  assertEquals(
    frames(
      "[c00000007a3efa20] [c00000000030a060] foo+0x7b0/0x13a0 (unreliable)",
    ),
    "? foo 1968/5024 0xc00000000030a060",
  );
  assertEquals(frames(" [<ffffffff82d4e304>]"), "0xffffffff82d4e304");
});

Deno.test("parseFrameLine() reads both frames of 32-bit arm's lines", () => {
  assertEquals(
    frames("[<80101234>] (cask) from [<80102345>] (fill+0x2c/0x60)"),
    "cask, fill 44/96 0x80102345",
  );
  assertEquals(frames(" cask from fill+0x2c/0x60"), "cask, fill 44/96");
  assertEquals(
    frames("[<8010>] (cask) from [<8011>] (fill lib/a.c:88 [inline])"),
    "cask, fill 0x8011 lib/a.c:88 inline",
  );
});

Deno.test("parseFrameLine() reads flags and looked-up lines", () => {
  assertEquals(frames(" foo+0x18/0x58 [loom] (P)"), "foo 24/88 loom P");
  assertEquals(frames(" foo+0x18/0x58 (PF)"), "foo 24/88 PF");
  assertEquals(
    frames(" foo (drivers/demo/demo.c:88) demo"),
    "foo demo drivers/demo/demo.c:88",
  );
  assertEquals(
    frames(" foo (a/b.c:12 (discriminator 3) a/b.h:4)"),
    "foo a/b.c:12 a/b.h:4",
  );
  assertEquals(frames(" ? foo (a/b.c:12)"), "? foo a/b.c:12");
  assertEquals(frames("foo.part.0 (a/b.c:12) "), "foo.part.0 a/b.c:12");
  assertEquals(frames("? foo (a/b.c:12)"), "? foo a/b.c:12");
  assertEquals(frames(" foo+0x1/0x2 a/b.c:12"), "foo 1/2 a/b.c:12");
  assertEquals(frames(" foo a/b.c:12 [inline]"), "foo a/b.c:12 inline");
});

Deno.test("parseFrameLine() reads markers, alone and before a frame", () => {
  for (
    const name of [
      "TASK",
      "IRQ",
      "SOFTIRQ",
      "NMI",
      "EOE",
      "#DF",
      "#MC",
      "ENTRY_TRAMPOLINE",
    ]
  ) {
    assertEquals(frames(` <${name}>`), `<${name}>`);
    assertEquals(frames(` </${name}>`), `</${name}>`);
  }
  assertEquals(
    frames(" <IRQ>  [<ffffffff82d4e304>] foo+0x1/0x2"),
    "<IRQ>, foo 1/2 0xffffffff82d4e304",
  );
});

Deno.test("parseFrameLine() takes nothing else for a frame", () => {
  for (
    const line of [
      "",
      "   ",
      "Call Trace:",
      "BUG: KASAN: wild-memory-access in foo+0x1/0x2",
      "RIP: 0010:foo+0x1/0x2",
      "caller is foo+0x1/0x2",
      " #0: ffff88810a2b3d48 (&a){+.+.}, at: foo+0x1/0x2",
      "Modules linked in: a b",
      "RAX: 0000000000000000 RBX: ffff888103a6c000",
      "foo+0x1/0x2 and more words",
      " words in a line",
      "0x1234 is a number",
      "0x1234",
      "foo a/b.c:12 is wrong",
      "foo (b.c:12)",
      "foo (a/b.c:12) and more",
      "usb 1-1: new device",
    ]
  ) assertEquals(frames(line), "none", line);
});
