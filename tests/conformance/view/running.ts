/**
 * The programs of a run: the local server, the commands that it is compared with, a server of static files.
 *
 * @module
 */

const here = new URL(".", import.meta.url).pathname;
const MAIN = `${here}../../../cli/main.ts`;

/** A server that runs. */
export interface RunningServer {
  /** Address of the page. */
  url: string;
  /** Ends it. @returns How it ended. */
  stop(): Promise<Deno.CommandStatus>;
}

/** Starts `framewalk view` with the permissions that its help names, and no other. */
export async function startView(
  args: readonly string[],
): Promise<RunningServer> {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-read",
      "--allow-net=127.0.0.1",
      MAIN,
      "view",
      ...args,
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = process.stdout.pipeThrough(new TextDecoderStream())
    .getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`framewalk view ${args.join(" ")} ended`);
    text += value;
  }
  return {
    url: text.split("\n")[0]!,
    async stop(): Promise<Deno.CommandStatus> {
      process.kill("SIGINT");
      await reader.cancel();
      return await process.status;
    },
  };
}

/** Runs another command and returns what it prints. */
export async function framewalk(...args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-read", MAIN, ...args],
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}

/** Builds the page and offers it as files, as any host would. */
export async function startSite(): Promise<RunningServer> {
  const root = `${here}../../..`;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "site"],
    cwd: root,
    stdout: "null",
    stderr: "null",
  }).output();
  if (!success) throw new Error("deno task site failed");
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => giveFile(`${root}/build/site`, new URL(request.url).pathname),
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    async stop(): Promise<Deno.CommandStatus> {
      await server.shutdown();
      return { success: true, code: 0, signal: null };
    },
  };
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html",
  js: "text/javascript",
  css: "text/css",
  svg: "image/svg+xml",
  wasm: "application/wasm",
};

async function giveFile(folder: string, path: string): Promise<Response> {
  const name = path === "/" ? "/index.html" : path;
  try {
    const bytes = await Deno.readFile(folder + name);
    const type = TYPES[name.split(".").at(-1)!] ?? "application/octet-stream";
    return new Response(bytes, { headers: { "content-type": type } });
  } catch {
    return new Response("not found", { status: 404 });
  }
}
