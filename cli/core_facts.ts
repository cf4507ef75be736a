/**
 * What a core says of its process, in words.
 *
 * @module
 */
import { formatAddress } from "../formats/base/address.ts";
import {
  type CoreDump,
  type CoreSignal,
  describeSignal,
  describeSignalCode,
} from "../formats/core_dump/mod.ts";
import { findCrashed, type Session } from "../kernel/reader.ts";
import type { HeadFacts, ThreadFacts } from "./render_text.ts";

/** The head of a backtrace. */
export function headFacts(session: Session): HeadFacts {
  const { core } = session;
  const process = core.process;
  // The kernel joins the arguments with spaces and leaves one at the end.
  const args = process?.args.trim() ?? "";
  return {
    program: args === "" ? process?.name ?? "" : args,
    pid: process?.pid,
    signal: core.signal === undefined ? [] : signalLines(core.signal),
    abortMessage: session.abortMessage,
    machine: machineName(core),
    threadCount: core.threads.length,
  };
}

/** The heading of thread `index`. */
export function threadFacts(core: CoreDump, index: number): ThreadFacts {
  const { tid, name } = core.threads[index]!;
  return { tid, name, crashed: index === findCrashed(core) };
}

function signalLines(signal: CoreSignal): string[] {
  const { number, code, faultAddress, senderPid, senderUid } = signal;
  const { name, meaning } = describeSignal(number);
  const lines = [`${name} (${number}): ${meaning}`];
  const details: string[] = [];
  const why = code === undefined
    ? ""
    : describeSignalCode(number, code).meaning;
  if (why !== "") details.push(why);
  if (faultAddress !== undefined) {
    details.push(`at ${formatAddress(faultAddress)}`);
  }
  if (senderPid !== undefined) {
    details.push(
      `by process ${senderPid}${
        senderUid === undefined ? "" : ` of user ${senderUid}`
      }`,
    );
  }
  if (details.length > 0) lines.push(details.join(", "));
  return lines;
}

function machineName({ machine, littleEndian }: CoreDump): string {
  return machine === "aarch64" && !littleEndian
    ? `${machine}, big-endian`
    : machine;
}
