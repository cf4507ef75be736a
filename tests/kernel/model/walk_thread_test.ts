import { assertEquals } from "@std/assert";
import { walkThread } from "../../../kernel/model/mod.ts";
import {
  codeProcess,
  leafFunction,
  SECTION,
  STACK,
  TEXT,
  TEXT_SIZE,
  writeSection,
} from "../../builders/code_process.ts";
import { wordBytes } from "../../builders/rows.ts";

Deno.test("walkThread() walks three frames by a section that is registered in memory", () => {
  const process = codeProcess();
  const size = writeSection(process, [
    leafFunction(TEXT),
    leafFunction(TEXT + 64),
    leafFunction(TEXT + 128),
  ]);
  assertEquals(process.codectl(1, [SECTION, size, TEXT, TEXT_SIZE]), 0);
  process.write(STACK, wordBytes([TEXT + 64 + 20, 77, TEXT + 128 + 30, 88, 0]));
  process.stop(TEXT + 2, STACK, 66);
  assertEquals(walkThread(process.kernel, process.tid), {
    frames: [
      { pc: TEXT + 2, cfa: STACK + 8, table: "sframe-v3" },
      { pc: TEXT + 84, cfa: STACK + 24, table: "sframe-v3" },
      { pc: TEXT + 158, cfa: STACK + 40, table: "sframe-v3" },
      // the kernel follows a return address of 0 as any other
      { pc: 0, cfa: null, table: null },
    ],
    stop: "no-module",
  });
});
