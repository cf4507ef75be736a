/**
 * Which debuginfod servers are asked, and how: by options and by the variables that the client of elfutils has.
 *
 * @module
 */
import { type Io, UsageError } from "./io.ts";

/** How servers are asked. */
export interface DebuginfodSettings {
  /** Servers in the order in which they are asked, without a slash at the end. */
  readonly urls: readonly string[];
  /** Directory of the cache; `undefined` if the environment does not tell it. */
  readonly cache: string | undefined;
  /** Seconds of patience. */
  readonly timeout: number;
  /** Largest file, bytes. */
  readonly maxSize: number;
}

const DEFAULT_TIMEOUT = 90;
const DEFAULT_MAX_SIZE = 2 ** 33;

/**
 * Reads the settings.
 *
 * @param given URLs of options; they take the place of `DEBUGINFOD_URLS`.
 * @returns `undefined` if nothing names a server: then none is asked.
 * @throws {UsageError} For an option that is no URL.
 */
export function debuginfodSettings(
  io: Io,
  given: readonly string[],
): DebuginfodSettings | undefined {
  for (const url of given) {
    if (!isWebAddress(url)) {
      throw new UsageError(`--debuginfod ${url} is no http or https address`);
    }
  }
  // Beside addresses the variable can hold words such as ima:enforcing.
  const urls = given.length > 0
    ? given
    : (io.env("DEBUGINFOD_URLS") ?? "").split(/\s+/).filter(isWebAddress);
  if (urls.length === 0) return undefined;
  return {
    urls: [...new Set(urls.map((url) => url.replace(/(\/buildid)?\/*$/, "")))],
    cache: cacheDirectory(io),
    timeout: numberOf(io.env("DEBUGINFOD_TIMEOUT")) ?? DEFAULT_TIMEOUT,
    maxSize: numberOf(io.env("DEBUGINFOD_MAXSIZE")) ?? DEFAULT_MAX_SIZE,
  };
}

function isWebAddress(text: string): boolean {
  return /^https?:\/\/[^\s/]+/.test(text);
}

function numberOf(text: string | undefined): number | undefined {
  const number = /^\d{1,15}$/.test(text ?? "") ? Number(text) : 0;
  return number > 0 ? number : undefined;
}

/** As elfutils looks for it: a variable, the old place if it is there, the place for caches. */
function cacheDirectory(io: Io): string | undefined {
  const home = io.env("HOME");
  const given = io.env("DEBUGINFOD_CACHE_PATH");
  if (given) return given;
  const old = `${home}/.debuginfod_client_cache`;
  if (home && typeof io.list(old) !== "string") return old;
  const caches = io.env("XDG_CACHE_HOME") || (home && `${home}/.cache`);
  return caches ? `${caches}/debuginfod_client` : undefined;
}
