/**
 * `framewalk view`: a page on this machine that shows a core, a capture or a binary.
 *
 * The page is static and runs framewalk itself in the browser; the server hands out its modules and the parts of files
 * that it asks for.
 *
 * @module
 */
import { InputError, type Io } from "./io.ts";
import { baseName } from "./plain_text.ts";
import { findFiles } from "./process_files.ts";
import { reportError } from "./report.ts";
import { makeToken } from "./view/guard.ts";
import { listen, LOOPBACK, readOwnFile } from "./view/listen.ts";
import { OpenFiles } from "./view/open_files.ts";
import { type GivenFile, makeHandler } from "./view/server.ts";
import { parseViewOptions, type ViewOptions } from "./view_options.ts";

/**
 * Runs `framewalk view`, until it is interrupted.
 *
 * @returns The exit code: 0, or 1 if a file cannot be opened or the port cannot be had.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function runView(args: string[], io: Io): Promise<number> {
  const options = await parseViewOptions(args);
  if (options === undefined) {
    const { HELP } = await import("./help.ts");
    say(HELP.view!, io);
    return 0;
  }
  try {
    await serve(options, io);
    return 0;
  } catch (error) {
    return reportError(error, options.file, false, io);
  }
}

async function serve(options: ViewOptions, io: Io): Promise<void> {
  const files = new OpenFiles(io, await findFiles(options, io, () => {}));
  const given = openGiven(options, files);
  const token = makeToken();
  const listener = listen(options.port, (port) =>
    makeHandler({
      guard: { token, host: `${LOOPBACK}:${port}` },
      files,
      given,
      read: readOwnFile,
      io,
    }));
  say(`http://${LOOPBACK}:${listener.port}/${token}/\n`, io);
  const hint = "Open this address in a browser; Ctrl-C ends it.\n";
  if (io.stdout.isTerminal) say(hint, io);
  await listener.finished;
}

/** Opens what the command line names, before anything is promised. */
function openGiven(
  { file, executable }: ViewOptions,
  files: OpenFiles,
): GivenFile[] {
  const open = (path: string | undefined, isProgram: boolean): GivenFile[] => {
    if (path === undefined) return [];
    const opened = files.openGiven(path);
    if (typeof opened === "string") throw new InputError(`${path}: ${opened}`);
    const { id, size } = opened;
    return [{ name: baseName(path), size, url: `file/${id}`, isProgram }];
  };
  return [...open(file, false), ...open(executable, true)];
}

function say(text: string, io: Io): void {
  io.stdout.write(new TextEncoder().encode(text));
}
