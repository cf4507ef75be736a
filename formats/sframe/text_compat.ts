/**
 * How the releases of binutils differ in what `readelf --sframe` prints.
 *
 * @module
 */
import { UnsupportedError } from "../base/error.ts";
import { FORMAT } from "./constants.ts";
import type { SFrameHeader } from "./header.ts";

/** A release of binutils whose text can be had byte for byte. 2.44 stands for 2.41 to 2.44, 2.47 for 2.46 and 2.47. */
export type SFrameCompat = "2.40" | "2.44" | "2.45" | "2.47";

/** What a layout shows, and how. */
export interface TextTraits {
  /** Versions whose functions are shown. */
  versions: readonly number[];
  /** Versions of which the header is shown, and then a line saying that this was all. */
  headerOnly: readonly number[];
  /** Flags that are known; a section with others is refused. */
  flags: number;
  /** Whether the header's fixed offsets are shown, and `f` for RA where one applies. */
  showsFixed: boolean;
  /** One line for all flags, which shows no more than the last one. */
  flagsOnOneLine: boolean;
  /** Whether a 0 for RA prints as `U`, and registers of s390x as `r16`. */
  showsRegisters: boolean;
  /** Whether rows without words print as `RA undefined`. */
  showsUndefined: boolean;
  /** Whether signal and flexible functions are marked. */
  showsAttributes: boolean;
  /** Whether a section without the PCREL flag is taken as relative to the section, also where it is not. */
  trustsFlag: boolean;
}

const NEWEST: TextTraits = {
  versions: [1, 2, 3],
  headerOnly: [],
  flags: 0x7,
  showsFixed: true,
  flagsOnOneLine: false,
  showsRegisters: true,
  showsUndefined: true,
  showsAttributes: true,
  trustsFlag: false,
};

const V2_45: TextTraits = {
  ...NEWEST,
  versions: [2],
  headerOnly: [1],
  showsUndefined: false,
  showsAttributes: false,
  trustsFlag: true,
};

const V2_44: TextTraits = {
  ...V2_45,
  flags: 0x3,
  flagsOnOneLine: true,
  showsRegisters: false,
};

const COMPAT: Record<SFrameCompat, TextTraits> = {
  "2.40": { ...V2_44, versions: [1], headerOnly: [], showsFixed: false },
  "2.44": V2_44,
  "2.45": V2_45,
  "2.47": { ...NEWEST, versions: [2, 3], trustsFlag: true },
};

/**
 * The traits of a layout for a section.
 *
 * @throws {UnsupportedError} If that release cannot read the section.
 */
export function traitsFor(
  compat: SFrameCompat | undefined,
  header: SFrameHeader,
  offset: number,
): TextTraits {
  if (compat === undefined) return NEWEST;
  const traits = COMPAT[compat];
  const known = [...traits.headerOnly, ...traits.versions];
  if (!known.includes(header.version)) {
    throw new UnsupportedError(
      FORMAT,
      "version",
      offset + 2,
      header.version,
      `what binutils ${compat} reads: version ${known.join(" or ")}`,
    );
  }
  if ((header.flags & ~traits.flags) !== 0) {
    throw new UnsupportedError(
      FORMAT,
      "flags",
      offset + 3,
      header.flags,
      `flags that binutils ${compat} knows`,
    );
  }
  return traits;
}
