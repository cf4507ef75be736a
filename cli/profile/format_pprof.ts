/**
 * `--format pprof`: gzipped protocol buffer for pprof and what reads its files.
 *
 * Values are the number of samples, then for each event the sum of its periods. Locations are places in files, so that
 * pprof can show addresses and disassembly; their functions are named already.
 *
 * Source: pprof's proto/profile.proto.
 *
 * @module
 */
import {
  Function as PprofFunction,
  Line,
  Location,
  Mapping,
  Profile as Pprof,
  Sample,
  StringTable,
  ValueType,
} from "pprof-format";
import type { Profile } from "../../kernel/profile/mod.ts";
import type { FormatContext, ProfileFormat } from "./format.ts";
import { describeFrame } from "./function_tree.ts";
import { StackCounts } from "./stack_counts.ts";

/** Events whose periods are nanoseconds. */
const CLOCKS = /^(cpu|task)-clock/;

/** pprof. */
export const format: ProfileFormat = {
  name: "pprof",
  isBinary: true,
  open(context) {
    const { profile, names, by, inverted } = context;
    const counts = new StackCounts(profile, by, inverted);
    let first = Infinity;
    let last = -Infinity;
    return {
      sample(sample): void {
        counts.sample(sample);
        first = Math.min(first, sample.time);
        last = Math.max(last, sample.time);
      },
      async end(): Promise<void> {
        await names.loadAll();
        const builder = new PprofBuilder(context, counts);
        const pprof = builder.build(Math.max(0, last - first));
        context.write(await gzip(pprof.encode()));
      },
    };
  },
};

async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes.slice()]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Makes the tables of one profile. */
class PprofBuilder {
  private readonly strings: StringTable = new StringTable();
  private readonly profile: Profile;
  private readonly names: FormatContext["names"];
  private readonly counts: StackCounts;
  private readonly mappings: Mapping[] = [];
  private readonly mappingIds: Map<number, number> = new Map();
  private readonly functions: PprofFunction[] = [];
  private readonly functionIds: Map<string, number> = new Map();
  private readonly locations: Location[] = [];
  private readonly locationIds: Map<number, number> = new Map();

  constructor({ profile, names }: FormatContext, counts: StackCounts) {
    this.profile = profile;
    this.names = names;
    this.counts = counts;
  }

  build(durationNs: number): Pprof {
    const { strings } = this;
    const text = (value: string): number => strings.dedup(value);
    const types = this.profile.events.map(({ name }) =>
      new ValueType({
        type: text(name),
        unit: text(CLOCKS.test(name) ? "nanoseconds" : "count"),
      })
    );
    return new Pprof({
      sampleType: [
        new ValueType({ type: text("samples"), unit: text("count") }),
        ...types,
      ],
      sample: this.samples(),
      mapping: this.mappings,
      location: this.locations,
      function: this.functions,
      stringTable: strings,
      durationNanos: Math.round(durationNs),
      ...types[0] && { periodType: types[0] },
      defaultSampleType: text("samples"),
    });
  }

  private samples(): Sample[] {
    const { stacks, counts, periods } = this.counts;
    const samples: Sample[] = [];
    for (let id = 0; id < stacks.count; id++) {
      let count = 0;
      for (const byStack of counts) count += byStack[id] ?? 0;
      if (count === 0) continue;
      const locationId: number[] = [];
      for (let at = id; at !== 0; at = stacks.parents[at]!) {
        locationId.push(this.location(stacks.frames[at]!));
      }
      const value = [count];
      for (let event = 0; event < this.profile.events.length; event++) {
        value.push(periods[event]?.[id] ?? 0);
      }

      samples.push(new Sample({ locationId, value }));
    }
    return samples;
  }

  private location(frame: number): number {
    const known = this.locationIds.get(frame);
    if (known !== undefined) return known;
    const { frames } = this.profile;
    const root = { name: "", module: "", kind: -1 };
    const { name, module } = frame < 0
      ? { ...root, name: this.counts.rootName(frame) }
      : describeFrame(frame, frames, this.names);
    const id = this.locations.length + 1;
    const address = frame < 0 ? 0 : frames.addresses[frame]!;
    this.locations.push(
      new Location({
        id,
        mappingId: frame < 0 ? 0 : this.mapping(frames.modules[frame]!),
        // the upper half of the address space is negative here
        address: BigInt.asUintN(64, BigInt(address)),
        line: [new Line({ functionId: this.functionId(name, module) })],
      }),
    );
    this.locationIds.set(frame, id);
    return id;
  }

  private functionId(name: string, module: string): number {
    const key = `${module}\0${name}`;
    const known = this.functionIds.get(key);
    if (known !== undefined) return known;
    const id = this.functions.length + 1;
    const text = this.strings.dedup(name);
    const filename = this.strings.dedup(module);
    this.functions.push(
      new PprofFunction({ id, name: text, systemName: text, filename }),
    );
    this.functionIds.set(key, id);
    return id;
  }

  private mapping(moduleIndex: number): number {
    const module = this.profile.modules[moduleIndex];
    if (module === undefined) return 0;
    const known = this.mappingIds.get(moduleIndex);
    if (known !== undefined) return known;
    const id = this.mappings.length + 1;
    this.mappings.push(
      new Mapping({
        id,
        filename: this.strings.dedup(module.path),
        buildId: this.strings.dedup(module.buildId ?? ""),
        hasFunctions: true,
      }),
    );
    this.mappingIds.set(moduleIndex, id);
    return id;
  }
}
