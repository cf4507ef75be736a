/**
 * What a vDSO must not be: it is mapped as it is into every process, nobody links or relocates it, and it has no memory
 * of its own.
 *
 * @module
 */
import { type ElfFile, ET, PF, PT, STT } from "../../formats/elf/mod.ts";
import { type DynamicSection, TAG } from "./dynamic.ts";
import type { VdsoFixups } from "./fixups.ts";
import type { VdsoSymbol } from "./symbols.ts";

/** A constraint that an image breaks. */
export interface VdsoBreach {
  /** Name of the constraint. */
  rule: VdsoRule;
  /** What breaks it. */
  text: string;
}

/** Constraints by name. */
export type VdsoRule =
  /** A 64-bit shared object, without a dynamic loader of its own. */
  | "kind"
  /** One loadable segment, readable and executable, all of it in the file. */
  | "load"
  /** Nothing can be written. */
  | "writable"
  /** No thread-local storage. */
  | "tls"
  /** No relocations. */
  | "relocations"
  /** No other libraries. */
  | "needed"
  /** Nothing that it does not have itself. */
  | "undefined-symbol"
  /** Nothing that runs when it is loaded. */
  | "initializers"
  /** It says that it is the vDSO. */
  | "soname"
  /** Its symbols can be found. */
  | "hash"
  /** Each function is in code and has a version. */
  | "symbol"
  /** Each fixup leads from code to code. */
  | "fixup";

/** What the constraints are about. */
export interface VdsoParts {
  /** The image. */
  elf: ElfFile;
  /** Its dynamic section. */
  dynamic: DynamicSection | undefined;
  /** `DT_SONAME`. */
  soname: string;
  /** Its dynamic symbols. */
  symbols: readonly VdsoSymbol[];
  /** Its fixup table. */
  fixups: VdsoFixups | undefined;
}

const SONAME = /^linux-(vdso(32|64)?|gate)\.so\.1$/;
/** Symbols that are named one by one; an image has a dozen. */
const MAX_NAMED = 32;

/** Tags that may not be there, or only with 0. */
const FORBIDDEN: readonly [VdsoRule, number, string][] = [
  ["relocations", TAG.RELASZ, "DT_RELASZ"],
  ["relocations", TAG.RELSZ, "DT_RELSZ"],
  ["relocations", TAG.RELRSZ, "DT_RELRSZ"],
  ["relocations", TAG.PLTRELSZ, "DT_PLTRELSZ"],
  ["initializers", TAG.INIT, "DT_INIT"],
  ["initializers", TAG.FINI, "DT_FINI"],
  ["initializers", TAG.INIT_ARRAY, "DT_INIT_ARRAY"],
];

/** Holds an image to the constraints. Returns those that it breaks; none if it is good. */
export function checkVdso(parts: VdsoParts): VdsoBreach[] {
  const breaches: VdsoBreach[] = [];
  const report = (rule: VdsoRule, text: string): void => {
    breaches.push({ rule, text });
  };
  checkSegments(parts.elf, report);
  checkDynamic(parts, report);
  checkSymbols(parts, report);
  for (const { instruction, problem } of parts.fixups?.entries ?? []) {
    if (problem === "") continue;
    report("fixup", `0x${instruction.toString(16)}: ${problem}`);
  }
  return breaches;
}

type Report = (rule: VdsoRule, text: string) => void;

function checkSegments({ header, segments }: ElfFile, report: Report): void {
  if (header.elfClass !== 64) report("kind", "it is not a 64-bit file");
  if (header.type !== ET.DYN) report("kind", "it is no shared object");
  if (segments.findType(PT.INTERP) >= 0) report("kind", "it has PT_INTERP");
  if (segments.findType(PT.TLS) >= 0) report("tls", "it has PT_TLS");
  const loads = [...segments.types.keys()]
    .filter((i) => segments.types[i] === PT.LOAD);
  if (loads.length !== 1) {
    report("load", `it has ${loads.length} PT_LOAD segments`);
  }
  for (const i of loads.slice(0, MAX_NAMED)) {
    const flags = segments.flags[i]!;
    if ((flags & PF.W) !== 0) report("writable", `PT_LOAD ${i} can be written`);
    if ((flags & PF.R) === 0 || (loads.length === 1 && (flags & PF.X) === 0)) {
      report("load", `PT_LOAD ${i} is not readable and executable`);
    }
    if (segments.memorySizes[i] !== segments.fileSizes[i]) {
      report("load", `PT_LOAD ${i} has memory beyond the file`);
    }
  }
}

function checkDynamic(
  { dynamic, soname }: VdsoParts,
  report: Report,
): void {
  if (dynamic === undefined) {
    report("kind", "it has no PT_DYNAMIC");
    return;
  }
  for (const [rule, tag, name] of FORBIDDEN) {
    const value = dynamic.get(tag) ?? 0;
    if (value !== 0) report(rule, `it has ${name} 0x${value.toString(16)}`);
  }
  if (dynamic.has(TAG.TEXTREL)) report("relocations", "it has DT_TEXTREL");
  if (dynamic.has(TAG.NEEDED)) report("needed", "it has DT_NEEDED");
  if (!SONAME.test(soname)) {
    report("soname", soname === "" ? "it has no DT_SONAME" : `it is ${soname}`);
  }
  if (!dynamic.has(TAG.HASH) && !dynamic.has(TAG.GNU_HASH)) {
    report("hash", "it has neither DT_HASH nor DT_GNU_HASH");
  }
}

function checkSymbols({ elf, symbols }: VdsoParts, report: Report): void {
  let left = MAX_NAMED;
  const name = (rule: VdsoRule, text: string): void => {
    if (left-- > 0) report(rule, text);
  };
  for (const symbol of symbols) {
    const { isDefined, type, address, version } = symbol;
    if (!isDefined) {
      name("undefined-symbol", `${symbol.name} is undefined`);
      continue;
    }
    if (type === STT.TLS) name("tls", `${symbol.name} is thread-local`);
    if (type !== STT.FUNC) continue;
    if (!elf.segments.isExecutable(address)) {
      name("symbol", `${symbol.name} is not in code`);
    }
    if (version === "") name("symbol", `${symbol.name} has no version`);
  }
}
