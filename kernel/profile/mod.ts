/**
 * Profiles out of captures of `perf record`: samples in the order of time, each with its stack.
 *
 * {@linkcode Profile.add} reads a capture and hands each sample, with its frames as ids, to a {@linkcode SampleSink}. A
 * frame is a place in a file ({@linkcode FrameTable}); names are had for all frames at the end, from
 * {@linkcode FrameNames}, which opens only the symbol tables that are needed. A sink that counts stacks interns them in a
 * {@linkcode StackTable}, a tree whose nodes are numbers: no object and no string per sample.
 *
 * @example Samples by function, most first
 * ```ts
 * import { type ByteSource, openPerfData } from "@framewalk/framewalk/formats/perf_data";
 * import { FrameNames, Profile, type ProfileOptions } from "@framewalk/framewalk/kernel/profile";
 *
 * async function topFunctions(file: ByteSource, options: ProfileOptions) {
 *   const profile = new Profile(options);
 *   const counts: number[] = [];
 *   await profile.add(await openPerfData(file), {
 *     sample({ frames, count }) {
 *       if (count > 0) counts[frames[0]!] = (counts[frames[0]!] ?? 0) + 1;
 *     },
 *   });
 *   const names = new FrameNames(profile);
 *   await names.loadAll();
 *   const byName = new Map<string, number>();
 *   counts.forEach((count, frame) => {
 *     const { symbol = "?" } = names.name(frame);
 *     byName.set(symbol, (byName.get(symbol) ?? 0) + count);
 *   });
 *   return [...byName].sort((a, b) => b[1] - a[1]);
 * }
 * ```
 *
 * @module
 */
export type { CaptureCounts } from "./capture.ts";
// What the signatures here name, so that this module can be used on its own.
export type { Decompress } from "../../formats/elf/mod.ts";
export { FormatError } from "../../formats/base/error.ts";
export type { ByteSource } from "../../formats/base/byte_source.ts";
export type { FoundSymbol } from "../walk/symbols.ts";
export { FrameKind, FrameTable, NO_FRAME_MODULE } from "./frame_table.ts";
export type { ProfileFile, ProfileModule, SourceReader } from "./modules.ts";
export { type FrameName, FrameNames, type NameSources } from "./names.ts";
export type { SourceFrame } from "../../formats/dwarf/mod.ts";
export type { FramePlace } from "./sources.ts";
export {
  type LineReader,
  type MachineName,
  Profile,
  type ProfileEvent,
  type ProfileOptions,
  type SidecarReader,
} from "./profile.ts";
export {
  ProfileSample,
  SAMPLE_STOPS,
  type SampleSink,
  SampleStop,
  type SampleStopName,
} from "./profile_sample.ts";
export { EMPTY_STACK, StackTable } from "./stack_table.ts";
export { ListedSymbols, parseKallsyms, parsePerfMap } from "./symbol_lists.ts";
export {
  STOP_REASONS,
  type StopReason,
  TABLE_NAMES,
  type TableName,
} from "../walk/frame_buffer.ts";
export type {
  Candidate,
  FindCandidates,
  ModuleRequest,
} from "../walk/module_file.ts";
export { TABLE_SOURCES, type TableSource } from "../walk/table_sources.ts";
