/**
 * Builds perf.data captures byte by byte, files and streams, in either byte order. Independent of the decoder: offsets are
 * written out here as the format's documentation has them.
 */

/** Fields of a sample; those that the event does not sample are ignored. */
export interface SampleFields {
  ip?: bigint;
  pid?: number;
  tid?: number;
  time?: bigint;
  id?: bigint;
  cpu?: number;
  period?: bigint;
  chain?: bigint[];
  raw?: Uint8Array;
  /** Values in the order of the mask's bits; none for ABI 0. */
  registers?: bigint[];
  abi?: bigint;
  stack?: Uint8Array;
  /** Bytes of `stack` that are valid; default all. */
  stackValid?: number;
}

/** An event. */
export interface EventFields {
  type?: number;
  config?: bigint;
  sampleType: number;
  readFormat?: number;
  /** Numbers of flags: 18 is sample_id_all. */
  flags?: number[];
  registers?: bigint;
  stackSize?: number;
  ids?: bigint[];
}

export const BIT = {
  ip: 1,
  tid: 2,
  time: 4,
  read: 0x10,
  chain: 0x20,
  id: 0x40,
  cpu: 0x80,
  period: 0x100,
  raw: 0x400,
  registers: 0x1000,
  stack: 0x2000,
  identifier: 0x10000,
} as const;

/** What dwarf call graphs of one event sample. */
export const DWARF_SAMPLE: number = BIT.ip | BIT.tid | BIT.time | BIT.chain |
  BIT.period | BIT.registers | BIT.stack;

/** Registers that perf asks for on x86-64. */
export const X86_REGISTERS = 0xff0fffn;

/** x86-64 registers in perf's order, all 0 but those given. */
export function x86Registers(
  { ip, sp, bp = 0n }: { ip: bigint; sp: bigint; bp?: bigint },
): bigint[] {
  const values = new Array<bigint>(20).fill(0n);
  values[6] = bp;
  values[7] = sp;
  values[8] = ip;
  return values;
}

/** A growing array of bytes. */
class Bytes {
  private bytes: number[] = [];
  private readonly littleEndian: boolean;

  constructor(littleEndian: boolean) {
    this.littleEndian = littleEndian;
  }

  get size(): number {
    return this.bytes.length;
  }

  number(value: number | bigint, size: number): this {
    let rest = BigInt.asUintN(8 * size, BigInt(value));
    const digits: number[] = [];
    for (let i = 0; i < size; i++) {
      digits.push(Number(rest & 0xffn));
      rest >>= 8n;
    }
    if (!this.littleEndian) digits.reverse();
    this.bytes.push(...digits);
    return this;
  }

  u16(value: number): this {
    return this.number(value, 2);
  }

  u32(value: number): this {
    return this.number(value, 4);
  }

  u64(value: number | bigint): this {
    return this.number(value, 8);
  }

  raw(bytes: Iterable<number>): this {
    for (const byte of bytes) this.bytes.push(byte);
    return this;
  }

  /** Text with a NUL, padded to a multiple of 8 bytes. */
  text(text: string): this {
    this.raw(new TextEncoder().encode(text)).raw([0]);
    return this.pad(8);
  }

  pad(unit: number): this {
    while (this.bytes.length % unit !== 0) this.bytes.push(0);
    return this;
  }

  done(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.bytes);
  }
}

/** Builds one capture. */
export class PerfDataBuilder {
  readonly littleEndian: boolean;
  private readonly events: EventFields[];
  private readonly records: Uint8Array[] = [];
  private readonly features: [number: number, payload: Uint8Array][] = [];

  constructor(events: EventFields[], littleEndian = true) {
    this.events = events;
    this.littleEndian = littleEndian;
  }

  bytes(): Bytes {
    return new Bytes(this.littleEndian);
  }

  /** A record of any type. */
  record(type: number, misc: number, body: Uint8Array): this {
    this.records.push(
      this.bytes().u32(type).u16(misc).u16(8 + body.length).raw(body).done(),
    );
    return this;
  }

  /** The sample id of event 0 behind the fields of other records. */
  private sampleId(
    body: Bytes,
    { pid = 0, tid = 0, time = 0n, id = 0n, cpu = 0 }: SampleFields,
  ): Uint8Array {
    const [event] = this.events;
    if (event!.flags?.includes(18) !== true) return body.done();
    const { sampleType } = event!;
    if (sampleType & BIT.tid) body.u32(pid).u32(tid);
    if (sampleType & BIT.time) body.u64(time);
    if (sampleType & BIT.id) body.u64(id);
    if (sampleType & BIT.cpu) body.u32(cpu).u32(0);
    if (sampleType & BIT.identifier) body.u64(id);
    return body.done();
  }

  mmap2(
    { pid, start, size, offset, path, prot = 5, buildId, time }: {
      pid: number;
      start: bigint;
      size: bigint;
      offset: bigint;
      path: string;
      prot?: number;
      buildId?: number[];
      time?: bigint;
    },
  ): this {
    const body = this.bytes().u32(pid).u32(pid).u64(start).u64(size)
      .u64(offset);
    if (buildId === undefined) body.u32(8).u32(1).u64(42).u64(0);
    else {
      const padded = [...buildId, ...new Array(20 - buildId.length).fill(0)];
      body.raw([buildId.length, 0, 0, 0]).raw(padded);
    }
    body.u32(prot).u32(2).text(path);
    const misc = 2 | (buildId === undefined ? 0 : 1 << 14);
    return this.record(
      10,
      misc,
      this.sampleId(body, time === undefined ? {} : { time, pid, tid: pid }),
    );
  }

  comm(pid: number, tid: number, comm: string, time = 0n, exec = false): this {
    const body = this.bytes().u32(pid).u32(tid).text(comm);
    return this.record(3, exec ? 1 << 13 : 0, this.sampleId(body, { time }));
  }

  fork(pid: number, tid: number, ppid: number, ptid: number, time = 0n): this {
    return this.task(7, pid, tid, ppid, ptid, time);
  }

  exit(pid: number, tid: number, time = 0n): this {
    return this.task(4, pid, tid, pid, tid, time);
  }

  private task(
    type: number,
    pid: number,
    tid: number,
    ppid: number,
    ptid: number,
    time: bigint,
  ): this {
    const body = this.bytes().u32(pid).u32(ppid).u32(tid).u32(ptid).u64(time);
    return this.record(type, 0, this.sampleId(body, { time }));
  }

  lost(count: bigint, time = 0n): this {
    const body = this.bytes().u64(1n).u64(count);
    return this.record(2, 0, this.sampleId(body, { time }));
  }

  finishedRound(): this {
    return this.record(68, 0, new Uint8Array(0));
  }

  /** A sample of event `event`. */
  sample(fields: SampleFields, event = 0): this {
    return this.record(9, 2, this.sampleBody(fields, this.events[event]!));
  }

  sampleBody(fields: SampleFields, event: EventFields): Uint8Array {
    const { sampleType } = event;
    const body = this.bytes();
    if (sampleType & BIT.identifier) body.u64(fields.id ?? 0n);
    if (sampleType & BIT.ip) body.u64(fields.ip ?? 0n);
    if (sampleType & BIT.tid) body.u32(fields.pid ?? 0).u32(fields.tid ?? 0);
    if (sampleType & BIT.time) body.u64(fields.time ?? 0n);
    if (sampleType & BIT.id) body.u64(fields.id ?? 0n);
    if (sampleType & BIT.cpu) body.u32(fields.cpu ?? 0).u32(0);
    if (sampleType & BIT.period) body.u64(fields.period ?? 1n);
    if (sampleType & BIT.read) this.readValues(body, event.readFormat ?? 0);
    if (sampleType & BIT.chain) {
      const chain = fields.chain ?? [];
      body.u64(chain.length);
      for (const word of chain) body.u64(word);
    }
    if (sampleType & BIT.raw) {
      const raw = fields.raw ?? new Uint8Array(4);
      body.u32(raw.length).raw(raw).pad(8);
    }
    if (sampleType & BIT.registers) {
      const { registers = [], abi = registers.length > 0 ? 2n : 0n } = fields;
      body.u64(abi);
      for (const value of registers) body.u64(value);
    }
    if (sampleType & BIT.stack) {
      const stack = fields.stack ?? new Uint8Array(0);
      body.u64(stack.length);
      if (stack.length > 0) {
        body.raw(stack).u64(fields.stackValid ?? stack.length);
      }
    }
    return body.done();
  }

  /** A group of two counters, or one. */
  private readValues(body: Bytes, format: number): void {
    const values = format & 8 ? 2 : 1;
    if (format & 8) body.u64(values);
    if (!(format & 8)) body.u64(7);
    for (const bit of [1, 2]) if (format & bit) body.u64(9);
    for (let i = 0; i < values; i++) {
      if (format & 8) body.u64(7);
      for (const bit of [4, 16]) if (format & bit) body.u64(9);
    }
  }

  feature(number: number, payload: Uint8Array): this {
    this.features.push([number, payload]);
    return this;
  }

  /** A feature that is a text. */
  textFeature(number: number, text: string): this {
    const bytes = new TextEncoder().encode(text);
    const payload = this.bytes().u32(bytes.length + 1).raw(bytes).raw([0]);
    return this.feature(number, payload.done());
  }

  /** `perf_event_attr`, 144 bytes. */
  attr(event: EventFields): Uint8Array {
    const { littleEndian } = this;
    let flags = 0n;
    for (const flag of event.flags ?? []) {
      flags |= 1n << BigInt(littleEndian ? flag : 63 - flag);
    }
    return this.bytes().u32(event.type ?? 1).u32(144).u64(event.config ?? 0n)
      .u64(1000).u64(event.sampleType).u64(event.readFormat ?? 0).u64(flags)
      .u32(0).u32(0).u64(0).u64(0).u64(0).u64(event.registers ?? 0n)
      .u32(event.stackSize ?? 0).u32(0).raw(new Uint8Array(144 - 96)).done();
  }

  /** All records. */
  data(): Uint8Array<ArrayBuffer> {
    return this.bytes().raw(this.records.flatMap((record) => [...record]))
      .done();
  }

  /**
   * A file: head, ids, table of events, records, features.
   *
   * @param size What the head says of the records' size; default their size.
   */
  build(size?: number): Uint8Array<ArrayBuffer> {
    const data = this.data();
    const attrSize = 160;
    const ids = this.bytes();
    const table = this.bytes();
    for (const event of this.events) {
      const at = 104 + ids.size;
      for (const id of event.ids ?? []) ids.u64(id);
      table.raw(this.attr(event)).u64(at).u64(8 * (event.ids?.length ?? 0));
    }
    const attrsOffset = 104 + ids.size;
    const dataOffset = attrsOffset + table.size;
    const bitmap = new Uint8Array(32);
    const features = this.features.toSorted(([a], [b]) => a - b);
    for (const [number] of features) {
      const byte = number >> 3;
      bitmap[this.littleEndian ? byte : byte ^ 7]! |= 1 << (number & 7);
    }
    const file = this.bytes().raw(this.magic()).u64(104).u64(attrSize)
      .u64(attrsOffset).u64(table.size).u64(dataOffset)
      .u64(size ?? data.length).u64(0).u64(0).raw(bitmap)
      .raw(ids.done()).raw(table.done()).raw(data);
    let at = dataOffset + data.length + 16 * features.length;
    for (const [, payload] of features) {
      file.u64(at).u64(payload.length);
      at += payload.length;
    }
    for (const [, payload] of features) file.raw(payload);
    return file.done();
  }

  /** A stream: head of 16 bytes, events and features as records, then the records. */
  buildPipe(): Uint8Array<ArrayBuffer> {
    const stream = this.bytes().raw(this.magic()).u64(16);
    for (const event of this.events) {
      const ids = event.ids ?? [];
      stream.u32(64).u16(0).u16(8 + 144 + 8 * ids.length)
        .raw(this.attr(event));
      for (const id of ids) stream.u64(id);
    }
    for (const [number, payload] of this.features) {
      stream.u32(80).u16(0).u16(16 + payload.length).u64(number).raw(payload);
    }
    return stream.raw(this.data()).done();
  }

  private magic(): Uint8Array {
    const magic = new TextEncoder().encode("PERFILE2");
    return this.littleEndian ? magic : magic.reverse();
  }
}
