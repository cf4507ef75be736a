/**
 * The tables of a profile for pprof.
 *
 * Locations are places in files, so that pprof can show addresses and disassembly; their functions are named already.
 *
 * Source: pprof's proto/profile.proto.
 *
 * @module
 */
import {
  Function as PprofFunction,
  Label,
  Line,
  Location,
  Mapping,
  Profile as Pprof,
  Sample,
  StringTable,
  ValueType,
} from "pprof-format";
import type { Profile } from "../../kernel/profile/mod.ts";
import type { FormatContext } from "./format.ts";
import { describePlaces, type FunctionPlace } from "./function_table.ts";
import type { StackCounts } from "./stack_counts.ts";

/** Events whose periods are nanoseconds. */
const CLOCKS = /^(cpu|task)-clock/;
/** Mappings are told in pages. */
const PAGE_SIZE = 4096;

/** Makes the tables of one profile. */
export class PprofBuilder {
  private readonly strings: StringTable = new StringTable();
  private readonly profile: Profile;
  private readonly names: FormatContext["names"];
  private readonly counts: StackCounts;
  private readonly lines: boolean;
  private readonly by: FormatContext["by"];
  private readonly mappings: Mapping[] = [];
  private readonly mappingIds: Map<number, number> = new Map();
  private readonly functions: PprofFunction[] = [];
  private readonly functionIds: Map<string, number> = new Map();
  private readonly locations: Location[] = [];
  private readonly locationIds: Map<number, number> = new Map();
  private readonly labelLists: Map<number, Label[]> = new Map();

  /** The names of all frames must have been loaded, and their sources if those are wanted. */
  constructor(
    { profile, names, by, lines }: FormatContext,
    counts: StackCounts,
  ) {
    this.by = by;
    this.lines = lines;
    this.profile = profile;
    this.names = names;
    this.counts = counts;
  }

  /**
   * The profile without its samples, which must have been taken: they fill the tables.
   *
   * @param durationNs From the first sample to the last, nanoseconds.
   */
  tables(durationNs: number): Pprof {
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
      mapping: this.mappings,
      location: this.locations,
      function: this.functions,
      stringTable: strings,
      durationNanos: Math.round(durationNs),
      ...types[0] && { periodType: types[0] },
      defaultSampleType: text("samples"),
    });
  }

  /**
   * The samples, made one by one.
   *
   * @param mainModule Index of the module that is to come first, which pprof takes for the program; -1 for any.
   */
  *samples(mainModule: number): Generator<Sample> {
    this.mapping(mainModule);
    const { stacks, counts, periods } = this.counts;
    for (let id = 0; id < stacks.count; id++) {
      let count = 0;
      for (const byStack of counts) count += byStack[id] ?? 0;
      if (count === 0) continue;
      const locationId: number[] = [];
      let label: Label[] = [];
      for (let at = id; at !== 0; at = stacks.parents[at]!) {
        const frame = stacks.frames[at]!;
        if (stacks.isRoot(frame)) label = this.labels(stacks.rootIndex(frame));
        else locationId.push(this.location(frame));
      }
      const value = [count];
      for (let event = 0; event < this.profile.events.length; event++) {
        value.push(periods[event]?.[id] ?? 0);
      }
      yield new Sample({ locationId, value, label });
    }
  }

  /** What tells the samples of a group from others. */
  private labels(group: number): Label[] {
    const known = this.labelLists.get(group);
    if (known !== undefined) return known;
    const { by, strings } = this;
    const { pid, tid, cpu, comm } = this.counts.groups!.groups[group]!;
    const number = (key: string, num: number): Label =>
      new Label({ key: strings.dedup(key), num });
    const text = (key: string): Label => {
      const str = strings.dedup(this.profile.comms[comm] || "?");
      return new Label({ key: strings.dedup(key), str });
    };
    const labels = by === "cpu"
      ? [number("cpu", cpu)]
      : by === "comm"
      ? [text("comm")]
      : by === "process"
      ? [text("process"), number("pid", pid)]
      : [text("thread"), number("pid", pid), number("tid", tid)];
    this.labelLists.set(group, labels);
    return labels;
  }

  private location(frame: number): number {
    const known = this.locationIds.get(frame);
    if (known !== undefined) return known;
    const { frames } = this.profile;
    const { stacks } = this.counts;
    const places = frame < 0
      ? [{ name: stacks.placeholderName(frame), module: "", line: 0 }]
      : describePlaces(frame, frames, this.names);
    const id = this.locations.length + 1;
    const address = frame < 0 ? 0 : frames.addresses[frame]!;
    const mapping = frame < 0 ? 0 : this.mapping(frames.modules[frame]!);
    if (mapping > 0) this.widen(mapping, address);
    this.locations.push(
      new Location({
        id,
        mappingId: mapping,
        address: unsigned(address),
        line: places.map((place) =>
          new Line({ functionId: this.functionId(place), line: place.line })
        ),
      }),
    );
    this.locationIds.set(frame, id);
    return id;
  }

  private functionId(
    { name, module, file = "" }: Omit<FunctionPlace, "kind" | "column">,
  ): number {
    const key = `${module}\0${name}\0${file}`;
    const known = this.functionIds.get(key);
    if (known !== undefined) return known;
    const id = this.functions.length + 1;
    const text = this.strings.dedup(name.toWellFormed());
    this.functions.push(
      new PprofFunction({
        id,
        name: text,
        systemName: text,
        filename: this.strings.dedup(file.toWellFormed()),
      }),
    );
    this.functionIds.set(key, id);
    return id;
  }

  /** Makes a mapping reach over `address`. Those of files begin where the file does. */
  private widen(id: number, address: number): void {
    const mapping = this.mappings[id - 1]!;
    const start = unsigned(Math.floor(address / PAGE_SIZE) * PAGE_SIZE);
    const limit = start + BigInt(PAGE_SIZE);
    if (
      address < 0 && (mapping.memoryLimit === 0 || start < mapping.memoryStart)
    ) {
      mapping.memoryStart = start;
    }
    if (limit > mapping.memoryLimit) mapping.memoryLimit = limit;
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
        filename: this.strings.dedup(module.path.toWellFormed()),
        buildId: this.strings.dedup(module.buildId ?? ""),
        hasFunctions: true,
        hasFilenames: this.lines,
        hasLineNumbers: this.lines,
        hasInlineFrames: this.lines,
      }),
    );
    this.mappingIds.set(moduleIndex, id);
    return id;
  }
}

/** The upper half of the address space is negative in frames. */
function unsigned(address: number): bigint {
  return BigInt.asUintN(64, BigInt(address));
}
