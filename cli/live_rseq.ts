/**
 * The rseq areas of a live process's threads.
 *
 * @module
 */
import { decodeRseqConfiguration } from "../formats/rseq/mod.ts";
import type { Session } from "../kernel/reader.ts";
import { findRseqAreas } from "../kernel/rseq/mod.ts";
import type { ThreadDetails } from "./print_stacks.ts";
import { threadRecord } from "./rseq_json.ts";
import { rseqLines } from "./rseq_text.ts";

/**
 * Decodes what the kernel told of each thread, and follows it to the critical section in force.
 *
 * @param configurations By thread id, as the kernel wrote them.
 */
export async function rseqDetails(
  session: Session,
  configurations: ReadonlyMap<number, Uint8Array>,
): Promise<Map<number, ThreadDetails>> {
  const { littleEndian } = session.core;
  const registrations = new Map(
    [...configurations].map(([tid, bytes]) => [
      tid,
      decodeRseqConfiguration(bytes, 0, littleEndian),
    ]),
  );
  const { threads } = await findRseqAreas(session, { registrations });
  const details = new Map<number, ThreadDetails>();
  for (const thread of threads) {
    const { tid: _tid, name: _name, ...record } = threadRecord(thread);
    const registered = registrations.get(thread.tid);
    const length = registered?.abiSize ?? null;
    const signature = registered?.signature ?? null;
    const [first, ...lines] = rseqLines(thread);
    details.set(thread.tid, {
      record: { rseq: { ...record, length, signature } },
      lines: [`rseq: ${first}`, ...lines],
    });
  }
  return details;
}
