/**
 * The part that makes a profile: what names its frames and counts its stacks is loaded only where it is asked for.
 *
 * @module
 */
export { FrameKind, type FrameTable, NO_FRAME_MODULE } from "./frame_table.ts";
export { Profile, type ProfileEvent, type ProfileOptions } from "./profile.ts";
export {
  type ProfileSample,
  SAMPLE_STOPS,
  type SampleSink,
  SampleStop,
} from "./profile_sample.ts";
export type {
  Candidate,
  FindCandidates,
  ModuleRequest,
} from "../walk/candidates.ts";
export { TABLE_SOURCES, type TableSource } from "../walk/table_sources.ts";
