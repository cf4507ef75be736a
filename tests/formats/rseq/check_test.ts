import { assertEquals } from "@std/assert";
import {
  checkCriticalSection,
  decodeRseqCs,
  describeRseqRule,
  encodeRseqCs,
  FormatError,
  isInsideRseqCs,
  resolveCriticalSection,
  type RseqCheckContext,
  type RseqCs,
} from "../../../formats/rseq/mod.ts";
import { assertThrows } from "@std/assert";

const USER_END = 0x7fff_ffff_f000n;
const TOP = 1n << 64n;
const SIGNATURE = 0x5305_3053;

const GOOD: RseqCs = {
  version: 0,
  flags: 0,
  startIp: 0x1000n,
  postCommitOffset: 0x20n,
  abortIp: 0x2000n,
};

const CONTEXT: RseqCheckContext = {
  userEnd: USER_END,
  signature: SIGNATURE,
  readSignature: () => SIGNATURE,
};

function rules(
  changes: Partial<RseqCs>,
  context: Partial<RseqCheckContext> = {},
): string[] {
  return checkCriticalSection({ ...GOOD, ...changes }, {
    ...CONTEXT,
    ...context,
  }).map(({ rule }) => rule);
}

Deno.test("encodeRseqCs() gives back what decodeRseqCs() read, in both byte orders", () => {
  const bytes = Uint8Array.from({ length: 40 }, (_, i) => (i * 53 + 170) & 255);
  for (const littleEndian of [true, false]) {
    const section = decodeRseqCs(bytes, 5, littleEndian);
    assertEquals(encodeRseqCs(section, littleEndian), bytes.slice(5, 37));
  }
  assertEquals(decodeRseqCs(encodeRseqCs(GOOD, false), 0, false), GOOD);
  const error = assertThrows(() => decodeRseqCs(bytes, 9, true), FormatError);
  assertEquals([error.code, error.offset], ["truncated", 9]);
});

Deno.test("isInsideRseqCs() takes the start in and the end out, by unsigned distance", () => {
  const inside = [0xfffn, 0x1000n, 0x101fn, 0x1020n, 0n]
    .map((ip) => isInsideRseqCs(GOOD, ip));
  assertEquals(inside, [false, true, true, false, false]);
  const wrapped = { ...GOOD, startIp: TOP - 16n };
  assertEquals(isInsideRseqCs(wrapped, 15n), true);
  assertEquals(isInsideRseqCs(wrapped, 16n), false);
});

Deno.test("checkCriticalSection() finds nothing wrong with a good section", () => {
  assertEquals(rules({}), []);
  assertEquals(rules({ abortIp: 0x1020n }), []);
  assertEquals(rules({ abortIp: 0xfffn }), []);
  // A null rseq_cs is a section of length 0.
  assertEquals(rules({ postCommitOffset: 0n }), []);
});

Deno.test("checkCriticalSection() names each broken rule", () => {
  assertEquals(rules({ startIp: USER_END }), [
    "start-outside-user-space",
    "end-outside-user-space",
  ]);
  assertEquals(rules({ postCommitOffset: USER_END - 0x1000n }), [
    "end-outside-user-space",
    "abort-inside-section",
  ]);
  assertEquals(rules({ abortIp: USER_END }), ["abort-outside-user-space"]);
  assertEquals(rules({ version: 1 }), ["version"]);
  assertEquals(rules({ postCommitOffset: TOP - 0x800n }), [
    "wraps-around",
    "abort-inside-section",
  ]);
  assertEquals(rules({ abortIp: 0x1000n }), ["abort-inside-section"]);
  assertEquals(rules({ abortIp: 0x101fn }), ["abort-inside-section"]);
  assertEquals(rules({ flags: 4 }), ["section-flags"]);
  assertEquals(rules({}, { areaFlags: 0x10 }), ["area-flags"]);
});

Deno.test("checkCriticalSection() reads the signature in front of the handler", () => {
  const asked: bigint[] = [];
  const readSignature = (address: bigint) => {
    asked.push(address);
    return 0x1234;
  };
  assertEquals(rules({}, { readSignature }), ["signature"]);
  assertEquals(asked, [0x1ffcn]);
  assertEquals(rules({}, { readSignature, signature: undefined }), []);
  assertEquals(rules({}, { readSignature, signature: 0x1234 }), []);
  assertEquals(rules({}, { readSignature: () => undefined }), [
    "signature-unreadable",
  ]);
  // The handler's address leaves no room for a signature.
  assertEquals(rules({ abortIp: 3n }), ["signature-unreadable"]);
  // Numbers with the top bit set are compared as unsigned ones.
  assertEquals(
    rules({}, {
      signature: 0xb2ff_0fff | 0,
      readSignature: () => 0xb2ff_0fff,
    }),
    [],
  );
});

function action(
  changes: Partial<RseqCs>,
  ip: bigint,
  mode: "strict" | "lenient",
  context: Partial<RseqCheckContext> = {},
  isEventPending = true,
): string {
  const section = { ...GOOD, ...changes };
  const { action, rule } = resolveCriticalSection(
    section,
    ip,
    mode,
    { ...CONTEXT, ...context },
    isEventPending,
  );
  return rule === undefined ? action : `${action} ${rule}`;
}

Deno.test("resolveCriticalSection() aborts inside, clears outside, keeps where nothing happened", () => {
  for (const mode of ["strict", "lenient"] as const) {
    assertEquals(action({}, 0x1000n, mode), "abort");
    assertEquals(action({}, 0x101fn, mode), "abort");
    assertEquals(action({}, 0x1020n, mode), "clear");
    assertEquals(action({}, 0xfffn, mode), "clear");
  }
  assertEquals(action({}, 0x1000n, "strict", {}, false), "keep");
  assertEquals(action({}, 0x1020n, "strict", {}, false), "clear");
});

Deno.test("resolveCriticalSection() kills by the strict rules even outside the section, but for flags", () => {
  assertEquals(action({ version: 1 }, 0x5000n, "strict"), "kill version");
  const other = { readSignature: () => 0 };
  assertEquals(action({}, 0x5000n, "strict", other), "kill signature");
  assertEquals(action({ flags: 1 }, 0x5000n, "strict"), "clear");
  assertEquals(action({ flags: 1 }, 0x1000n, "strict"), "kill section-flags");
  const flags = { areaFlags: 1 };
  assertEquals(action({}, 0x1000n, "strict", flags), "kill area-flags");
  assertEquals(
    action({ flags: 1 }, 0x1000n, "strict", {}, false),
    "kill section-flags",
  );
});

Deno.test("resolveCriticalSection() looks, leniently, only at what an abort needs", () => {
  assertEquals(action({ version: 1, flags: 7 }, 0x1000n, "lenient"), "abort");
  assertEquals(action({ abortIp: 0x1008n }, 0x1000n, "lenient"), "abort");
  assertEquals(
    action({ abortIp: USER_END }, 0x1000n, "lenient"),
    "kill abort-outside-user-space",
  );
  const other = { readSignature: () => 0 };
  assertEquals(action({}, 0x1000n, "lenient", other), "kill signature");
  assertEquals(action({}, 0x5000n, "lenient", other), "clear");
  let reads = 0;
  const readSignature = () => ++reads;
  action({}, 0x5000n, "lenient", { readSignature });
  assertEquals(reads, 0);
});

Deno.test("describeRseqRule() has words for a rule", () => {
  assertEquals(describeRseqRule("version"), "version is not 0");
});
