/**
 * The command line: finds the command and runs it.
 *
 * Start-up time is part of what the tool is, so this file imports next to nothing and each command is loaded when it is
 * called.
 *
 * @module
 */
import { ClosedOutput, type Io, OutputError, UsageError } from "./io.ts";
import { VERSION } from "./version.ts";

export type {
  Answer,
  DirectoryEntry,
  FileFacts,
  Io,
  NewFile,
  Sink,
} from "./io.ts";
export type { ByteSource } from "../formats/base/byte_source.ts";

/** A command: runs with the arguments behind its name and returns the exit code. */
type Command = (args: string[], io: Io) => Promise<number>;

/**
 * Hides a specifier from Deno's module graph, which is otherwise built for all commands before the first line runs:
 * that alone makes `--version` 1.4 times an empty program instead of 1.1.
 */
const later = (specifier: string): string => specifier;

const COMMANDS: Record<string, () => Promise<Command>> = {
  bt: async () => {
    const module: typeof import("./backtrace.ts") = await import(
      later("./backtrace.ts")
    );
    return module.runBacktrace;
  },
  convert: async () => {
    const module: typeof import("./convert.ts") = await import(
      later("./convert.ts")
    );
    return module.runConvert;
  },
  diff: async () => {
    const module: typeof import("./diff.ts") = await import(
      later("./diff.ts")
    );
    return module.runDiff;
  },
  dump: async () => {
    const module: typeof import("./dump.ts") = await import(
      later("./dump.ts")
    );
    return module.runDump;
  },
  embed: async () => {
    const module: typeof import("./embed.ts") = await import(
      later("./embed.ts")
    );
    return module.runEmbed;
  },
  profile: async () => {
    const module: typeof import("./profile.ts") = await import(
      later("./profile.ts")
    );
    return module.runProfile;
  },
  pstack: async () => {
    const module: typeof import("./pstack.ts") = await import(
      later("./pstack.ts")
    );
    return module.runPstack;
  },
  replay: async () => {
    const module: typeof import("./replay.ts") = await import(
      later("./replay.ts")
    );
    return module.runReplay;
  },
  reports: async () => {
    const module: typeof import("./reports.ts") = await import(
      later("./reports.ts")
    );
    return module.runReports;
  },
  rseq: async () => {
    const module: typeof import("./rseq.ts") = await import(
      later("./rseq.ts")
    );
    return module.runRseq;
  },
  vdso: async () => {
    const module: typeof import("./vdso.ts") = await import(
      later("./vdso.ts")
    );
    return module.runVdso;
  },
  exterr: async () => {
    const module: typeof import("./exterr.ts") = await import(
      later("./exterr.ts")
    );
    return module.runExterr;
  },
  view: async () => {
    const module: typeof import("./view.ts") = await import(
      later("./view.ts")
    );
    return module.runView;
  },
  stat: async () => {
    const module: typeof import("./stat.ts") = await import(
      later("./stat.ts")
    );
    return module.runStat;
  },
  verify: async () => {
    const module: typeof import("./verify.ts") = await import(
      later("./verify.ts")
    );
    return module.runVerify;
  },
  lookup: async () => {
    const module: typeof import("./lookup.ts") = await import(
      later("./lookup.ts")
    );
    return module.runLookup;
  },
};

async function loadHelp(): Promise<typeof import("./help.ts")> {
  return await import(later("./help.ts"));
}

async function suggestFrom(
  word: string,
  known: readonly string[],
): Promise<string> {
  const module: typeof import("./suggest.ts") = await import(
    later("./suggest.ts")
  );
  return module.suggest(word, known);
}

/**
 * Runs the command line.
 *
 * @param args Arguments behind the name of the program.
 * @param io The world to run in.
 * @returns The exit code: 0 fine, 1 input that cannot be read, 2 arguments that make no sense.
 */
export async function main(args: string[], io: Io): Promise<number> {
  try {
    return await dispatch(args, io);
  } catch (error) {
    if (error instanceof ClosedOutput) return 0;
    if (error instanceof UsageError) {
      return say(io, "stderr", `framewalk: ${error.message}\n`, 2);
    }
    if (error instanceof OutputError) {
      return say(io, "stderr", `framewalk: ${error.message}\n`, 1);
    }
    // The command's own module is a file that is read when it is called.
    if (
      error instanceof TypeError && /^Requires read access/.test(error.message)
    ) {
      const hint = "reading is not permitted (run with --allow-read)";
      return say(io, "stderr", `framewalk: ${hint}\n`, 1);
    }
    throw error;
  }
}

async function dispatch(args: string[], io: Io): Promise<number> {
  const name = args[0];
  if (name === "--version" || name === "-V") {
    return say(io, "stdout", `framewalk ${VERSION}\n`, 0);
  }
  if (name === undefined || name === "--help" || name === "-h") {
    const { MAIN_HELP } = await loadHelp();
    return name === undefined
      ? say(io, "stderr", MAIN_HELP, 2)
      : say(io, "stdout", MAIN_HELP, 0);
  }
  if (name === "help") return await help(args.slice(1), io);
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load === undefined) {
    const kind = name.startsWith("-") ? "option" : "command";
    const known = kind === "option"
      ? ["--help", "--version"]
      : [...Object.keys(COMMANDS), "help"];
    throw new UsageError(
      `unknown ${kind} "${name}"${await suggestFrom(
        name,
        known,
      )} (see framewalk --help)`,
    );
  }
  return await (await load())(args.slice(1), io);
}

async function help(args: string[], io: Io): Promise<number> {
  const { HELP, MAIN_HELP } = await loadHelp();
  const topic = args[0];
  if (topic === undefined) return say(io, "stdout", MAIN_HELP, 0);
  const text = Object.hasOwn(HELP, topic) ? HELP[topic] : undefined;
  if (text !== undefined) return say(io, "stdout", text, 0);
  const nearest = await suggestFrom(topic, Object.keys(HELP));
  throw new UsageError(`no help for "${topic}"${nearest}`);
}

function say(
  io: Io,
  stream: "stdout" | "stderr",
  text: string,
  code: number,
): number {
  io[stream].write(new TextEncoder().encode(text));
  return code;
}

if (import.meta.main) {
  const { processIo } = await import("./process_io.ts");
  Deno.exit(await main(Deno.args, processIo()));
}
