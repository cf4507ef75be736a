/**
 * Runs scenarios.
 *
 * @module
 */
import { writeInt64 } from "../../formats/base/address.ts";
import type { ZstdDecompress } from "../../formats/sidecar/mod.ts";
import {
  Kernel,
  requestUnwind,
  restoreKernel,
  saveKernel,
  type Thread,
  unwindsDone,
} from "../model/mod.ts";
import type { ReportReader } from "../reports/mod.ts";
import {
  describeCookie,
  describeEvent,
  describeResult,
  type Outcome,
  RegisterWatch,
} from "./outcome.ts";
import { registerNumber } from "./registers.ts";
import type { Action, Scenario } from "./scenario.ts";
import { formatBytes, parseHex, ScenarioError, Variables } from "./values.ts";
import { walkOutcome } from "./walk_outcome.ts";

/** Bytes that a `read` shows at most. */
const READ_LIMIT = 65536;
/** Threads that may live when another process is made. */
const THREAD_LIMIT = 4096;

type Doing<D extends Action["do"]> = Extract<Action, { do: D }>;

/** A kernel that a scenario runs against. Events are applied in order; each tells what came of it. */
export class Replayer {
  /** The kernel as it is now; another object after a checkpoint. */
  private kernel: Kernel;
  /** Variables that events have set. */
  readonly variables: Variables = new Variables();
  private readonly readers: Map<string, ReportReader> = new Map();
  private readonly registers: RegisterWatch = new RegisterWatch();
  private readonly decompress: ZstdDecompress | undefined;

  /** A kernel with the scenario's options; `decompress` opens sidecars, which without it prove bad. */
  constructor(scenario: Pick<Scenario, "kernel">, decompress?: ZstdDecompress) {
    this.kernel = new Kernel(scenario.kernel);
    this.decompress = decompress;
    this.kernel.decompress = decompress;
  }

  /**
   * Applies one event.
   *
   * @throws {ScenarioError} If the event itself makes no sense: an unknown thread, a variable that is not set.
   */
  async apply(action: Action): Promise<Outcome> {
    const outcome = await this.perform(action);
    await unwindsDone(this.kernel);
    const happened = this.kernel.takeEvents().map(describeEvent);
    if (happened.length > 0) outcome.happened = happened;
    const registers = this.registers.take(this.kernel, outcome.result);
    if (registers !== undefined && action.do !== "set") {
      outcome.registers = registers;
    }
    return outcome;
  }

  /** Does what the action says. */
  private perform(action: Action): Outcome | Promise<Outcome> {
    switch (action.do) {
      case "spawn":
        return this.spawn(action);
      case "call":
        return this.call(action);
      case "vdso":
        return this.vdso(action);
      case "write":
        return this.write(action);
      case "read":
        return this.read(action);
      case "set":
        return this.set(action);
      case "walk":
        return walkOutcome(this.kernel, this.thread(action.thread));
      case "unwind":
        return this.unwind(action);
      case "poll":
        return this.poll(action);
      case "report":
        return this.report(action);
      case "file":
        this.kernel.addFile(action.path, parseHex(action.hex));
        return {};
      case "time":
        this.kernel.globals.timeUs += this.variables.evaluate(action.us);
        return {};
      case "checkpoint":
        return this.checkpoint();
      default:
        return this.disturb(action);
    }
  }

  /** A new process. */
  private spawn({ as, name }: Doing<"spawn">): Outcome {
    if (this.kernel.livingCount() >= THREAD_LIMIT) {
      throw new ScenarioError(`more than ${THREAD_LIMIT} threads`);
    }
    const { tid } = this.kernel.spawn(name ?? as);
    this.variables.set(as, tid);
    return { result: tid };
  }

  /** A system call. */
  private call(action: Doing<"call">): Outcome {
    const { tid } = this.thread(action.thread);
    const args = this.evaluateAll(action.args ?? []);
    const result = this.kernel.call(tid, action.call, ...args);
    return this.keep(action.as, describeResult(this.kernel, result));
  }

  /** A function of the vDSO. */
  private vdso(action: Doing<"vdso">): Outcome {
    const { tid } = this.thread(action.thread);
    const args = this.evaluateAll(action.args ?? []);
    const result = this.kernel.vdso(tid, action.call, ...args);
    return this.keep(action.as, describeResult(this.kernel, result));
  }

  /** Sets the variable that an action names. */
  private keep(name: string | undefined, outcome: Outcome): Outcome {
    if (name !== undefined) this.variables.set(name, outcome.result!);
    return outcome;
  }

  /** A write to memory. */
  private write(action: Doing<"write">): Outcome {
    const { memory } = this.kernel.spaceOf(this.thread(action.thread));
    const at = this.variables.evaluate(action.at);
    const bytes = this.bytesOf(action);
    return { result: memory.copyOut(at, bytes) ? bytes.length : -14 };
  }

  /** What an action writes. */
  private bytesOf({ hex, u64, u32, text }: Doing<"write">): Uint8Array {
    if (hex !== undefined) return parseHex(hex);
    if (text !== undefined) return new TextEncoder().encode(`${text}\0`);
    const size = u64 === undefined ? 4 : 8;
    const values = this.evaluateAll(u64 ?? u32 ?? []);
    const bytes = new Uint8Array(size * values.length);
    const view = new DataView(bytes.buffer);
    const { littleEndian } = this.kernel;
    values.forEach((value, i) =>
      size === 8
        ? writeInt64(view, 8 * i, value, littleEndian)
        : view.setUint32(4 * i, value, littleEndian)
    );
    return bytes;
  }

  /** A look at memory. */
  private read(action: Doing<"read">): Outcome {
    const { memory } = this.kernel.spaceOf(this.thread(action.thread));
    const size = this.variables.evaluate(action.size);
    if (!(size >= 0 && size <= READ_LIMIT)) {
      throw new ScenarioError(`read of ${size} bytes; the limit is 65536`);
    }
    const at = this.variables.evaluate(action.at);
    const bytes = memory.copyIn(at, size);
    return bytes === undefined
      ? { result: -14 }
      : { bytes: formatBytes(bytes) };
  }

  /** New registers. */
  private set(action: Doing<"set">): Outcome {
    const thread = this.thread(action.thread);
    for (const [name, value] of Object.entries(action.registers)) {
      const number = registerNumber(this.kernel.machine, name);
      if (number === undefined) throw new ScenarioError(`no register ${name}`);
      thread.registers[number] = this.variables.evaluate(value);
    }
    return {};
  }

  /** What comes from outside the thread. */
  private disturb(
    action: Doing<"preempt" | "migrate" | "signal" | "fault">,
  ): Outcome {
    const { kernel, variables } = this;
    const { tid } = this.thread(action.thread);
    switch (action.do) {
      case "preempt":
        return describeResult(kernel, kernel.preempt(tid));
      case "migrate": {
        const cpu = variables.evaluate(action.cpu);
        return describeResult(kernel, kernel.migrate(tid, cpu));
      }
      case "signal":
        kernel.signal(tid, variables.evaluate(action.number));
        kernel.interrupt(tid);
        return {};
      case "fault": {
        const { trap, code = 0, address = 0 } = action;
        const [number, error, at] = this.evaluateAll([trap, code, address]);
        kernel.fault(tid, number!, error!, at!);
        return {};
      }
    }
  }

  /** An error report. */
  private report(action: Doing<"report">): Outcome {
    const { detector, title, text = "", thread } = action;
    const task = thread === undefined ? undefined : this.thread(thread);
    this.kernel.report(detector, title, text, task);
    return {};
  }

  /** A tracer's request. */
  private unwind({ thread, tracer = 0 }: Doing<"unwind">): Outcome {
    const { tid } = this.thread(thread);
    const number = this.variables.evaluate(tracer);
    const { result, cookie } = requestUnwind(this.kernel, tid, number);
    const outcome = describeResult(this.kernel, result);
    return cookie === 0n
      ? outcome
      : { ...outcome, cookie: describeCookie(cookie) };
  }

  /** A look for reports. */
  private poll({ reader: name }: Doing<"poll">): Outcome {
    let reader = this.readers.get(name);
    if (reader === undefined) {
      reader = this.kernel.reports.reader();
      this.readers.set(name, reader);
      return { reports: [], lost: 0 };
    }
    const { reports, lost } = reader.poll();
    return { reports: reports.map(({ title }) => title), lost };
  }

  /** Saves, restores, and goes on with what was restored. */
  private checkpoint(): Outcome {
    const bytes = saveKernel(this.kernel);
    const old = [...this.readers];
    this.kernel = restoreKernel(bytes);
    this.kernel.decompress = this.decompress;
    for (const [name, reader] of old) {
      this.readers.set(name, this.kernel.reports.reader(reader.position));
      reader.close();
    }
    return {};
  }

  /** The thread of an action. */
  private thread(value: number | string): Thread {
    const tid = this.variables.evaluate(value);
    const thread = this.kernel.threads.get(tid);
    if (thread === undefined) throw new ScenarioError(`no thread ${value}`);
    return thread;
  }

  /** Numbers of an action. */
  private evaluateAll(values: readonly (number | string)[]): number[] {
    return values.map((value) => this.variables.evaluate(value));
  }
}
