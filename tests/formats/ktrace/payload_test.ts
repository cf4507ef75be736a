import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  decodePayload,
  encodePayload,
  FormatError,
  KTR,
  type KtracePayload,
  payloadStrings,
  typeName,
} from "../../../formats/ktrace/mod.ts";
import { messageTemplate } from "../../../formats/exterr/mod.ts";
import { AMD64, MACHINES, samplePayloads } from "../../builders/ktrace.ts";

function decodeAll(machine = AMD64): KtracePayload[] {
  return samplePayloads(machine).map(([type, payload]) =>
    decodePayload(type, payload, machine)
  );
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

for (const machine of MACHINES.filter(({ versioned }) => versioned)) {
  const { littleEndian, wordSize } = machine;
  const name = `${8 * wordSize}-bit ${littleEndian ? "little" : "big"}-endian`;
  Deno.test(`decodePayload() reads every kind of record of a ${name} machine`, () => {
    const all = decodeAll(machine);
    const ones = wordSize === 8 ? 0xffffffffffffffffn : 0xffffffffn;
    const fill = (size: number, value: number) =>
      new Uint8Array(size).fill(value);
    const exterr = all[19]!;
    assert(exterr.kind === "EXTERR");
    assertEquals(exterr.record.version, 0);
    assertEquals([exterr.record.error, exterr.record.sourceLine], [45, 310]);
    assertEquals(messageTemplate(exterr.record), "prot %#jx is not subset");
    assertEquals<unknown>(all.toSpliced(19, 1), [
      { kind: "SYSCALL", code: 477, padding: 0, args: [0n, 0x2000n, ones] },
      { kind: "SYSRET", code: 477, eosys: 0, error: 45, retval: -1n },
      { kind: "NAMEI", bytes: bytes("/etc/passwd") },
      { kind: "GENIO", fd: 3, direction: 0, data: bytes("data\n") },
      {
        kind: "PSIG",
        signal: 11,
        padding: 0,
        handler: 0x401000n,
        code: 2,
        mask: 0x11111111,
        mask2: 0x11111111,
        mask3: 0x11111111,
        mask4: 0x11111111,
        tail: 0,
      },
      { kind: "CSW", out: 1, user: 0 },
      { kind: "CSW", out: 0, user: 1, waitMessage: bytes("nanslp\0\0") },
      { kind: "USER", bytes: bytes("RTLD....") },
      { kind: "STRUCT", name: "stat", data: fill(16, 7) },
      { kind: "SYSCTL", bytes: bytes("kern.osrelease\0") },
      { kind: "PROCCTOR", flags: 0x1000 },
      { kind: "PROCDTOR", bytes: bytes("") },
      {
        kind: "CAPFAIL_OLD",
        failure: 0,
        padding: 0,
        needed: fill(16, 1),
        held: fill(16, 2),
      },
      {
        kind: "CAPFAIL",
        failure: 6,
        code: 5,
        padding: 0,
        flags: 9,
        padding2: 0,
        data: fill(1024, 3),
      },
      { kind: "FAULT", address: 0x7000n, access: 2, padding: 0 },
      { kind: "FAULTEND", result: 0 },
      {
        kind: "STRUCT_ARRAY",
        elementSize: 8n,
        name: "kevent",
        data: fill(16, 4),
      },
      { kind: "ARGS", bytes: bytes("ls\0-l\0") },
      { kind: "ENVS", bytes: bytes("HOME=/root\0TERM=xterm\0") },
      { kind: "UNKNOWN", bytes: bytes("of another system") },
    ]);
  });
}

Deno.test("encodePayload() gives back the bytes of every kind, padding included", () => {
  for (const machine of MACHINES) {
    for (const [type, payload] of samplePayloads(machine)) {
      const decoded = decodePayload(type, payload, machine);
      assertEquals(encodePayload(decoded, machine), payload, typeName(type));
      if (type === KTR.SYSCALL || type === KTR.EXTERR) continue;
      const noise = payload.map((_, i) => (i * 89 + 3) & 0xff);
      // Names of structures need their NUL.
      if (type === KTR.STRUCT || type === KTR.STRUCT_ARRAY) noise[12] = 0;
      assertEquals(
        encodePayload(decodePayload(type, noise, machine), machine),
        noise,
        typeName(type),
      );
    }
  }
});

Deno.test("encodePayload() gives back a call's padding and its number of arguments", () => {
  const payload = new Uint8Array(8 + 24).fill(0xa5);
  payload.set([0xff, 0xff, 3, 0], 0);
  const decoded = decodePayload(KTR.SYSCALL, payload, AMD64);
  assert(decoded.kind === "SYSCALL");
  assertEquals([decoded.code, decoded.args.length], [-1, 3]);
  assertEquals(encodePayload(decoded, AMD64), payload);
});

Deno.test("decodePayload() refuses payloads of another size than their structure's", () => {
  for (const [type, payload] of samplePayloads()) {
    const isOpen = [3, 4, 7, 8, 9, 11, 15, 16, 17, 40].includes(type);
    if (isOpen) continue;
    for (const size of [payload.length - 1, payload.length + 1]) {
      const wrong = new Uint8Array(size);
      wrong.set(payload.subarray(0, size));
      const error = assertThrows(
        () => decodePayload(type, wrong, AMD64, 0x77),
        FormatError,
      );
      assertEquals([error.code, error.offset], ["bad-value", 0x77]);
    }
  }
  for (const [type, size] of [[4, 7], [15, 7], [1, 7]] as const) {
    assertThrows(
      () => decodePayload(type, new Uint8Array(size), AMD64),
      FormatError,
    );
  }
});

Deno.test("decodePayload() refuses counts that do not fit, and names without an end", () => {
  const call = new Uint8Array(24);
  for (const count of [0, 1, 3, -1]) {
    new DataView(call.buffer).setInt16(2, count, true);
    const error = assertThrows(
      () => decodePayload(KTR.SYSCALL, call, AMD64),
      FormatError,
    );
    assertEquals([error.field, error.value], ["SYSCALL ktr_narg", count]);
  }
  const error = assertThrows(
    () => decodePayload(KTR.STRUCT, bytes("stat"), AMD64),
    FormatError,
  );
  assertEquals(error.field, "STRUCT name");
});

Deno.test("decodePayload() tells old and new CSW and CAPFAIL apart by size, and takes a structure that is missing", () => {
  const kinds = decodeAll().map(({ kind }) => kind);
  assertEquals(kinds.filter((kind) => kind.startsWith("CAPFAIL")), [
    "CAPFAIL_OLD",
    "CAPFAIL",
  ]);
  const missing = decodePayload(KTR.STRUCT, bytes("stat\0"), AMD64);
  assert(missing.kind === "STRUCT");
  assertEquals([missing.name, missing.data.length], ["stat", 0]);
});

Deno.test("payloadStrings() takes strings with and without a last NUL", () => {
  assertEquals(payloadStrings(bytes("ls\0-l\0")), ["ls", "-l"]);
  assertEquals(payloadStrings(bytes("ls\0-l")), ["ls", "-l"]);
  assertEquals(payloadStrings(bytes("ls\0\0x\0")), ["ls", "", "x"]);
  assertEquals(payloadStrings(bytes("")), []);
});
