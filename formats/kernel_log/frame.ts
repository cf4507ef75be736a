/**
 * Places in code and frames of stack traces, on all machines.
 *
 * ```
 * frame = ["<" marker ">"] ["[<" address ">]" | "[" sp "] [" address "]"] ["? "] place
 * place = symbol "+0x" offset "/0x" size [" [" module [" " build id] "]"] [" (" flags ")"] [source]
 *       | symbol " (" source ")" [" " module] | symbol source " [inline]" | "0x" address
 * ```
 *
 * @module
 */
import type { CodeLocation, KernelFrame } from "./report.ts";

const PLACE =
  /^([A-Za-z_.$][\w.$:<>]*)(?:\+0x([0-9a-f]+)\/0x([0-9a-f]+))?(?![\w+])/;
const MODULE = /^ \[([\w-]+)(?: ([0-9a-f]{40}))?\](?=[\s)]|$)/;
const SOURCE = /^ \(([^()]*:\d+(?: ?\(discriminator \d+\)| [^()]*:\d+)*)\)/;
const PLAIN_SOURCE = /^ ([\w./+-]+\.[chSrs]+:\d+)/;

/** A place of which nothing is known. */
export function emptyLocation(): CodeLocation {
  return {
    symbol: undefined,
    offset: undefined,
    size: undefined,
    module: undefined,
    buildId: undefined,
    address: undefined,
    source: undefined,
  };
}

/** A place and what stands behind it. */
interface ParsedPlace {
  place: CodeLocation;
  rest: string;
  /** Whether the offset in the function was printed. */
  isExact: boolean;
}

/** Reads the place at the start of `text`; `undefined` if there is none. */
export function parsePlace(text: string): ParsedPlace | undefined {
  const place = emptyLocation();
  let rest = text;
  const bracket = /^\[<(?:0x)?([0-9a-f]+)>\]\s*/.exec(rest);
  if (bracket !== null) {
    place.address = `0x${bracket[1]}`;
    rest = rest.slice(bracket[0].length);
    // 64-bit x86 prints the address of RIP twice.
    rest = rest.replace(/^\[<[0-9a-f]+>\]\s*/, "");
    if (rest === "") return { place, rest, isExact: true };
  }
  const number = /^0x([0-9a-f]+)(?![\w/+])/.exec(rest);
  if (number !== null) {
    place.address = `0x${number[1]}`;
    rest = rest.slice(number[0].length);
    return { place, rest, isExact: true };
  }
  const match = PLACE.exec(rest);
  if (match === null) return undefined;
  place.symbol = match[1];
  const isExact = match[2] !== undefined;
  if (isExact) {
    place.offset = parseInt(match[2]!, 16);
    place.size = parseInt(match[3]!, 16);
  }
  rest = takeSuffixes(place, rest.slice(match[0].length));
  return { place, rest, isExact };
}

/** Module, build ID and source behind a place. */
function takeSuffixes(place: CodeLocation, text: string): string {
  let rest = text;
  const source = SOURCE.exec(rest) ?? PLAIN_SOURCE.exec(rest);
  if (source !== null) {
    place.source = source[1]!.replace(/ ?\(discriminator \d+\)/g, "");
    rest = rest.slice(source[0].length);
    const module = /^ (?!\[)([\w-]+)$/.exec(rest);
    if (module !== null) {
      place.module = module[1];
      return "";
    }
  }
  const module = MODULE.exec(rest);
  if (module !== null && module[1] !== "inline") {
    place.module = module[1];
    place.buildId = module[2];
    rest = rest.slice(module[0].length);
    const late = PLAIN_SOURCE.exec(rest);
    if (late !== null) {
      place.source = late[1];
      rest = rest.slice(late[0].length);
    }
  }
  return rest;
}

/** The place that all of `text` is; `undefined` if it is none. */
export function parseLocation(text: string): CodeLocation | undefined {
  return parsePlace(text.trim())?.place;
}

/** Frames of a line, and the marker in front of them or alone. */
export interface FrameLine {
  /** `TASK`, `/TASK`, `IRQ` ...; `undefined` if there is none. */
  marker: string | undefined;
  /** The frame; two for the first line of a trace on 32-bit arm, none for a lone marker. */
  frames: KernelFrame[];
}

const MARKER = /^\s*<(\/?[A-Z#][\w# ]*)>\s*/;
/** What may stand between the start of a line and its place; old 32-bit and PowerPC kernels print the stack pointer. */
const FRAME_HEAD =
  /^\s*(\()?(?:\[(?:<(?:0x)?([0-9a-f]{8,16})>|[0-9a-f]{16}\] \[([0-9a-f]{16}))\]\s*)?(\? )?/;
const LOOKED_UP = /^[\w.$]+ \([\w./-]+\/[\w.-]+\.(?:c|h|S|rs):\d+[ )]/;
const ARM_FROM =
  /^\s*(?:\[<[0-9a-f]+>\]\s*)?\(?([\w.$]+)\)?(?:\+0x[0-9a-f]+\/0x[0-9a-f]+)?\)? from (.*)$/;

/** Reads a line of a stack trace; `undefined` if it is none. */
export function parseFrameLine(text: string): FrameLine | undefined {
  const marked = MARKER.exec(text);
  const marker = marked?.[1];
  const rest = marked === null ? text : text.slice(marked[0].length);
  if (rest.trim() === "" || /^-+<[^>]*>-+$/.test(rest.trim())) {
    return marker === undefined ? undefined : { marker, frames: [] };
  }
  const arm = ARM_FROM.exec(rest);
  if (arm !== null) return parseArm(arm[1]!, arm[2]!, marker);
  const frame = parseFrame(rest);
  return frame === undefined ? undefined : { marker, frames: [frame] };
}

/** `callee from caller+0x...`: the trace is the callers, and the first callee. */
function parseArm(
  callee: string,
  caller: string,
  marker: string | undefined,
): FrameLine | undefined {
  const inner = /^(?:\[<([0-9a-f]+)>\] )?\(?(.*?)\)?$/.exec(caller)!;
  const parsed = parsePlace(inner[2]!);
  if (parsed === undefined) return undefined;
  const { place, rest, isExact } = parsed;
  if (!isExact && place.source === undefined) return undefined;
  if (inner[1] !== undefined) place.address = `0x${inner[1]}`;
  const first = { ...emptyLocation(), symbol: callee };
  const frame = makeFrame(place);
  frame.isInline = rest.trim() === "[inline]";
  return { marker, frames: [makeFrame(first), frame] };
}

function makeFrame(place: CodeLocation): KernelFrame {
  return {
    ...place,
    isReliable: true,
    isInline: false,
    context: undefined,
    flags: undefined,
  };
}

function parseFrame(text: string): KernelFrame | undefined {
  const head = FRAME_HEAD.exec(text)!;
  const address = head[2] ?? head[3];
  const rest = text.slice(head[0].length);
  const isIndented = /^[\s([]/.test(text);
  if (rest === "") {
    if (address === undefined) return undefined;
    return makeFrame({ ...emptyLocation(), address: `0x${address}` });
  }
  const parsed = parsePlace(rest);
  if (parsed === undefined) return undefined;
  const frame = makeFrame(parsed.place);
  if (address !== undefined) frame.address = `0x${address}`;
  if (head[4] !== undefined || head[1] !== undefined) frame.isReliable = false;
  if (!takeFlags(frame, parsed.rest)) return undefined;
  if (parsed.isExact) {
    // An address alone is a frame only where a frame would stand.
    const isBare = frame.symbol === undefined && address === undefined;
    return isBare && !isIndented ? undefined : frame;
  }
  // The script that looks up lines drops the space in front of frames.
  const isLookedUp = frame.source !== undefined || frame.isInline;
  const isCertain = isIndented || LOOKED_UP.test(rest);
  return isLookedUp && isCertain ? frame : undefined;
}

/** `(P)`, `[inline]`, `(unreliable)`, `)`. @returns Whether that is all there is. */
function takeFlags(frame: KernelFrame, text: string): boolean {
  let rest = text.trim();
  const flags = /^\(([A-Z]+)\)/.exec(rest);
  if (flags !== null) {
    frame.flags = flags[1];
    rest = rest.slice(flags[0].length).trim();
  }
  if (/^\[inline\]|^\(inline\)/.test(rest)) {
    frame.isInline = true;
    rest = rest.slice(8).trim();
  }
  if (rest === "(unreliable)") {
    frame.isReliable = false;
    rest = "";
  }
  return rest === "" || rest === ")";
}
