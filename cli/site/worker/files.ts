/**
 * Where the page's files are: those that the user gave, and what the local server finds.
 *
 * @module
 */
import type { ByteSource } from "../../../formats/base/byte_source.ts";
import { FormatError } from "../../../formats/base/error.ts";
import { isElf, openElf } from "../../../formats/elf/mod.ts";
import type {
  Candidate,
  FindCandidates,
  ModuleRequest,
} from "../../../kernel/mod.ts";
import { baseName } from "../../plain_text.ts";
import type { InputFile } from "../protocol.ts";
import { openBlob, openUrl } from "./block_source.ts";

/** Places that are taken from the local server's answer: it names what is there, best first. */
const MAX_SERVER_PLACES = 6;

/** What the local server answers. */
interface ServerFile {
  path: string;
  id?: number;
  size?: number;
  reason?: string;
}

/** All files that were given. */
export class GivenFiles {
  private readonly byName: Map<string, ByteSource> = new Map();
  private readonly byBuildId: Map<string, ByteSource[]> = new Map();
  /** The program that was given for a core. */
  program: ByteSource | undefined = undefined;
  /** Address of the local server; undefined without one. */
  private readonly server: string | undefined;

  /** Starts without files. */
  constructor(server: string | undefined) {
    this.server = server;
  }

  /** Opens a file and remembers it for those that need it. */
  async add(file: InputFile): Promise<ByteSource> {
    const source = file.blob === undefined
      ? openUrl(file.url!, file.size)
      : openBlob(file.blob);
    this.byName.set(file.name, source);
    if (file.isProgram === true) this.program = source;
    const id = await readBuildId(source);
    if (id !== undefined) {
      const list = this.byBuildId.get(id) ?? [];
      this.byBuildId.set(id, [...list, source]);
    }
    return source;
  }

  /** Where a file may be: among those that were given by build id, then by name; then on this machine. */
  readonly find: FindCandidates = (request) => {
    const given = new Set([
      ...this.byBuildId.get(request.buildId ?? "") ?? [],
      ...this.namesOf(request).flatMap((name) => this.byName.get(name) ?? []),
    ]);
    const label = `${baseName(request.path)} (given)`;
    const local: Candidate[] = [...given].map((source) => ({
      path: label,
      open: () => source,
    }));
    return [...local, ...this.placesOnServer(request)];
  };

  /** All of a file that was given, by its name. */
  async read(name: string): Promise<Uint8Array | undefined> {
    const source = this.byName.get(name);
    return source && await source.read(0, source.size);
  }

  private namesOf({ path, debugLink }: ModuleRequest): string[] {
    const names = [baseName(path)];
    if (debugLink !== undefined) names.push(debugLink.name);
    return names;
  }

  private placesOnServer(request: ModuleRequest): Candidate[] {
    const { server } = this;
    if (server === undefined) return [];
    let answer: Promise<ServerFile[]> | undefined;
    return Array.from({ length: MAX_SERVER_PLACES }, (_, index) => ({
      path: request.path,
      async open(): Promise<ByteSource | string> {
        const { mapping: _mapping, ...wanted } = request;
        answer ??= askServer(server, wanted);
        const all = await answer;
        const found = all.filter(({ id }) => id !== undefined);
        const file = found[index];
        if (file === undefined) {
          return found.length > 0 ? "not found" : firstReason(all);
        }
        this.path = file.path;
        return openUrl(new URL(`file/${file.id}`, server).href, file.size!);
      },
    }));
  }
}

/** The reason that tells most: that a file is not there is the least. */
function firstReason(places: readonly ServerFile[]): string {
  return places.find(({ reason }) => reason !== "not found")?.reason ??
    "not found";
}

async function askServer(
  server: string,
  request: ModuleRequest,
): Promise<ServerFile[]> {
  const response = await fetch(new URL("find", server), {
    method: "POST",
    body: JSON.stringify(request),
  });
  return response.ok ? await response.json() : [];
}

async function readBuildId(source: ByteSource): Promise<string | undefined> {
  if (!isElf(await source.read(0, 4))) return undefined;
  try {
    return await (await openElf(source)).buildId();
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
