import { assert, assertEquals } from "@std/assert";
import {
  decodeKexterr,
  decodeRecord,
  encodeKexterr,
  encodeRecord,
  makeRecord,
} from "../../../formats/exterr/mod.ts";
import {
  decodeHeader,
  decodePayload,
  encodeHeader,
  encodePayload,
  KTR,
  type KtraceLayout,
} from "../../../formats/ktrace/mod.ts";
import { fromHex } from "../../builders/exterr.ts";

const LAYOUTS: Record<string, KtraceLayout> = {
  amd64: { littleEndian: true, wordSize: 8 },
  aarch64: { littleEndian: true, wordSize: 8 },
  i386: { littleEndian: true, wordSize: 4 },
  s390x: { littleEndian: false, wordSize: 8 },
};

/** What tests/programs/records.c writes on a machine, by name. */
async function readRecords(
  machine: string,
): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
  const text = await Deno.readTextFile("tests/data/exterr/records.txt");
  const lines = text.trimEnd().split("\n").map((line) => line.split(" "));
  return Object.fromEntries(
    lines.filter(([name]) => name === machine)
      .map(([, name, hex]) => [name, fromHex(hex!)]),
  );
}

for (const [machine, layout] of Object.entries(LAYOUTS)) {
  const { littleEndian, wordSize } = layout;
  const ones = wordSize === 8 ? 0xffffffffffffffffn : 0xffffffffn;

  Deno.test(`encodeRecord() gives the bytes that a C compiler for ${machine} gives`, async () => {
    const { uexterror, kexterr } = await readRecords(machine);
    const record = {
      ...makeRecord({
        error: 45,
        category: 1,
        sourceLine: 310,
        p1: 0x123456789abcdef0n,
        p2: 0xfedcba9876543210n,
        message: "prot is not subset of max_prot",
      }),
      reserved1: [1n, 2n, 3n, 4n],
    };
    assertEquals(encodeRecord(record, littleEndian), uexterror);
    assertEquals(decodeRecord(uexterror!, 0, littleEndian), record);
    if (wordSize === 4) return; // kernels of 32 bits pack their own record closer
    const kernelRecord = {
      error: -1,
      padding: 0,
      messageAddress: 0x82402000n,
      p1: 3n,
      p2: 4n,
      category: 5,
      sourceLine: 6,
    };
    assertEquals(encodeKexterr(kernelRecord, littleEndian), kexterr);
    assertEquals(decodeKexterr(kexterr!, 0, littleEndian), kernelRecord);
  });

  Deno.test(`encodeHeader() gives the bytes that a C compiler for ${machine} gives`, async () => {
    const records = await readRecords(machine);
    const comm = new Uint8Array(20);
    comm.set(new TextEncoder().encode("demo"));
    const old = {
      isVersioned: false,
      version: 0,
      type: KTR.SYSRET as number,
      isAfterLoss: false,
      payloadSize: 16,
      pid: 812,
      comm,
      seconds: 1748000000,
      fraction: 123456,
      tid: 100321,
      cpu: 0,
      padding: 0,
    };
    const today = {
      ...old,
      isVersioned: true,
      version: 1,
      isAfterLoss: true,
      fraction: 123456789,
      cpu: 2,
    };
    assertEquals(encodeHeader(old, layout), records.header_v0);
    assertEquals(encodeHeader(today, layout), records.header_v1);
    assertEquals(decodeHeader(records.header_v0!, 0, layout), old);
    assertEquals(decodeHeader(records.header_v1!, 0, layout), today);
  });

  Deno.test(`encodePayload() gives the bytes that a C compiler for ${machine} gives`, async () => {
    const records = await readRecords(machine);
    const wanted = {
      SYSCALL: {
        kind: "SYSCALL",
        code: 477,
        padding: 0,
        args: [0n, 0x2000n, ones],
      },
      SYSRET: { kind: "SYSRET", code: 477, eosys: 0, error: 45, retval: -1n },
      PSIG: {
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
      CSW: {
        kind: "CSW",
        out: 0,
        user: 1,
        waitMessage: new TextEncoder().encode("nanslp\0\0"),
      },
      FAULT: { kind: "FAULT", address: 0x7000n, access: 2, padding: 0 },
      CAPFAIL: {
        kind: "CAPFAIL",
        failure: 6,
        code: 5,
        padding: 0,
        flags: 9,
        padding2: 0,
        data: new Uint8Array(1024).fill(3),
      },
    } as const;
    for (const [name, expected] of Object.entries(wanted)) {
      const bytes = records[name]!;
      assert(bytes.length > 0, name);
      const decoded = decodePayload(KTR[name as "PSIG"], bytes, layout);
      assertEquals<unknown>(decoded, expected);
      assertEquals(encodePayload(decoded, layout), bytes, name);
    }
  });
}
