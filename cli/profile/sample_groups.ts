/**
 * What `--by` keeps apart: threads, processes, processors, or threads of one name.
 *
 * @module
 */
import type { Profile, ProfileSample } from "../../kernel/profile/mod.ts";
import type { ProfileBy } from "./format.ts";

/** One thread, process, processor or name of threads of one capture. */
export interface SampleGroup {
  /** Number of the capture. */
  readonly capture: number;
  /** Process, or -1; that of the first sample where the group has several. */
  readonly pid: number;
  /** Thread, or -1; that of the first sample where the group has several. */
  readonly tid: number;
  /** Processor, or -1; that of the first sample where the group has several. */
  readonly cpu: number;
  /**
   * Index of the name in the profile's list of names: what the thread was called last. A process is called as its first
   * thread is, if that was met.
   */
  comm: number;
}

/** Groups by index, in the order in which they were met. */
export class SampleGroups {
  /** The groups. */
  readonly groups: SampleGroup[] = [];
  private readonly by: ProfileBy;
  private readonly profile: Profile;
  /** Indexes by the two numbers that tell groups of the present capture apart. */
  private readonly indexes: Map<number, Map<number, number>> = new Map();
  private capture = 0;
  private major = NaN;
  private minor = NaN;
  private index = 0;

  /** No groups yet. */
  constructor(profile: Profile, by: ProfileBy) {
    this.profile = profile;
    this.by = by;
  }

  /** Index of the sample's group. */
  of(sample: ProfileSample): number {
    const { by } = this;
    const { pid, tid, comm } = sample;
    const major = by === "cpu" ? sample.cpu : by === "comm" ? comm : pid;
    const minor = by === "thread" ? tid : 0;
    if (
      major !== this.major || minor !== this.minor ||
      sample.capture !== this.capture
    ) {
      this.index = this.find(sample, major, minor);
      this.major = major;
      this.minor = minor;
    }
    const group = this.groups[this.index]!;
    if (group.comm !== comm && (by === "thread" || pid === tid)) {
      group.comm = comm;
    }
    return this.index;
  }

  /** What to call group `index`. */
  name(index: number): string {
    const { pid, tid, cpu, comm } = this.groups[index]!;
    const { by } = this;
    if (by === "cpu") return `cpu ${cpu < 0 ? "?" : cpu}`;
    const name = this.profile.comms[comm] || "?";
    if (by === "comm") return name;
    return `${name} ${by === "process" ? pid : `${pid}/${tid}`}`;
  }

  private find(sample: ProfileSample, major: number, minor: number): number {
    const { indexes, groups } = this;
    const { capture, pid, tid, cpu, comm } = sample;
    if (capture !== this.capture) {
      indexes.clear();
      this.capture = capture;
    }
    let byMinor = indexes.get(major);
    if (byMinor === undefined) indexes.set(major, byMinor = new Map());
    let index = byMinor.get(minor);
    if (index === undefined) {
      index = groups.push({ capture, pid, tid, cpu, comm }) - 1;
      byMinor.set(minor, index);
    }
    return index;
  }
}
