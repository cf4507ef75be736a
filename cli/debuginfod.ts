/**
 * Executables and debug files from debuginfod servers, by build ID, kept in the cache that the client of elfutils has:
 * `CACHE/BUILDID/executable` and `CACHE/BUILDID/debuginfo`; an empty file remembers that no server had it. That client
 * also cleans the cache; this one does not.
 *
 * @module
 */
import type { ByteSource } from "../formats/base/byte_source.ts";
import { FormatError } from "../formats/base/error.ts";
import { openElf } from "../formats/elf/mod.ts";
import type { Candidate, FindCandidates } from "../kernel/reader.ts";
import {
  type DebuginfodSettings,
  debuginfodSettings,
} from "./debuginfod_settings.ts";
import { type DownloadTarget, FileTarget, MemoryTarget } from "./download.ts";
import { type Answer, InputError, type Io } from "./io.ts";
import { withProgress } from "./progress.ts";

/** What a server has of a build. */
export type DebuginfodKind = "executable" | "debuginfo";

const BUILD_ID = /^([0-9a-f]{2}){2,64}$/;
const NOT_FOUND = "not found";
/** Seconds for which the cache remembers that no server had a file, where it does not say otherwise. */
const DEFAULT_MISS_SECONDS = 600;

/**
 * Puts what servers have behind the candidates of `others`, if `given` or the environment names a server.
 *
 * @param given Addresses by options.
 * @param warn Takes what the user should know, each thing once.
 * @param mayAsk Whether servers may be asked just now.
 * @throws {UsageError} For an option that is no address.
 */
export function addDebuginfod(
  others: FindCandidates,
  given: readonly string[],
  io: Io,
  warn: (text: string) => void,
  mayAsk: () => boolean,
): FindCandidates {
  const settings = debuginfodSettings(io, given);
  if (settings === undefined) return others;
  if (settings.cache === undefined) {
    warn(
      "debuginfod: nothing is kept: HOME is not known (run with --allow-env)",
    );
  }
  return withDebuginfod(others, new Debuginfod(io, settings, warn, mayAsk));
}

/** Puts what the servers have behind the candidates of `others`. */
function withDebuginfod(
  others: FindCandidates,
  client: Debuginfod,
): FindCandidates {
  return (request) => {
    const { path, buildId, purpose } = request;
    if (buildId === undefined || purpose === "sidecar") return others(request);
    const kind = purpose === "debug" ? "debuginfo" : "executable";
    // The path is the process's own: a debug file may lie beside it.
    const served: Candidate = { path, open: () => client.find(buildId, kind) };
    return [...others(request), served];
  };
}

/** Asks servers, each file once. */
export class Debuginfod {
  private readonly io: Io;
  private readonly settings: DebuginfodSettings;
  private readonly warn: (text: string) => void;
  private readonly mayAsk: () => boolean;
  private readonly asked: Map<string, Promise<ByteSource | string>> = new Map();
  /** Servers that failed: they are not asked again. */
  private readonly failed: Set<string> = new Set();
  private cannotCache = false;

  /** `warn` takes what the user should know, each thing once; `mayAsk` says whether there is time just now. */
  constructor(
    io: Io,
    settings: DebuginfodSettings,
    warn: (text: string) => void,
    mayAsk: () => boolean = () => true,
  ) {
    this.io = io;
    this.settings = settings;
    this.warn = warn;
    this.mayAsk = mayAsk;
  }

  /** Finds a file in the cache or on a server. @returns The file, or in a few words why not. */
  find(buildId: string, kind: DebuginfodKind): Promise<ByteSource | string> {
    const key = `${buildId}/${kind}`;
    let answer = this.asked.get(key);
    if (answer === undefined) {
      if (!this.mayAsk()) return Promise.resolve(NOT_FOUND);
      answer = this.look(buildId, kind);
      this.asked.set(key, answer);
    }
    return answer;
  }

  private async look(
    buildId: string,
    kind: DebuginfodKind,
  ): Promise<ByteSource | string> {
    if (!BUILD_ID.test(buildId)) return NOT_FOUND;
    const { io, settings } = this;
    const place = this.placeOf(buildId, kind);
    const facts = place === undefined ? undefined : io.facts(place);
    if (facts !== undefined && facts.size > 0) return io.open(place!);
    if (facts !== undefined && facts.age <= await this.missSeconds()) {
      return NOT_FOUND;
    }
    let isMissing = true;
    for (const server of settings.urls) {
      if (this.failed.has(server)) {
        isMissing = false;
        continue;
      }
      const found = await this.ask(server, buildId, kind);
      if (typeof found !== "string") return found;
      isMissing &&= found === NOT_FOUND;
    }
    if (isMissing && place !== undefined) this.remember(place);
    return NOT_FOUND;
  }

  /** Asks one server. @returns The file; {@linkcode NOT_FOUND}; or why the server is of no use, which has been told. */
  private async ask(
    server: string,
    buildId: string,
    kind: DebuginfodKind,
  ): Promise<ByteSource | string> {
    const url = `${server}/buildid/${buildId}/${kind}`;
    const answer = await this.io.fetch(url, this.settings.timeout);
    if (typeof answer === "string") return this.giveUp(server, answer);
    if (answer.status === 404) {
      answer.cancel();
      return NOT_FOUND;
    }
    if (answer.status !== 200) {
      answer.cancel();
      return this.giveUp(server, `HTTP status ${answer.status}`);
    }
    try {
      const found = await this.download(answer, buildId, kind);
      if (typeof found === "string") {
        this.warn(`debuginfod: ${url}: not used: ${found}`);
      }
      return found;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return this.giveUp(server, `${kind} of ${buildId}: ${error.message}`);
    }
  }

  private giveUp(server: string, why: string): string {
    this.failed.add(server);
    this.warn(`debuginfod: ${server}: ${why}`);
    return why;
  }

  /**
   * Takes a body in, and keeps it if it is of that build.
   *
   * @throws {InputError} If the body ends too early or comes too slowly.
   */
  private async download(
    answer: Answer,
    buildId: string,
    kind: DebuginfodKind,
  ): Promise<ByteSource | string> {
    const target = this.makeTarget(this.placeOf(buildId, kind));
    let isKept = false;
    try {
      const what = `downloading the ${kind} of ${buildId.slice(0, 8)}…`;
      const body = withProgress(answer.body, what, answer.size, this.io);
      const refusal = await fill(target, body, answer.size) ??
        await checkBuildId(target.source(), buildId);
      if (refusal !== undefined) return refusal;
      const kept = target.keep();
      isKept = typeof kept !== "string";
      return kept;
    } finally {
      if (!isKept) {
        answer.cancel();
        target.drop();
      }
    }
  }

  private makeTarget(place: string | undefined): DownloadTarget {
    if (place === undefined) return new MemoryTarget();
    const { io, settings } = this;
    const folder = place.slice(0, place.lastIndexOf("/"));
    const file = io.makeDirectory(folder) ?? io.create(place);
    if (typeof file !== "string") {
      return new FileTarget(io, file, place, settings.maxSize);
    }
    this.warnOfCache(file);
    return new MemoryTarget();
  }

  /** Leaves an empty file, as a note that no server has this one. */
  private remember(place: string): void {
    const { io } = this;
    const folder = place.slice(0, place.lastIndexOf("/"));
    const refusal = io.makeDirectory(folder) ??
      io.save(place, new Uint8Array(0));
    if (refusal !== undefined) this.warnOfCache(refusal);
  }

  private warnOfCache(why: string): void {
    if (this.cannotCache) return;
    this.cannotCache = true;
    const { cache } = this.settings;
    this.warn(`debuginfod: nothing is kept in ${cache}: ${why}`);
  }

  /** Where the cache has a file; `undefined` without a cache. */
  private placeOf(buildId: string, kind: DebuginfodKind): string | undefined {
    const { cache } = this.settings;
    return cache === undefined ? undefined : `${cache}/${buildId}/${kind}`;
  }

  /** What the cache's own file says, which the client of elfutils reads too. */
  private async missSeconds(): Promise<number> {
    const file = this.io.open(`${this.settings.cache}/cache_miss_s`);
    if (typeof file === "string") return DEFAULT_MISS_SECONDS;
    const text = new TextDecoder().decode(await file.read(0, 32)).trim();
    return /^\d{1,15}$/.test(text) ? Number(text) : DEFAULT_MISS_SECONDS;
  }
}

/** Takes the chunks in. @returns Why they are of no use, if so. */
async function fill(
  target: DownloadTarget,
  chunks: AsyncIterable<Uint8Array>,
  size: number | undefined,
): Promise<string | undefined> {
  const tooLarge = `larger than ${target.capacity} bytes`;
  if (size !== undefined && size > target.capacity) return tooLarge;
  let received = 0;
  for await (const chunk of chunks) {
    received += chunk.length;
    if (received > target.capacity) return tooLarge;
    const refusal = target.add(chunk);
    if (refusal !== undefined) return refusal;
  }
  return size === undefined || size === received
    ? undefined
    : `${received} of ${size} bytes came`;
}

async function checkBuildId(
  source: ByteSource | string,
  expected: string,
): Promise<string | undefined> {
  if (typeof source === "string") return source;
  try {
    const buildId = await (await openElf(source)).buildId();
    return buildId === expected
      ? undefined
      : `it is another build (${buildId ?? "no build ID"})`;
  } catch (error) {
    if (error instanceof FormatError) return error.message;
    throw error;
  }
}
