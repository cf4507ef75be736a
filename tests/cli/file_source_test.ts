import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  describeFailure,
  FileSource,
  openFile,
} from "../../cli/file_source.ts";

const SELF = new URL(import.meta.url).pathname;

Deno.test("FileSource.read() reads any range and no more than there is", () => {
  const file = openFile(SELF);
  assert(file instanceof FileSource);
  const bytes = Deno.readFileSync(SELF);
  assertEquals(file.size, bytes.length);
  assertEquals(file.read(0, 6), bytes.subarray(0, 6));
  assertEquals(file.read(100, 50), bytes.subarray(100, 150));
  assertEquals(file.read(3, 1e12), bytes.subarray(3));
  assertEquals(file.read(file.size - 1, 2).length, 1);
  assertEquals(file.read(file.size, 1).length, 0);
  assertEquals(file.read(1e15, 1).length, 0);
  assertEquals(file.read(0, 0).length, 0);
  file.close();
});

Deno.test("openFile() says why it does not open something", () => {
  assertEquals(openFile(`${SELF}.not`), "not found");
  assertEquals(openFile(SELF.replace(/[^/]*$/, "")), "is a directory");
  // Outside the folder that tests may read: the refusal is the runtime's, and nothing is asked for.
  assertEquals(
    openFile("/etc/hostname"),
    "reading is not permitted (run with --allow-read)",
  );
});

Deno.test("describeFailure() says what would permit it", () => {
  const { NotCapable } = Deno.errors;
  const told = (message: string) => describeFailure(new NotCapable(message));
  assertStringIncludes(told('Requires read access to "a"'), "--allow-read");
  assertStringIncludes(told('Requires write access to "a"'), "--allow-write");
  assertStringIncludes(
    told('Requires all access to "/dev/kmsg"'),
    "--allow-all",
  );
});
