/**
 * Linux itself: `ptrace`, `waitpid` and `process_vm_readv` of the C library through Deno's foreign functions.
 *
 * All calls are made on the thread that runs this program's code, and block: the kernel lets only the thread that
 * began to trace go on.
 *
 * @module
 */
import { describeFailure } from "./file_source.ts";
import { InputError } from "./io.ts";
import { ERRNO, type LiveSystem, type WaitResult } from "./live_system.ts";

const PTRACE = {
  DETACH: 17,
  GETREGSET: 0x4204,
  SEIZE: 0x4206,
  INTERRUPT: 0x4207,
  GET_RSEQ_CONFIGURATION: 0x420f,
} as const;
const WNOHANG = 1;
const WALL = 0x4000_0000;
/** Size of `struct ptrace_rseq_configuration`. */
const RSEQ_CONFIGURATION_SIZE = 24;
/** More than any set of registers that is asked for. */
const REGISTERS_CAPACITY = 1024;
/** Ranges of one call, at most: `IOV_MAX`. */
const MAX_RANGE_COUNT = 1024;

const SYMBOLS = {
  ptrace: { parameters: ["i32", "i32", "usize", "usize"], result: "i32" },
  ptraceInto: {
    name: "ptrace",
    parameters: ["i32", "i32", "usize", "buffer"],
    result: "i32",
  },
  waitpid: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  process_vm_readv: {
    parameters: ["i32", "buffer", "usize", "buffer", "usize", "usize"],
    result: "i64",
  },
  usleep: { parameters: ["u32"], result: "i32" },
  __errno_location: { parameters: [], result: "pointer" },
} as const;

/** Names of the C library: glibc's, then musl's. */
const LIBRARIES = [
  "libc.so.6",
  `libc.musl-${Deno.build.arch}.so.1`,
  "libc.so",
];

/**
 * Opens the C library.
 *
 * @throws {InputError} If this is no Linux, or permissions lack.
 */
export function openLinux(): LiveSystem {
  if (Deno.build.os !== "linux") {
    throw new InputError("live processes can be looked at on Linux only");
  }
  return new Linux(openLibrary().symbols);
}

/** What the user is told when Deno refuses. */
export const NEEDS_ALL =
  "a live process can be looked at with all permissions only, since Deno guards /proc: run deno with -A";

function openLibrary(): Deno.DynamicLibrary<typeof SYMBOLS> {
  let reason = "";
  for (const name of LIBRARIES) {
    try {
      return Deno.dlopen(name, SYMBOLS);
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) {
        throw new InputError(NEEDS_ALL);
      }
      reason ||= error instanceof Error ? error.message : String(error);
    }
  }
  throw new InputError(`the C library cannot be opened: ${reason}`);
}

/** See the module's description. */
class Linux implements LiveSystem {
  readonly machine: string = Deno.build.arch;
  readonly ownPid: number = Deno.pid;
  private readonly libc: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];
  /** The error number's place does not move while the thread lives. */
  private readonly errno: Deno.UnsafePointerView;
  private readonly status: Int32Array<ArrayBuffer> = new Int32Array(1);
  private readonly vectors: BigUint64Array<ArrayBuffer> = new BigUint64Array(
    2 * MAX_RANGE_COUNT,
  );
  private readonly localVector: BigUint64Array<ArrayBuffer> =
    new BigUint64Array(2);

  private readonly registers: Uint8Array<ArrayBuffer> = new Uint8Array(
    REGISTERS_CAPACITY,
  );
  private readonly registersVector: BigUint64Array<ArrayBuffer> =
    new BigUint64Array(2);

  constructor(libc: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"]) {
    this.libc = libc;
    this.errno = new Deno.UnsafePointerView(libc.__errno_location()!);
    setVector(this.registersVector, this.registers);
  }

  now(): number {
    return performance.now();
  }

  pause(microseconds: number): void {
    this.libc.usleep(Math.ceil(microseconds));
  }

  readText(path: string): { text: string } | string {
    const bytes = this.readBytes(path);
    if (typeof bytes === "string") return bytes;
    return { text: new TextDecoder().decode(bytes) };
  }

  readBytes(path: string): Uint8Array | string {
    return guarded(() => Deno.readFileSync(path));
  }

  names(path: string): string[] | string {
    return guarded(() => Array.from(Deno.readDirSync(path), (one) => one.name));
  }

  identity(path: string): { device: string; inode: number } | undefined {
    const found = guarded(() => Deno.statSync(path));
    if (typeof found === "string" || found.ino === null) return undefined;
    // The kernel's encoding of a device: 12 bits of the major number in the middle, the rest at the ends.
    const major = (found.dev >>> 8) & 0xfff;
    const minor = (found.dev & 0xff) |
      (Math.floor(found.dev / 0x1000) & 0xf_ff00);
    const hex = (n: number) => n.toString(16).padStart(2, "0");
    return { device: `${hex(major)}:${hex(minor)}`, inode: found.ino };
  }

  seize(tid: number): number {
    return this.result(this.libc.ptrace(PTRACE.SEIZE, tid, 0n, 0n));
  }

  interrupt(tid: number): number {
    return this.result(this.libc.ptrace(PTRACE.INTERRUPT, tid, 0n, 0n));
  }

  wait(tid: number): WaitResult {
    const { status } = this;
    const found = this.result(
      this.libc.waitpid(tid, status, WALL | WNOHANG),
    );
    return { tid: found, status: status[0]! };
  }

  readRegisters(tid: number, set: number): Uint8Array | number {
    this.localVector.set(this.registersVector);
    const result = this.result(
      this.libc.ptraceInto(
        PTRACE.GETREGSET,
        tid,
        BigInt(set),
        this.localVector,
      ),
    );
    if (result < 0) return result;
    return this.registers.slice(0, Number(this.localVector[1]));
  }

  readRseqConfiguration(tid: number): Uint8Array | number {
    const result = this.result(
      this.libc.ptraceInto(
        PTRACE.GET_RSEQ_CONFIGURATION,
        tid,
        BigInt(RSEQ_CONFIGURATION_SIZE),
        this.registers,
      ),
    );
    if (result < 0) return result;
    return this.registers.slice(0, RSEQ_CONFIGURATION_SIZE);
  }

  detach(tid: number, signal: number): number {
    return this.result(
      this.libc.ptrace(PTRACE.DETACH, tid, 0n, BigInt(signal)),
    );
  }

  readMemory(pid: number, address: number, target: Uint8Array): number {
    return this.readRanges(pid, [address], [target.length], target);
  }

  readRanges(
    pid: number,
    starts: readonly number[],
    sizes: readonly number[],
    target: Uint8Array,
  ): number {
    if (target.length === 0) return 0;
    const count = Math.min(starts.length, MAX_RANGE_COUNT);
    for (let i = 0; i < count; i++) {
      this.vectors[2 * i] = BigInt(starts[i]!);
      this.vectors[2 * i + 1] = BigInt(sizes[i]!);
    }
    setVector(this.localVector, target);
    return this.result(Number(
      this.libc.process_vm_readv(
        pid,
        this.localVector,
        1n,
        this.vectors,
        BigInt(count),
        0n,
      ),
    ));
  }

  private result(value: number): number {
    return value === -1 ? -(this.errno.getInt32() || ERRNO.IO) : value;
  }
}

/** One `struct iovec`: address and size. */
function setVector(
  vector: BigUint64Array<ArrayBuffer>,
  target: Uint8Array,
): void {
  const pointer = Deno.UnsafePointer.of(target as Uint8Array<ArrayBuffer>);
  vector[0] = BigInt(Deno.UnsafePointer.value(pointer));
  vector[1] = BigInt(target.length);
}

function guarded<T>(action: () => T): T | string {
  try {
    return action();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      throw new InputError(NEEDS_ALL);
    }
    return describeFailure(error);
  }
}
