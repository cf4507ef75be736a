/**
 * Where inputs are built and oracles run: a Debian root with a toolchain, or this machine.
 *
 * @module
 */

/** What a command did. */
export interface Outcome {
  /** Exit status. */
  readonly code: number;
  /** Standard output. */
  readonly out: string;
  /** Standard error. */
  readonly err: string;
}

/** A place where commands run, each in a directory of this machine. */
export interface Place {
  /** The root's name, or `host`. */
  readonly name: string;
  /** The root directory, undefined on the host. */
  readonly root: string | undefined;
  /** Runs a shell script with `directory` as the working directory. */
  run(directory: string, script: string): Promise<Outcome>;
}

// A mount namespace of its own, so that nothing stays mounted; the work directory appears as /mnt.
const ENTER = `
set -e
mount -t proc proc "$1/proc"
mount --rbind /sys "$1/sys"
mount --rbind /dev "$1/dev"
mount --bind "$2" "$1/mnt"
exec chroot "$1" bash -c 'cd /mnt && exec bash "$1"' bash "$3"
`;

async function spawn(
  command: string,
  args: string[],
  cwd?: string,
): Promise<Outcome> {
  const output = await new Deno.Command(command, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
      HOME: "/root",
      LC_ALL: "C",
    },
    ...(cwd === undefined ? {} : { cwd }),
  }).output();
  const decoder = new TextDecoder();
  return {
    code: output.code,
    out: decoder.decode(output.stdout),
    err: decoder.decode(output.stderr),
  };
}

/** The root `name` under `roots`; needs to be root to enter it. */
export function rootPlace(roots: string, name: string): Place {
  const root = `${roots}/${name}`;
  return {
    name,
    root,
    async run(directory: string, script: string): Promise<Outcome> {
      await Deno.writeTextFile(`${directory}/.script`, script);
      return await spawn("unshare", [
        "--mount",
        "bash",
        "-c",
        ENTER,
        "bash",
        root,
        directory,
        ".script",
      ]);
    },
  };
}

/** This machine. */
export function hostPlace(): Place {
  return {
    name: "host",
    root: undefined,
    async run(directory: string, script: string): Promise<Outcome> {
      await Deno.writeTextFile(`${directory}/.script`, script);
      return await spawn("bash", [".script"], directory);
    },
  };
}

/** Runs framewalk, or any program of this machine. */
export async function runHere(command: readonly string[]): Promise<Outcome> {
  return await spawn(command[0]!, command.slice(1));
}
