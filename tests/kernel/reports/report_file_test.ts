import { assertEquals } from "@std/assert";
import { ErrorReports, PollFlag } from "../../../kernel/reports/mod.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const NEWS = PollFlag.IN | PollFlag.PRI | PollFlag.ERR;

Deno.test("report_count shows how many reports there were, last_report the newest", () => {
  const ring = new ErrorReports();
  const count = ring.openFile("report_count");
  const last = ring.openFile("last_report");
  assertEquals(text(count.read()), "0\n");
  assertEquals(text(last.read()), "");
  ring.report({ detector: "d", title: "t", text: "one" });
  ring.report({ detector: "d", title: "t", text: "two" });
  assertEquals(text(count.read()), "2\n");
  assertEquals(text(last.read()), "two");
});

Deno.test("poll() of a file tells news until offset 0 is read; several reports are one piece of news", () => {
  const ring = new ErrorReports();
  const file = ring.openFile("report_count");
  assertEquals(file.poll(), NEWS, "never read");
  file.read();
  assertEquals(file.poll(), PollFlag.IN);
  ring.report({ detector: "d", title: "t" });
  ring.report({ detector: "d", title: "t" });
  assertEquals([file.poll(), file.poll()], [NEWS, NEWS]);
  file.read(1);
  assertEquals(file.poll(), NEWS, "not from the start");
  assertEquals(text(file.read()), "2\n");
  assertEquals(file.poll(), PollFlag.IN);
});

Deno.test("each opening of a file has a wake-up of its own", () => {
  const ring = new ErrorReports();
  const [one, other] = [
    ring.openFile("last_report"),
    ring.openFile("last_report"),
  ];
  one.read();
  assertEquals([one.poll(), other.poll()], [PollFlag.IN, NEWS]);
});

Deno.test("the content of a file stays until offset 0 is read again", () => {
  const ring = new ErrorReports();
  const file = ring.openFile("last_report");
  ring.report({ detector: "d", title: "t", text: "abcdef" });
  assertEquals(text(file.read(0, 3)), "abc");
  ring.report({ detector: "d", title: "t", text: "uvwxyz" });
  assertEquals(text(file.read(3)), "def");
  assertEquals(text(file.read(9)), "");
  assertEquals(text(file.read(0, 3)), "uvw");
});

Deno.test("a file shows at most one page, also of longer texts", () => {
  const ring = new ErrorReports({ sizeLimit: 10_000 });
  ring.report({ detector: "d", title: "t", text: "x".repeat(9000) });
  assertEquals(ring.last()!.truncated, false);
  assertEquals(ring.openFile("last_report").read(0, 10_000).length, 4096);
});
