// deno-lint-ignore-file no-console -- a maker's tool
/**
 * Writes one golden of a core fixture from what the debuggers and the program itself said (see make.sh).
 *
 * `frames` is what a backtrace must print. It is gdb's answer wherever the program printed its own stack and the two
 * agree; where they differ the program is right and the note says so.
 */

import {
  type Listing,
  maskFrames,
  parseEuStack,
  parseGdb,
  parsePrinted,
  type Printed,
  sameFrames,
} from "../conformance/listing.ts";

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Why eu-stack is not the oracle here, seen in its own words (`euStackError`). */
function explainEuStack(kind: Kind): string {
  if (kind.qemu) {
    return "eu-stack differs: a core of qemu-user names no files, so it finds no table and follows the frame pointer";
  }
  if (kind.program === "nullcall") {
    return "eu-stack stops at a pc outside all code";
  }
  if (kind.program === "signal") {
    return "eu-stack does not know a signal trampoline that has no table";
  }
  return "eu-stack differs";
}

interface Kind {
  readonly program: string;
  readonly qemu: boolean;
  /** Printed names that are no symbols: "?" for a pc that is nowhere; a trampoline that the kernel provides. */
  readonly nameless: readonly string[];
}

function judge(
  kind: Kind,
  gdb: Listing,
  eu: Listing | undefined,
  printed: Printed[] | undefined,
) {
  const notes: string[] = [];
  let frames = gdb.frames;
  let symbols = gdb.names;
  let oracle = "gdb";
  if (printed !== undefined && printed.length > 1) {
    const said = [
      ...gdb.frames.slice(0, 1),
      ...printed.map((one) => one.address),
    ];
    const outermost =
      gdb.names.at(-1) === "_start" || printed.at(-1)?.name === "start_program"
        ? "_start"
        : "thread_start";
    if (sameFrames(said, gdb.frames)) {
      oracle = "gdb and the program's own print";
    } else {
      oracle = "the program's own print";
      notes.push(
        kind.qemu
          ? "gdb differs: a core of qemu-user holds neither file names nor text, so it misses the bias or the trampoline"
          : "gdb differs from what the program printed of its own stack",
      );
      frames = said;
    }
    symbols = [
      ...printed.map((one) =>
        kind.nameless.includes(one.name) ? null : one.name
      ),
      outermost,
    ];
  }
  if (eu === undefined) notes.push("eu-stack lists nothing");
  else if (!sameFrames(eu.frames, frames)) {
    notes.push(
      sameFrames(maskFrames(eu.frames), frames)
        ? "eu-stack keeps the authentication bits of signed addresses; masked to 48 bits it agrees"
        : explainEuStack(kind),
    );
  }
  return {
    tid: gdb.tid,
    oracle,
    frames,
    symbols,
    gdb: sameFrames(gdb.frames, frames) ? "same" : gdb.frames,
    gdbStop: gdb.stop ?? "",
    euStack: eu === undefined
      ? null
      : sameFrames(eu.frames, frames)
      ? "same"
      : eu.frames,
    notes,
  };
}

async function main(args: string[]): Promise<void> {
  const [
    name = "",
    machine = "",
    program = "",
    debugger_ = "",
    flags = "",
    dir = "",
    out = "",
  ] = args;
  const text = (file: string) => Deno.readTextFile(`${dir}/${file}`);
  const gdb = parseGdb(await text("gdb.txt"));
  const eu = parseEuStack(await text("eu.txt"));
  const printed = parsePrinted(await text("printed.txt"));
  const euError = (await text("eu.log")).trim();
  const qemu = debugger_ !== "gdb";
  const nameless = flags.includes("-DNO_RESTORER")
    ? ["?", "__restore_rt"]
    : ["?"];
  const golden = {
    name,
    machine,
    toolchain: (await text("versions.txt")).trim().split("\n"),
    flags,
    tool: (await text("gdb.version")).trim(),
    command: `${debugger_} -nx -batch -x gdb_frames.py ${program} core`,
    euStackTool: (await text("eu.version")).trim(),
    euStackCommand: `eu-stack -n 0 --core=core --executable=${program}`,
    ...(euError === "" ? {} : { euStackError: euError.replaceAll("\n", "; ") }),
    coreSha256: await sha256(await Deno.readFile(`${dir}/core`)),
    programSha256: await sha256(await Deno.readFile(`${dir}/${program}`)),
    threads: gdb.map((thread) =>
      judge(
        { program, qemu, nameless },
        thread,
        eu.find((one) => one.tid === thread.tid),
        printed.get(thread.tid),
      )
    ),
  };
  await Deno.writeTextFile(out, JSON.stringify(golden, null, 1) + "\n");
  for (const thread of golden.threads) {
    const notes = thread.notes.length === 0
      ? ""
      : ` (${thread.notes.join("; ")})`;
    console.log(
      `${name} thread ${thread.tid}: ${thread.frames.length} frames, ${thread.oracle}${notes}`,
    );
  }
  if (gdb.length === 0) console.log(`${name}: gdb lists nothing`);
}

if (import.meta.main) await main(Deno.args);
