/**
 * Source lines and inlined functions of a capture, against `perf script -F ip,sym,srcline`. Where perf says another line of
 * the innermost function, gdb is asked: perf takes any row of the line table, gdb those where a statement begins.
 *
 * perf looks for functions by names without their scopes and so takes some that were inlined for their callers, and the other
 * way round; files and lines, frame by frame, tell whether both see the same functions.
 */
import type { Place } from "./place.ts";

/** A frame, or a function inlined into one. */
interface LineFrame {
  address: string;
  symbol: string;
  /** File and line, undefined where none are told. */
  source: string | undefined;
  inlined: boolean;
}

/** How the frames of all samples compare. */
export interface LineComparison {
  samples: number;
  frames: number;
  inlined: number;
  /** As perf says. */
  same: number;
  /** Another line of the innermost function than perf, the same as gdb. */
  asGdb: number;
  different: string[];
}

/**
 * Whether a frame of perf's is none: where it reads a return address off a stack that is just being changed, or above the
 * first function of a program, it shows what no address can be before it stops, or 0, less one.
 */
export function isNoAddress(frame: string | undefined): boolean {
  const address = BigInt.asIntN(64, BigInt(`0x${frame ?? 0}`));
  const isInFirstPage = address >= 0n && address < 4096n;
  return address === -1n || isInFirstPage ||
    address !== BigInt.asIntN(48, address);
}

const ADDRESS = /^\t *([0-9a-f]+) (.*)$/;
/** What perf prints where there is no line. */
const NO_LINE = /^\?\?:|^[^/]*\[/;

/** Frames of perf's samples, which are between empty lines. */
function parsePerf(text: string): LineFrame[][] {
  const samples: LineFrame[][] = [];
  let frames: LineFrame[] = [];
  for (const line of `${text}\n\n`.split("\n")) {
    const match = ADDRESS.exec(line);
    if (match !== null) {
      const [, address = "", symbol = ""] = match;
      frames.push({ address, symbol, source: undefined, inlined: false });
    } else if (line.startsWith("  ")) {
      const source = line.trim().replace(/ \(inlined\)$/, "");
      const frame = frames.at(-1)!;
      frame.inlined = line.endsWith(" (inlined)");
      if (!NO_LINE.test(source)) frame.source = source;
    } else if (line === "" && frames.length > 0) {
      samples.push(frames);
      frames = [];
    }
  }
  return samples;
}

/** Frames of `profile --format text --lines`: the lines behind the head of each sample. */
function parseOurs(text: string): LineFrame[][] {
  return text.trimEnd().split("\n\n").map((sample) => {
    const frames: LineFrame[] = [];
    for (const line of sample.split("\n").slice(1)) {
      const match = ADDRESS.exec(line);
      if (match !== null) {
        const [, address = "", rest = ""] = match;
        const inlined = rest.endsWith(" (inlined)");
        const symbol = rest.replace(/ \([^()]*\)$/, "");
        frames.push({ address, symbol, source: undefined, inlined });
      } else if (line.startsWith("  ")) frames.at(-1)!.source = line.trim();
    }
    return frames;
  }).filter((frames) => frames.length > 0);
}

/** The frames of the stack, each with what was inlined into it. */
function group(frames: readonly LineFrame[]): LineFrame[][] {
  const groups: LineFrame[][] = [];
  let open: LineFrame[] = [];
  for (const frame of frames) {
    open.push(frame);
    if (frame.inlined) continue;
    groups.push(open);
    open = [];
  }
  return groups;
}

/** Lines that gdb knows, as `file:line` without directories, by address of the program. */
async function askGdb(
  place: Place,
  work: string,
  program: string,
  addresses: readonly string[],
): Promise<string[]> {
  if (addresses.length === 0) return [];
  const asked = addresses.map((address) => `-ex 'info line *0x${address}'`);
  const { out } = await place.run(
    work,
    `gdb -nx -batch ${asked.join(" ")} ${program}`,
  );
  return out.split("\n").flatMap((line) => {
    const match = /^Line (\d+) of "(?:.*\/)?([^/"]+)"/.exec(line);
    return match === null ? [] : [`${match[2]}:${match[1]}`];
  });
}

/** Distance from the program's addresses to those of the process, by its function `main`. */
async function findBias(
  place: Place,
  work: string,
  program: string,
  samples: readonly LineFrame[][],
): Promise<number> {
  const { out } = await place.run(work, `nm ${program}`);
  const [, start] = /^([0-9a-f]+) T main$/m.exec(out) ?? [];
  for (const { address, symbol, inlined } of samples.flat()) {
    const [, offset] = /^main\+0x([0-9a-f]+)$/.exec(symbol) ?? [];
    if (inlined || offset === undefined || start === undefined) continue;
    return parseInt(address, 16) - parseInt(offset, 16) - parseInt(start, 16);
  }
  throw new Error(`${program}: no sample in main`);
}

/** Compares what perf and framewalk (`ours`, its text) say of `capture`, which is one of `program`. */
export async function compareLines(
  place: Place,
  work: string,
  capture: string,
  program: string,
  ours: string,
): Promise<LineComparison> {
  const { out } = await place.run(
    work,
    `perf script -i ${capture} --max-stack 65535 -F ip,sym,srcline --full-source-path 2>/dev/null`,
  );
  const theirSamples = parsePerf(out);
  const ourSamples = parseOurs(ours);
  const result: LineComparison = {
    samples: theirSamples.length,
    frames: 0,
    inlined: 0,
    same: 0,
    asGdb: 0,
    different: [],
  };
  const doubtful = new Map<string, { count: number; source: string }>();
  theirSamples.forEach((sample, i) => {
    // While a handler returns, perf's frames are others: what compares stacks tells.
    const isReturning = sample.some(({ symbol }) =>
      symbol.includes("rt_sigreturn")
    );
    if (isReturning) return;
    let at = 0;
    for (const frames of group(ourSamples[i] ?? [])) {
      // The stack goes on beyond perf's end.
      if (at === sample.length) break;
      const theirs = sample.slice(at, at += frames.length);
      result.frames++;
      result.inlined += frames.length - 1;
      const differs = frames.map(({ address, source }, j) =>
        theirs[j]?.address !== address || theirs[j]!.source !== source
      );
      const [{ address, source }] = frames as [LineFrame];
      if (!differs.includes(true)) result.same++;
      else if (
        differs.lastIndexOf(true) === 0 && theirs[0]?.address === address &&
        source !== undefined
      ) {
        const known = doubtful.get(address) ?? { count: 0, source };
        doubtful.set(address, { ...known, count: known.count + 1 });
      } else {
        const told = theirs.map((frame) => `${frame.address} ${frame.source}`);
        result.different.push(`sample ${i}: ${told} / ${address} ${source}`);
      }
    }
    const isWhole = sample.slice(at).every(({ address }) =>
      isNoAddress(address)
    );
    if (!isWhole) {
      result.different.push(`sample ${i}: ${sample.length} / ${at} frames`);
    }
  });
  const bias = await findBias(place, work, program, ourSamples);
  const addresses = [...doubtful.keys()].map((address) =>
    (parseInt(address, 16) - bias).toString(16)
  );
  const lines = await askGdb(place, work, program, addresses);
  [...doubtful].forEach(([address, { count, source }], i) => {
    if (source.replace(/^.*\//, "") === lines[i]) result.asGdb += count;
    else result.different.push(`${address}: gdb ${lines[i]} / ${source}`);
  });
  return result;
}
