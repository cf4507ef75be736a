/**
 * The part that makes a profile: what names its frames and counts its stacks is loaded only where it is asked for.
 *
 * @module
 */
export { Profile } from "./profile.ts";
export { type ProfileSample, SampleStop } from "./profile_sample.ts";
export { TABLE_SOURCES, type TableSource } from "../walk/table_sources.ts";
