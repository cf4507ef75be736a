/**
 * Backtraces of the literal process.
 *
 * @module
 */
import {
  type Backtrace,
  backtrace,
  type BacktraceOptions,
  type ByteSource,
  BytesSource,
} from "../../kernel/mod.ts";
import { buildCore } from "./core.ts";
import { buildProgram, processSpec, STACK } from "./process.ts";
import { wordBytes } from "./rows.ts";

/** The program. */
export const PROGRAM: Uint8Array<ArrayBuffer> = buildProgram();

/** Walks the threads of a core of the program. */
export function walk(
  core: ByteSource | Uint8Array,
  options: BacktraceOptions = {},
): Promise<Backtrace> {
  return backtrace(core, { executable: new BytesSource(PROGRAM), ...options });
}

/** Program counters of a thread. */
export function pcs({ threads }: Backtrace, thread = 0): string[] {
  return threads[thread]!.frames.map(({ pc }) => pc);
}

/** The core with other words on the stack, and other registers. */
export function coreWith(
  words: readonly number[],
  registers: Record<string, bigint> = {},
): Uint8Array {
  const spec = processSpec();
  const [text] = spec.segments!;
  const [thread] = spec.threads;
  return buildCore({
    ...spec,
    segments: [text!, {
      address: BigInt(STACK),
      data: wordBytes(words),
      flags: 6,
    }],
    threads: [{
      ...thread!,
      registers: { ...thread!.registers, ...registers },
    }],
  });
}
