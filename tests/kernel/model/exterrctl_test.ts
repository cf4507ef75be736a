import { assertEquals } from "@std/assert";
import { decodeRecord, messageTemplate } from "../../../formats/exterr/mod.ts";
import {
  Errno,
  Kernel,
  type KernelOptions,
} from "../../../kernel/model/mod.ts";

const RECORD = 0x10000;
const VERSION = new Uint8Array([2, 0, 1, 0x10]);

/** A thread with a page of memory at RECORD that begins with the version. */
function start(options: KernelOptions = {}): { kernel: Kernel; tid: number } {
  const kernel = new Kernel(options);
  const { tid } = kernel.spawn();
  assertEquals(kernel.call(tid, "mmap", RECORD, 8192, 3, 0x30), RECORD);
  write(kernel, tid, RECORD, VERSION);
  return { kernel, tid };
}

function write(
  kernel: Kernel,
  tid: number,
  address: number,
  bytes: Uint8Array,
): void {
  const { memory } = kernel.spaceOf(kernel.threads.get(tid)!);
  assertEquals(memory.copyOut(address, bytes), true);
}

function read(kernel: Kernel, tid: number): Uint8Array {
  const { memory } = kernel.spaceOf(kernel.threads.get(tid)!);
  return memory.copyIn(RECORD, 200)!;
}

Deno.test("exterrctl() registers a record of the known version once", () => {
  const { kernel, tid } = start();
  assertEquals(kernel.call(tid, "exterrctl", 1, 0, RECORD), 0);
  assertEquals(kernel.call(tid, "exterrctl", 1, 0, RECORD), -Errno.EBUSY);
  assertEquals(kernel.call(tid, "exterrctl", 1, 1, RECORD + 0x1000), -22);
  // FORCE with a record of another version has lost the old one
  assertEquals(kernel.call(tid, "exterrctl", 2, 0, 0), -Errno.EINVAL);
  assertEquals(kernel.call(tid, "exterrctl", 1, 0, 0x9000_0000), -Errno.EFAULT);
  assertEquals(kernel.call(tid, "exterrctl", 1, 2, RECORD), -Errno.EINVAL);
});

Deno.test("a failing call writes 196 bytes behind the version, a plain error four zeros", () => {
  const { kernel, tid } = start();
  kernel.call(tid, "exterrctl", 1, 0, RECORD);
  assertEquals(kernel.call(tid, "munmap", 5, 1), -Errno.EINVAL);
  const record = decodeRecord(read(kernel, tid), 0, true);
  assertEquals(record.version, 0x1001_0002);
  assertEquals(record.error, Errno.EINVAL);
  assertEquals(record.category, 200);
  assertEquals(record.p1, 5n);
  assertEquals(
    messageTemplate(record),
    "address %#jx is no page of user space",
  );
  assertEquals(kernel.call(tid, "getpid"), tid);
  assertEquals(decodeRecord(read(kernel, tid), 0, true), record);
  assertEquals(kernel.call(tid, "exterrctl", 3, 0, 0), -Errno.EINVAL);
  const after = decodeRecord(read(kernel, tid), 0, true);
  assertEquals(after, { ...record, error: 0 });
});

Deno.test("a faulting copyout ends the registration, keeps the errno and signals as set", () => {
  for (const faultedCopyout of ["signal", "silent"] as const) {
    const { kernel, tid } = start({ faultedCopyout });
    kernel.call(tid, "exterrctl", 1, 0, RECORD);
    kernel.call(tid, "mprotect", RECORD, 8192, 1);
    kernel.takeEvents();
    assertEquals(kernel.call(tid, "munmap", 5, 1), -Errno.EINVAL);
    const signals = kernel.takeEvents().filter(({ kind }) => kind === "signal");
    assertEquals(
      signals,
      faultedCopyout === "silent" ? [] : [{
        kind: "signal",
        tid,
        signal: { number: 11, code: 2, address: RECORD + 4, forced: true },
        fate: "killed",
      }],
    );
  }
});
