import { assertEquals } from "@std/assert";
import { BytesSource } from "../../../formats/base/byte_source.ts";
import { formatAddress } from "../../../formats/base/address.ts";
import {
  MACHINE_REGISTERS,
  namedRegisters,
  openCore,
} from "../../../formats/core_dump/mod.ts";

interface Golden {
  core: string;
  process: { pid: number; parentPid: number; name: string; args: string };
  siginfo: [number: number, errno: number, code: number] | null;
  threads: { tid: number; registers: Record<string, string> }[];
  auxv: [tag: number, value: string][];
  files: [start: string, end: string, offset: string, path: string][];
}

const ROOT = new URL("../../", import.meta.url);

for (const name of ["linux_x86_64", "qemu_aarch64", "qemu_s390x"]) {
  Deno.test(`openCore() agrees with gdb and eu-readelf about ${name}`, async () => {
    const golden: Golden = JSON.parse(
      await Deno.readTextFile(new URL(`golden/core_dump/${name}.json`, ROOT)),
    );
    const bytes = await Deno.readFile(
      new URL(`data/core_dump/${golden.core}`, ROOT),
    );
    const core = await openCore(new BytesSource(bytes));
    assertEquals(core.process, golden.process);
    if (golden.siginfo !== null) {
      const { number, errno, code } = core.signal!;
      assertEquals([number, errno, code], golden.siginfo);
    }
    assertEquals(
      core.threads.map((thread) => thread.tid),
      golden.threads.map((thread) => thread.tid),
    );
    const roles = MACHINE_REGISTERS[core.machine];
    for (const [index, { registers }] of golden.threads.entries()) {
      const thread = core.threads[index]!;
      const named = namedRegisters(thread);
      const known = named.filter((one) => one.name in registers);
      assertEquals(
        Object.fromEntries(known.map((one) => [one.name, one.hex])),
        registers,
      );
      const pc = registers.rip ?? registers.pc ?? registers.pswa;
      assertEquals(formatAddress(thread.pc), pc);
      assertEquals(thread.registers[roles.pc], thread.pc);
      const sp = registers.rsp ?? registers.sp ?? registers.r15;
      assertEquals(formatAddress(thread.sp), sp);
    }
    // Numbers: aarch64 has more feature bits in AT_HWCAP2 than a Number holds, which rounds them.
    assertEquals(
      [...core.auxv],
      golden.auxv.map((
        [tag, value],
      ) => [tag, Number(BigInt.asIntN(64, BigInt(value)))]),
    );
    const files = core.mappings.map((file) => [
      formatAddress(file.start),
      formatAddress(file.end),
      formatAddress(file.fileOffset),
      file.path,
    ]);
    assertEquals(files, golden.files);
    // The files are cut behind the notes: that, and nothing else, is damaged.
    assertEquals(core.warnings.map((one) => one.field), ["p_filesz"]);
  });
}

Deno.test("openCore() strips the authentication code from a real aarch64 link register", async () => {
  const bytes = await Deno.readFile(
    new URL("data/core_dump/qemu_aarch64.core", ROOT),
  );
  const core = await openCore(new BytesSource(bytes));
  const thread = core.threads[0]!;
  const raw = namedRegisters(thread).find((one) => one.name === "x30")!.hex;
  // The program copied its return address to x20 before it signed x30.
  const plain = namedRegisters(thread).find((one) => one.name === "x20")!.hex;
  assertEquals(raw === plain, false);
  assertEquals(formatAddress(thread.registers[30]!), plain);
});
