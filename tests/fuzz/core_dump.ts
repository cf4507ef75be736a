import type { ByteSource } from "../../formats/base/byte_source.ts";
import {
  type CoreDump,
  describeSignal,
  describeSignalCode,
  FormatError,
  isCompressed,
  namedRegisters,
  openCore,
  spoolCore,
} from "../../formats/core_dump/mod.ts";
import { buildCore, sampleCore } from "../builders/core.ts";
import type { FuzzTarget } from "./target.ts";

/** Counts the bytes that are read. */
class CountingSource implements ByteSource {
  readonly size: number;
  count = 0;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.size = bytes.length;
  }

  read(offset: number, length: number): Uint8Array {
    const part = this.bytes.subarray(offset, offset + length);
    this.count += 64 + part.length;
    return part;
  }
}

let work = 0;

function drain(core: CoreDump): void {
  for (const thread of core.threads) {
    work += namedRegisters(thread).length + thread.registers.length;
  }
  if (core.signal !== undefined) {
    describeSignal(core.signal.number);
    describeSignalCode(core.signal.number, core.signal.code ?? 0);
  }
  const { memory } = core;
  for (let i = 0; i < memory.count; i++) {
    const { starts, ends, fileEnds } = memory;
    const isOrdered = starts[i]! <= fileEnds[i]! && fileEnds[i]! <= ends[i]! &&
      (i === 0 || ends[i - 1]! <= starts[i]!);
    if (!isOrdered) throw new Error(`segment ${i} is out of order`);
    const isFound = starts[i] === ends[i] || memory.find(starts[i]!) === i;
    if (!isFound) throw new Error(`segment ${i} is not found`);
    if (
      memory.offsets[i]! + fileEnds[i]! - starts[i]! > core.source.size &&
      fileEnds[i]! > starts[i]!
    ) {
      throw new Error(`segment ${i} reaches behind the file`);
    }
  }
  work += memory.count + core.mappings.length + core.auxv.size;
}

async function* pieces(
  bytes: Uint8Array,
  size: number,
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size);
  }
}

/** Core dumps: opened at random access and spooled. */
export const target: FuzzTarget = {
  name: "core_dump",
  seeds: () => [
    buildCore(sampleCore("x86-64")),
    buildCore(sampleCore("aarch64")),
    buildCore(sampleCore("s390x")),
    buildCore({ ...sampleCore("x86-64"), extendedCount: true }),
  ],
  work: () => work,
  workPerByte: 16,
  async run(input) {
    work = 0;
    isCompressed(input);
    const source = new CountingSource(input);
    let failure: FormatError | undefined;
    try {
      drain(await openCore(source));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      failure = error;
    }
    work += source.count;
    const spooled = await spoolCore(pieces(input, 1000), {
      memoryLimit: 1 << 16,
    });
    drain(await openCore(spooled.source));
    if (failure !== undefined) throw failure;
  },
};
