/**
 * Who may ask: only the page that was opened by the address which `framewalk view` printed.
 *
 * @module
 */

/** Bytes of chance in the address: nobody guesses 128 bits. */
const TOKEN_SIZE = 16;

/** Makes the part of the address that nobody else knows. */
export function makeToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_SIZE));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

/** What a request must show. */
export interface Guard {
  /** First part of every path. */
  readonly token: string;
  /** `127.0.0.1:PORT`. */
  readonly host: string;
}

/**
 * The path of a request behind the token; undefined if it must be refused: without the token, by another name of this
 * machine (a foreign name that was made to point here would otherwise count as the same site), or from another page.
 */
export function admit(request: Request, guard: Guard): string | undefined {
  const { headers } = request;
  if (headers.get("host") !== guard.host) return undefined;
  const origin = headers.get("origin");
  if (origin !== null && origin !== `http://${guard.host}`) return undefined;
  const site = headers.get("sec-fetch-site");
  if (site === "cross-site" || site === "same-site") {
    // An address that is clicked on elsewhere opens the page, and nothing but the page.
    if (headers.get("sec-fetch-mode") !== "navigate") return undefined;
  }
  const [token = "", ...rest] = pathOf(request.url).split("/").slice(1);
  if (!isSame(token, guard.token)) return undefined;
  return rest.length === 0 ? undefined : rest.join("/");
}

/** The path as it was sent, but for what the parser of addresses already made of it. */
function pathOf(url: string): string {
  return new URL(url).pathname;
}

/** Compares in a time that does not tell how much of it is right. */
function isSame(given: string, wanted: string): boolean {
  let difference = given.length ^ wanted.length;
  for (let i = 0; i < wanted.length; i++) {
    difference |= given.charCodeAt(i) ^ wanted.charCodeAt(i);
  }
  return difference === 0;
}
