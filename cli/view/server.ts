/**
 * What the local page is answered: itself, the modules that it consists of, and parts of files.
 *
 * @module
 */
import type { Io } from "../io.ts";
import { admit, type Guard } from "./guard.ts";
import { type OpenFiles, readRequest } from "./open_files.ts";
import {
  demanglerUrl,
  packageModule,
  type ReadOwnFile,
  sourceModule,
} from "./page_modules.ts";
import { answerRange } from "./ranges.ts";
import { CONTENT_SECURITY_POLICY } from "./policy.ts";

/** Longest request that is read. */
const MAX_BODY_SIZE = 1 << 16;

const SITE = new URL("../site/", import.meta.url);

/** Files of the page that are served as they are. */
export const STATIC_FILES: Readonly<Record<string, string>> = {
  "style.css": "text/css; charset=utf-8",
  "icon.svg": "image/svg+xml",
};

/** The modules with which the page and its worker begin. */
const ENTRIES: Readonly<Record<string, string>> = {
  "page.js": "cli/site/page.ts",
  "worker.js": "cli/site/worker.ts",
};

/** A file that the page opens by itself. */
export interface GivenFile {
  /** Name without the directory. */
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /** Where the page gets it, relative to itself. */
  readonly url: string;
  /** Whether it is the program that the first file is of. */
  readonly isProgram: boolean;
}

/** What the server works with. */
export interface ViewContext {
  /** Who may ask. */
  readonly guard: Guard;
  /** The files. */
  readonly files: OpenFiles;
  /** What the page opens by itself. */
  readonly given: readonly GivenFile[];
  /** Reads the files of the program. */
  readonly read: ReadOwnFile;
  /** For messages. */
  readonly io: Io;
}

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

/** Makes what answers requests. */
export function makeHandler(
  context: ViewContext,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const path = admit(request, context.guard);
    const response = path === undefined
      ? refuse(403, "this address lacks the token that framewalk view printed")
      : await answer(request, path, context);
    for (const [name, value] of Object.entries(HEADERS)) {
      response.headers.set(name, value);
    }
    return response;
  };
}

async function answer(
  request: Request,
  path: string,
  context: ViewContext,
): Promise<Response> {
  try {
    if (request.method === "POST" && path === "find") {
      return await findFile(request, context);
    }
    if (request.method !== "GET") return refuse(405, "only GET");
    return await serve(request, path, context) ?? refuse(404, "not found");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return refuse(404, "not found");
    // A file that was taken away meanwhile, or a defect: the page tells it, and the server goes on.
    return refuse(500, error instanceof Error ? error.message : String(error));
  }
}

async function serve(
  request: Request,
  path: string,
  { files, given, read }: ViewContext,
): Promise<Response | undefined> {
  if (path === "") return await servePage(read);
  if (path === "session.json") return Response.json({ files: given });
  const file = /^file\/(\d{1,6})$/.exec(path);
  if (file !== null) {
    const source = files.get(Number(file[1]));
    return source && await answerRange(request, source);
  }
  if (Object.hasOwn(STATIC_FILES, path)) {
    return respond(await read(new URL(path, SITE)), STATIC_FILES[path]!);
  }
  if (Object.hasOwn(ENTRIES, path)) {
    return script(`import "./src/${ENTRIES[path]}";\n`);
  }
  if (path === "demangler.wasm") {
    return respond(await read(demanglerUrl()), "application/wasm");
  }
  if (path.startsWith("src/")) {
    return script(await sourceModule(path.slice(4), read));
  }
  if (path.startsWith("pkg/")) {
    const name = decodeURIComponent(path.slice(4));
    return script(await packageModule(name, read));
  }
  return undefined;
}

/** The page as it is published, but for the word that there is a server behind it. */
async function servePage(read: ReadOwnFile): Promise<Response> {
  const text = new TextDecoder().decode(
    await read(new URL("index.html", SITE)),
  );
  const page = text.replace(
    "</head>",
    `<meta name="framewalk-session" content="session.json">\n</head>`,
  );
  return respond(new TextEncoder().encode(page), "text/html; charset=utf-8");
}

async function findFile(
  request: Request,
  { files }: ViewContext,
): Promise<Response> {
  const text = await request.text();
  if (text.length > MAX_BODY_SIZE) return refuse(413, "too long");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse(400, "no JSON");
  }
  const wanted = readRequest(value);
  if (wanted === undefined) return refuse(400, "no request for a file");
  return Response.json(await files.look(wanted));
}

function script(text: string | undefined): Response | undefined {
  return text === undefined
    ? undefined
    : respond(new TextEncoder().encode(text), "text/javascript; charset=utf-8");
}

function respond(bytes: Uint8Array, type: string): Response {
  return new Response(bytes as Uint8Array<ArrayBuffer>, {
    headers: { "content-type": type },
  });
}

function refuse(status: number, text: string): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}
