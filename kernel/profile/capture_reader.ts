/**
 * Makes the samples of one capture: decodes, filters, walks, and hands them on.
 *
 * @module
 */
import { readInt64 } from "../../formats/base/address.ts";
import type {
  PerfData,
  PerfEvent,
  RecordBytes,
} from "../../formats/perf_data/mod.ts";
import { Stop } from "../walk/frame_buffer.ts";
import type { Machine } from "../walk/machine.ts";
import type { TableSource } from "../walk/table_sources.ts";
import { AddressCache } from "./address_cache.ts";
import { CallChain } from "./call_chain.ts";
import { Capture, type CaptureSink } from "./capture.ts";
import type { ModuleList } from "./modules.ts";
import {
  ProfileSample,
  type SampleSink,
  SampleStop,
} from "./profile_sample.ts";
import { Resolver } from "./resolver.ts";
import { StackWalker } from "./stack_walker.ts";

/** What reads sidecars: the module `kernel/walk/sidecar.ts`, which is loaded when there are any. */
export type SidecarReader = typeof import("../walk/sidecar.ts");

/** What reads source lines: the module `kernel/walk/lines.ts`, which is loaded when there are any. */
export type LineReader = typeof import("../walk/lines.ts");

import type { Profile, ProfileEvent, ProfileOptions } from "./profile.ts";

/** A sample whose user part comes in a later record. */
interface DeferredSample {
  sample: ProfileSample;
  cookieLow: number;
  cookieHigh: number;
}

/** Most samples that wait for their user part. */
const MAX_DEFERRED_COUNT = 64;

/** Makes the samples of one capture. */
export class CaptureReader implements CaptureSink {
  private readonly profile: Profile;
  private readonly data: PerfData;
  private readonly sink: SampleSink;
  private readonly options: ProfileOptions;
  private readonly capture: Capture;
  private readonly walker: StackWalker;
  private readonly chain: CallChain;
  private readonly resolver: Resolver;
  private readonly sample: ProfileSample = new ProfileSample();
  private readonly deferred: DeferredSample[] = [];
  /** The profile's event for each of the capture's. */
  private readonly events: (ProfileEvent | undefined)[] = [];
  private isRetry = false;
  waiting: Promise<void> | undefined = undefined;

  constructor(
    profile: Profile,
    data: PerfData,
    modules: ModuleList,
    machine: Machine,
    sink: SampleSink,
    options: ProfileOptions,
    sources: readonly TableSource[],
  ) {
    this.profile = profile;
    this.data = data;
    this.sink = sink;
    this.options = options;
    const { littleEndian } = data.header;
    const { frames, comms } = profile;
    const cache = new AddressCache();
    this.capture = new Capture(data, modules, cache, comms, this);
    const { space } = this.capture.kernel;
    const resolver = new Resolver(cache, modules, frames, space.codeMap);
    this.resolver = resolver;
    const policy = {
      framePointers: sources.includes("fp"),
      calls: sources.includes("call"),
      maxFrames: this.sample.capacity,
    };
    this.walker = new StackWalker(
      machine,
      littleEndian,
      policy,
      cache,
      resolver,
      modules,
      options.onlyGeneralWalk !== true,
    );
    this.chain = new CallChain(
      cache,
      resolver,
      frames,
      modules,
      space,
      littleEndian,
    );
    this.sample.capture = profile.captureCount;
  }

  async run(): Promise<void> {
    await this.capture.run(this.options.progress);
    for (const { sample } of this.deferred) {
      this.give(sample);
      await this.waiting;
    }
    const { counts } = this.profile;
    const own = this.capture.counts;
    counts.lost += own.lost;
    counts.damaged += own.damaged;
    counts.late += own.late;
    this.profile.generalCount += this.walker.generalCount;
  }

  takeSample(
    view: DataView,
    offset: number,
    size: number,
  ): Promise<void> | undefined {
    const { sample, profile, capture, options } = this;
    const event = this.data.events.ofSample(view, offset, size);
    if (event === undefined || !event.decoder.decode(view, offset, size)) {
      capture.counts.damaged++;
      return undefined;
    }
    const { decoder } = event;
    if (!this.isRetry) {
      profile.readCount++;
      this.walker.begin();
      this.describe(event);
    }
    sample.count = 0;
    sample.kernelCount = 0;
    if (options.filter !== undefined && !options.filter(sample)) {
      return undefined;
    }
    const process = capture.processes.get(decoder.pid);
    this.resolver.codeMap = process.space.codeMap;
    this.resolver.jitModule = process.jitModule;
    if (
      decoder.chainCount > 0 && this.chain.add(
        view,
        decoder.chainOffset,
        decoder.chainCount,
        process.space,
        sample,
        options.kernel !== false,
      )
    ) return this.retry(this.resolver.supply());
    if (sample.count > sample.kernelCount) {
      sample.stop = SampleStop.CHAIN;
      sample.tables = 0;
      sample.untrusted = false;
    } else {
      const pending = this.walker.walk(view, event, process, sample);
      if (pending !== undefined) return this.retry(pending);
    }
    this.isRetry = false;
    const { cookieLow, cookieHigh } = this.chain;
    if (decoder.chainCount > 0 && (cookieLow | cookieHigh) !== 0) {
      this.defer(cookieLow, cookieHigh);
    } else this.give(sample);
    return undefined;
  }

  takeChain(
    { view, offset, size, littleEndian }: RecordBytes,
  ): Promise<void> | undefined {
    if (size < 24) return undefined;
    const low = view.getInt32(offset + (littleEndian ? 8 : 12), littleEndian);
    const high = view.getInt32(offset + (littleEndian ? 12 : 8), littleEndian);
    const count = Math.min(
      readInt64(view, offset + 16, littleEndian),
      (size - 24) / 8,
    );
    for (let i = 0; i < this.deferred.length;) {
      const { sample, cookieLow, cookieHigh } = this.deferred[i]!;
      if (cookieLow !== low || cookieHigh !== high) {
        i++;
        continue;
      }
      const { space, jitModule } = this.capture.processes.get(sample.pid);
      this.resolver.codeMap = space.codeMap;
      this.resolver.jitModule = jitModule;
      const { kernelCount } = sample;
      sample.count = kernelCount;
      const isLacking = this.chain.add(
        view,
        offset + 24,
        count,
        space,
        sample,
        true,
      );
      sample.kernelCount = kernelCount;
      if (isLacking) return this.resolver.supply();
      this.deferred.splice(i, 1);
      sample.stop = SampleStop.CHAIN;
      this.give(sample);
    }
    return undefined;
  }

  private retry(pending: Promise<void>): Promise<void> {
    this.isRetry = true;
    return pending;
  }

  /** Fills in everything but the frames. */
  private describe({ decoder, index, name }: PerfEvent): void {
    const { sample } = this;
    const { pid, tid } = decoder;
    sample.time = decoder.timeHigh * 0x1_0000_0000 + decoder.timeLow;
    sample.pid = pid;
    sample.tid = tid;
    sample.cpu = decoder.cpu;
    sample.period = decoder.period;
    sample.comm = this.capture.processes.comm(tid);
    sample.event = (this.events[index] ??= this.profile.event(name)).index;
  }

  private defer(cookieLow: number, cookieHigh: number): void {
    const copy = new ProfileSample();
    Object.assign(copy, this.sample, {
      frames: this.sample.frames.slice(),
      addresses: this.sample.addresses.slice(),
    });
    this.deferred.push({ sample: copy, cookieLow, cookieHigh });
    if (this.deferred.length > MAX_DEFERRED_COUNT) {
      this.give(this.deferred.shift()!.sample);
    }
  }

  private give(sample: ProfileSample): void {
    const { profile } = this;
    profile.sampleCount++;
    profile.stopCounts[sample.stop]!++;
    if (sample.stop === Stop.NO_ROW || sample.stop === Stop.NO_MODULE) {
      const module = profile.frames.modules[sample.frames[sample.count - 1]!]!;
      if (module >= 0) profile.modules[module]!.missedCount++;
    }
    if (sample.untrusted) profile.untrustedCount++;
    profile.events[sample.event]!.sampleCount++;
    const waiting = this.sink.sample(sample);
    if (waiting !== undefined) this.waiting = waiting;
  }
}
