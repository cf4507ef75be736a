/**
 * One capture on its way into a profile: its records in the order of time, its processes as of each moment.
 *
 * @module
 */
import { FormatError } from "../../formats/base/error.ts";
import {
  type Chunk,
  decodeComm,
  decodeLost,
  decodeMapping,
  decodeTask,
  FIRST_USER_TYPE,
  type MappingRecord,
  Misc,
  type PerfData,
  type RecordBytes,
  type RecordStream,
  RecordType,
} from "../../formats/perf_data/mod.ts";
import { NO_MODULE } from "../walk/code_map.ts";
import type { AddressCache } from "./address_cache.ts";
import { type Process, ProcessTable } from "./address_space.ts";
import { FrameKind } from "./frame_table.ts";
import type { ModuleList } from "./modules.ts";
import { RecordQueue } from "./record_queue.ts";

/** Buffers in use from which on those that only wait for their turn are given up, to be read again. */
const MAX_CHUNK_COUNT = 40;
/** Records that may wait where they cannot be read again, or at all. */
const MAX_WAITING_COUNT = 1 << 19;
/** Largest record. */
const MAX_RECORD_SIZE = 0x10000;
const TWO_32 = 0x1_0000_0000;

/** What a capture has lost, and what is wrong with it. */
export interface CaptureCounts {
  /** Records that the kernel dropped. */
  lost: number;
  /** Records that make no sense. */
  damaged: number;
  /** Records that came too late for their place in the order of time. */
  late: number;
}

/** Takes the samples of a capture in the order of time. */
export interface CaptureSink {
  /**
   * Takes the sample in the view.
   *
   * @returns A promise if data have to be loaded: then the same sample comes again.
   */
  takeSample(
    view: DataView,
    offset: number,
    size: number,
  ): Promise<void> | undefined;
  /** Takes a deferred call chain. @returns As {@linkcode CaptureSink.takeSample}. */
  takeChain(record: RecordBytes): Promise<void> | undefined;
  /** What has to be waited for after a record that was taken, before the next. */
  waiting: Promise<void> | undefined;
}

/** See the module's description. */
export class Capture {
  /** The processes as of the present record. */
  readonly processes: ProcessTable;
  /** What is missing. */
  readonly counts: CaptureCounts = { lost: 0, damaged: 0, late: 0 };
  /** The text of the kernel and its modules. */
  readonly kernel: Process;
  private readonly data: PerfData;
  private readonly modules: ModuleList;
  private readonly cache: AddressCache;
  private readonly sink: CaptureSink;
  private readonly queue: RecordQueue = new RecordQueue();
  private readonly spare: Uint8Array = new Uint8Array(MAX_RECORD_SIZE);
  private readonly spareView: DataView = new DataView(this.spare.buffer);
  /** Where the first queued record lies, if it was read again. */
  private spareFor = NaN;
  /** Time that others are counted from: differences are exact, whatever the clock. */
  private baseHigh = NaN;
  private baseLow = 0;
  /** Latest time seen, and the same at the end of the last round: nothing before that is still to come. */
  private latest = -Infinity;
  private roundEnd = -Infinity;
  private lastTime = -Infinity;
  private readonly record: RecordBytes;

  /** Reads `data`. */
  constructor(
    data: PerfData,
    modules: ModuleList,
    cache: AddressCache,
    comms: string[],
    sink: CaptureSink,
  ) {
    this.data = data;
    this.modules = modules;
    this.cache = cache;
    this.sink = sink;
    this.processes = new ProcessTable(modules.instances, comms);
    this.kernel = this.processes.get(-1);
    const { littleEndian } = data.header;
    this.record = {
      view: this.spareView,
      offset: 0,
      size: 0,
      littleEndian,
    };
  }

  /** Reads the whole capture. `progress` is told how far it is, in bytes. */
  async run(progress: ((position: number) => void) | undefined): Promise<void> {
    const { records } = this.data;
    let more = true;
    while (more) {
      while (records.next()) {
        const pending = this.accept(records);
        if (pending !== undefined) await this.drain(pending);
      }
      const filled = records.fill();
      more = typeof filled === "boolean" ? filled : await filled;
      progress?.(records.byteCount);
    }
    await this.drain(Infinity);
    if (records.error !== undefined) this.data.warn(records.error);
  }

  /** Takes the present record of the stream. Returns a time if all up to that is due. */
  private accept(records: RecordStream): number | undefined {
    const { type } = records;
    if (type === RecordType.FINISHED_ROUND) {
      const due = this.roundEnd;
      this.roundEnd = this.latest;
      return due;
    }
    if (type >= FIRST_USER_TYPE) {
      this.data.describe();
      return undefined;
    }
    const { chunk, offset, size } = records;
    const time = this.timeOf(chunk.view, type, offset, size);
    if (time === undefined) {
      this.counts.damaged++;
      return undefined;
    }
    if (Number.isNaN(time)) {
      // Samples without a time wait for nothing but those before them, and can be waited for only in the queue.
      if (type !== RecordType.SAMPLE) {
        this.apply(chunk.view, offset, size);
        return undefined;
      }
      this.queue.add(this.latest, chunk, offset);
      return this.latest;
    }
    if (time > this.latest) this.latest = time;
    this.queue.add(time, chunk, offset);
    return this.makeRoom(records);
  }

  /** Keeps memory bounded however long nothing is due. */
  private makeRoom(records: RecordStream): number | undefined {
    const { queue } = this;
    if (records.pool.usedCount > MAX_CHUNK_COUNT) {
      if (
        Number.isNaN(records.chunk.position) || this.data.source === undefined
      ) {
        return queue.middleTime();
      }
      queue.forgetBytes((chunk) => records.pool.release(chunk));
    }
    return queue.count > MAX_WAITING_COUNT ? queue.middleTime() : undefined;
  }

  /**
   * Time of a record, from the first record's; NaN if it has none, undefined if it is too short. Samples without a time
   * are taken as they come.
   */
  private timeOf(
    view: DataView,
    type: number,
    offset: number,
    size: number,
  ): number | undefined {
    const { events, header: { littleEndian } } = this.data;
    let at: number;
    if (type === RecordType.SAMPLE) {
      const event = events.ofSample(view, offset, size);
      if (event === undefined) return undefined;
      at = event.decoder.timeOffset;
      if (at === 0) return NaN;
    } else {
      const { time = 0, size: idSize = 0 } =
        events.ofRecord(view, offset, size)?.sampleId ?? {};
      if (time === 0) return NaN;
      if (8 + idSize > size) return undefined;
      at = size + time;
    }
    if (at + 8 > size) return undefined;
    at += offset;
    const low = view.getUint32(littleEndian ? at : at + 4, littleEndian);
    const high = view.getUint32(littleEndian ? at + 4 : at, littleEndian);
    // What perf makes up itself has time 0, or all ones.
    if ((low | high) === 0 || (low & high) === -1) return NaN;
    if (Number.isNaN(this.baseHigh)) {
      this.baseHigh = high;
      this.baseLow = low;
    }
    return (high - this.baseHigh) * TWO_32 + (low - this.baseLow);
  }

  /** Gives out all records up to `limit`, in order. */
  private async drain(limit: number): Promise<void> {
    const { queue } = this;
    while (queue.isDue(limit)) {
      const pending = this.takeFirst(queue.chunk);
      if (pending !== undefined) await pending;
      if (this.sink.waiting !== undefined) await this.wait();
    }
  }

  private async wait(): Promise<void> {
    const { waiting } = this.sink;
    this.sink.waiting = undefined;
    await waiting;
  }

  /** Gives out the first record, or says what has to be waited for. */
  private takeFirst(chunk: Chunk | undefined): Promise<void> | undefined {
    const { queue } = this;
    if (chunk === undefined && this.spareFor !== queue.position) {
      return this.readAgain(queue.position);
    }
    const view = chunk?.view ?? this.spareView;
    const offset = chunk === undefined ? 0 : queue.offset;
    const size = view.getUint16(offset + 6, this.record.littleEndian);
    const pending = this.apply(view, offset, size);
    if (pending !== undefined) return pending;
    if (queue.time < this.lastTime) this.counts.late++;
    else this.lastTime = queue.time;
    queue.take();
    if (chunk !== undefined) this.data.records.pool.release(chunk);
    else this.spareFor = NaN;
    return undefined;
  }

  private async readAgain(position: number): Promise<void> {
    const source = this.data.source!;
    if (source.readInto !== undefined) source.readInto(position, this.spare);
    else this.spare.set(await source.read(position, MAX_RECORD_SIZE));
    this.spareFor = position;
  }

  /** Does what the record says. Returns a promise if it has to be done again after that. */
  private apply(
    view: DataView,
    offset: number,
    size: number,
  ): Promise<void> | undefined {
    const { record, counts } = this;
    const { littleEndian } = record;
    const type = view.getUint32(offset, littleEndian);
    if (type === RecordType.SAMPLE) {
      return this.sink.takeSample(view, offset, size);
    }
    record.view = view;
    record.offset = offset;
    const idSize = this.data.events.ofRecord(view, offset, size)?.sampleId.size;
    record.size = size - (idSize ?? 0);
    try {
      if (type === RecordType.CALLCHAIN_DEFERRED) {
        return this.sink.takeChain(record);
      }
      this.applyOther(type, view.getUint16(offset + 4, littleEndian));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      counts.damaged++;
    }
    return undefined;
  }

  private applyOther(type: number, misc: number): void {
    const { record, processes, counts } = this;
    const isExec = (misc & Misc.DATA_OR_EXEC) !== 0;
    switch (type) {
      case RecordType.MMAP:
      case RecordType.MMAP2:
        this.map(decodeMapping(record));
        break;
      case RecordType.COMM: {
        const { pid, tid, comm } = decodeComm(record);
        processes.rename(pid, tid, comm, isExec);
        break;
      }
      case RecordType.FORK: {
        const task = decodeTask(record);
        processes.fork(
          task.pid,
          task.tid,
          task.parentPid,
          task.parentTid,
          !isExec,
        );
        break;
      }
      case RecordType.EXIT: {
        const { pid, tid } = decodeTask(record);
        processes.exit(pid, tid);
        break;
      }
      case RecordType.LOST:
      case RecordType.LOST_SAMPLES:
        counts.lost += decodeLost(record);
        break;
    }
  }

  /** Something was mapped: what was there before is gone. */
  private map(mapping: MappingRecord): void {
    const { start, end, executable, path, buildId, pid } = mapping;
    if (pid === -1) return this.mapKernel(mapping);
    const process = this.processes.get(pid);
    const overlaps = process.space.codeMap.hasText(start, end);
    if (!executable && !overlaps) return;
    const space = this.processes.ownSpace(process);
    space.version++;
    if (overlaps) this.cache.forget(space);
    if (!executable) return space.codeMap.removeText(start, end);
    const module = this.modules.ofMapping(path, buildId, pid);
    if (module.kind === FrameKind.JIT) process.jitModule = module.index;
    const owner = module.kind === FrameKind.JIT
      ? NO_MODULE
      : this.modules.instance(module, start - mapping.fileOffset);
    space.codeMap.replaceText(start, end, owner);
  }

  /** Text of the kernel; its addresses are absolute. */
  private mapKernel({ start, end, path, buildId }: MappingRecord): void {
    const name = path.startsWith("[kernel.")
      ? path.replace(/\].*$/, "]")
      : path;
    const module = this.modules.module(name, FrameKind.KERNEL, buildId, -1);
    const { codeMap } = this.kernel.space;
    const owner = this.modules.instance(module, 0);
    if (end > start) codeMap.replaceText(start, end, owner);
  }
}
