/**
 * Where codectl can fail.
 *
 * @module
 */
import { Errno } from "./errno.ts";
import { Category, defineSites, type Site } from "./site.ts";

/** Names of the sites. */
export type CodectlSite =
  | "option"
  | "flags"
  | "small"
  | "large"
  | "info"
  | "tail"
  | "reserved"
  | "sectionRange"
  | "textRange"
  | "section"
  | "text"
  | "room"
  | "header"
  | "unsupported"
  | "empty"
  | "noRoom"
  | "offsets"
  | "unreadable"
  | "function"
  | "functionOrder"
  | "row"
  | "rowOrder"
  | "overlap"
  | "again"
  | "path"
  | "noFile"
  | "descriptor"
  | "fileRange"
  | "bias"
  | "nothing"
  | "idSize"
  | "id"
  | "link"
  | "noHead"
  | "head"
  | "chain"
  | "both"
  | "aspects"
  | "noSection"
  | "noRange"
  | "noAspect";

/** The sites. Numbers below 10: the call itself; 10 and up: ranges and sections; 40 and up: what else is registered. */
export const SITES: Record<CodectlSite, Site> = defineSites(Category.CODECTL, {
  option: [1, Errno.EINVAL, "unknown option %jd"],
  flags: [2, Errno.EINVAL, "unknown flags %#jx"],
  small: [3, Errno.EINVAL, "%jd bytes are less than the first version's %jd"],
  large: [4, Errno.E2BIG, "%jd bytes are more than a page"],
  info: [5, Errno.EFAULT, "%#jx bytes of info at %#jx cannot be read"],
  tail: [6, Errno.E2BIG, "unknown part of info, byte %jd, is not zero"],
  reserved: [7, Errno.EINVAL, "reserved field is %#jx"],
  sectionRange: [10, Errno.EINVAL, "invalid section %#jx, %#jx bytes"],
  textRange: [11, Errno.EINVAL, "invalid text %#jx, %#jx bytes"],
  section: [12, Errno.EINVAL, "bad section address %#jx - %#jx"],
  text: [13, Errno.EINVAL, "bad text address %#jx - %#jx"],
  room: [14, Errno.ENOMEM, "%jd ranges are registered"],
  header: [15, Errno.EFAULT, "header at %#jx cannot be read"],
  unsupported: [16, Errno.EINVAL, "bad or unsupported header at %#jx"],
  empty: [17, Errno.EINVAL, "no functions or no rows in section %#jx"],
  noRoom: [18, Errno.EINVAL, "header does not fit in %jd bytes"],
  offsets: [19, Errno.EINVAL, "inconsistent offsets in section %#jx"],
  unreadable: [20, Errno.EFAULT, "section %#jx, %#jx bytes, cannot be read"],
  function: [21, Errno.EFAULT, "FDE %jd is bad"],
  functionOrder: [22, Errno.EFAULT, "FDE %jd is not sorted"],
  row: [23, Errno.EFAULT, "FDE %jd FRE %jd is bad"],
  rowOrder: [24, Errno.EFAULT, "FDE %jd FRE %jd is not sorted"],
  overlap: [25, Errno.EEXIST, "text overlaps %#jx - %#jx"],
  again: [26, Errno.EEXIST, "text %#jx has this aspect already"],
  path: [40, Errno.EFAULT, "path at %#jx cannot be read"],
  noFile: [41, Errno.ENOENT, "no such file"],
  descriptor: [42, Errno.EBADF, "no open file %jd"],
  fileRange: [43, Errno.EINVAL, "file has no %#jx bytes at %#jx"],
  bias: [44, Errno.EINVAL, "load bias %#jx is not exact"],
  nothing: [50, Errno.EINVAL, "neither build ID nor debug link"],
  idSize: [51, Errno.EINVAL, "build ID of %jd bytes"],
  id: [52, Errno.EFAULT, "build ID at %#jx cannot be read"],
  link: [53, Errno.EFAULT, "debug link at %#jx cannot be read"],
  noHead: [60, Errno.EINVAL, "no unwind head"],
  head: [61, Errno.EFAULT, "unwind head at %#jx cannot be read"],
  chain: [62, Errno.EFAULT, "unwind tables from %#jx make no sense"],
  both: [70, Errno.EINVAL, "text and section %#jx are given"],
  aspects: [71, Errno.EINVAL, "unknown aspects %#jx"],
  noSection: [72, Errno.EINVAL, "no section starts at %#jx"],
  noRange: [73, Errno.EINVAL, "no text is registered as %#jx - %#jx"],
  noAspect: [74, Errno.EINVAL, "text %#jx has none of aspects %#jx"],
});

/** A failure on its way to the caller, or to nobody where the result is ignored. */
export interface Refusal {
  /** Where. */
  site: Site;
  /** First parameter. */
  p1: number;
  /** Second parameter. */
  p2: number;
}

/** Refuses at `site`. */
export function refuse(site: Site, p1 = 0, p2 = 0): Refusal {
  return { site, p1, p2 };
}
