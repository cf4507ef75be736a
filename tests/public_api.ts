/**
 * What the package promises: the names that each subpath of `deno.json` exports.
 *
 * After a change that is meant: `deno run --allow-read=. tests/public_api.ts > tests/public_api.json`.
 */
import config from "../deno.json" with { type: "json" };

/** Names by subpath, sorted; types are marked. */
export type PublicApi = Record<string, string[]>;

const ROOT = new URL("../", import.meta.url);

/** Reads the export lists out of the sources. */
export function readPublicApi(): PublicApi {
  const api: PublicApi = {};
  for (const [subpath, path] of Object.entries(config.exports)) {
    api[subpath] = readExports(new URL(path, ROOT));
  }
  return api;
}

function readExports(file: URL): string[] {
  const text = Deno.readTextFileSync(file)
    .replace(/\/\*[^]*?\*\//g, "").replace(/\/\/.*$/gm, "");
  const names: string[] = [];
  for (
    const [, type, list] of text.matchAll(/export\s+(type\s+)?\{([^}]*)\}/g)
  ) {
    for (const item of list!.split(",").map((item) => item.trim())) {
      const name = item.replace(/^.* as /, "");
      if (name !== "") names.push(type === undefined ? name : `type ${name}`);
    }
  }
  for (
    const [, kind, name] of text.matchAll(
      /^export\s+(?:async\s+|abstract\s+)?(function\*?|class|const|type|interface)\s+(\w+)/gm,
    )
  ) {
    const isType = kind === "type" || kind === "interface";
    names.push(isType ? `type ${name}` : name!);
  }
  for (const [, path] of text.matchAll(/^export\s+\*\s+from\s+"([^"]+)"/gm)) {
    names.push(...readExports(new URL(path!, file)));
  }
  return [...new Set(names)].sort();
}

if (import.meta.main) {
  const text = JSON.stringify(readPublicApi(), null, 2);
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}
