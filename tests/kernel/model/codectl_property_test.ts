import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  Errno,
  type Kernel,
  restoreKernel,
  saveKernel,
  type ThreadTrace,
  walkThread,
} from "../../../kernel/model/mod.ts";
import {
  type CodeProcess,
  codeProcess,
  INFO,
  SECTION,
  STACK,
  TEXT,
  TEXT_SIZE,
  writeSection,
} from "../../builders/code_process.ts";
import { wordBytes } from "../../builders/rows.ts";

const STEP = 64;
const STEP_COUNT = TEXT_SIZE / STEP;
const PAGE = 0x1000;
/** Sections of all functions; the CFA tells which one was used. */
const SECTIONS = [SECTION, SECTION + 0x2000];
const CFAS = [8, 16];

interface Registered {
  start: number;
  end: number;
  section: number;
}

type Command =
  | { do: "register"; section: number; from: number; count: number }
  | { do: "unregister"; from: number; count: number }
  | { do: "remove"; section: number }
  | { do: "unmap"; page: number; count: number }
  | { do: "map"; page: number; count: number }
  | { do: "walk"; at: number; offset: number };

/** What must happen, by lists that are searched from their starts. */
class Reference {
  ranges: Registered[] = [];
  readonly pages: boolean[] = new Array(TEXT_SIZE / PAGE).fill(true);
  /** Text that was mapped in one go lies in one mapping. */
  readonly mappings: number[] = this.pages.map(() => 0);
  private mapCount = 0;

  register(
    { section, from, count }: { section: number; from: number; count: number },
  ): number {
    const start = TEXT + from * STEP;
    const end = start + count * STEP;
    if (count === 0) return -Errno.EINVAL;
    const first = Math.floor((start - TEXT) / PAGE);
    for (let page = first; page * PAGE + TEXT < end; page++) {
      if (
        this.pages[page] !== true ||
        this.mappings[page] !== this.mappings[first]
      ) return -Errno.EINVAL;
    }
    if (this.ranges.some((range) => start < range.end && end > range.start)) {
      return -Errno.EEXIST;
    }
    this.ranges.push({ start, end, section });
    return 0;
  }

  unregister(from: number, count: number): number {
    const start = TEXT + from * STEP;
    const end = start + count * STEP;
    return this.drop((range) => range.start === start && range.end === end);
  }

  remove(section: number): number {
    return this.drop((range) => range.section === section);
  }

  map(page: number, count: number, isMapped: boolean): void {
    this.mapCount++;
    const start = TEXT + page * PAGE;
    const end = start + count * PAGE;
    for (let i = page; i < page + count; i++) {
      this.pages[i] = isMapped;
      this.mappings[i] = this.mapCount;
    }
    // What lay around it in one mapping no longer does.
    for (let i = page + count; i < this.pages.length; i++) {
      if (this.mappings[i] === this.mappings[page - 1]) {
        this.mappings[i] = -this.mapCount;
      }
    }
    this.drop((range) => start < range.end && end > range.start);
  }

  /** CFA of the first frame from SP, or null. */
  walk(pc: number): number | null {
    const found = this.ranges.find(({ start, end }) => pc >= start && pc < end);
    return found === undefined ? null : CFAS[found.section]!;
  }

  private drop(isGone: (range: Registered) => boolean): number {
    const left = this.ranges.filter((range) => !isGone(range));
    const result = left.length === this.ranges.length ? -Errno.EINVAL : 0;
    this.ranges = left;
    return result;
  }
}

function prepare(): CodeProcess {
  const process = codeProcess();
  SECTIONS.forEach((address, i) => {
    const functions = Array.from({ length: STEP_COUNT }, (_, k) => ({
      start: TEXT + k * STEP,
      size: STEP,
      rows: [{ start: 0, words: [CFAS[i]!] }],
    }));
    writeSection(process, functions, address);
  });
  process.write(STACK, wordBytes([1, 1, 1, 1]));
  return process;
}

/** Bytes of each section: header, descriptors, attributes, one row of three bytes. */
const SECTION_SIZE = 28 + STEP_COUNT * (16 + 5 + 3);

function perform(process: CodeProcess, command: Command): number | null {
  const { kernel, tid, codectl } = process;
  switch (command.do) {
    case "register": {
      const { section, from, count } = command;
      const text = [TEXT + from * STEP, count * STEP];
      return codectl(1, [SECTIONS[section]!, SECTION_SIZE, ...text]);
    }
    case "unregister":
      return codectl(0, [
        0,
        0,
        TEXT + command.from * STEP,
        command.count * STEP,
        0,
      ]);
    case "remove":
      return codectl(0, [SECTIONS[command.section]!, 0, 0, 0]);
    case "unmap":
    case "map": {
      const start = TEXT + command.page * PAGE;
      const size = command.count * PAGE;
      if (command.do === "unmap") kernel.call(tid, "munmap", start, size);
      else kernel.call(tid, "mmap", start, size, 5, 0x30);
      return 0;
    }
    default: {
      process.stop(TEXT + command.at * STEP + command.offset, STACK);
      const { frames } = walkThread(kernel, tid) as ThreadTrace;
      const { cfa } = frames[0]!;
      return cfa === null ? null : cfa - STACK;
    }
  }
}

function expect(reference: Reference, command: Command): number | null {
  switch (command.do) {
    case "register":
      return reference.register(command);
    case "unregister":
      return reference.unregister(command.from, command.count);
    case "remove":
      return reference.remove(command.section);
    case "unmap":
    case "map":
      reference.map(command.page, command.count, command.do === "map");
      return 0;
    default:
      return reference.walk(TEXT + command.at * STEP + command.offset);
  }
}

const from = fc.nat({ max: STEP_COUNT - 1 });
const count = fc.oneof(
  fc.nat({ max: 8 }),
  fc.nat({ max: STEP_COUNT }),
  fc.constantFrom(PAGE / STEP, 2 * PAGE / STEP),
);
const section = fc.nat({ max: 1 });
const page = fc.nat({ max: TEXT_SIZE / PAGE - 1 });
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("register" as const),
      section,
      from: fc.oneof(from, fc.constantFrom(0, 64, 128, 192)),
      count,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("unregister" as const),
      from: fc.constantFrom(0, 64, 128, 192),
      count: fc.constantFrom(64, 128),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("remove" as const), section }),
  },
  ...(["unmap", "map"] as const).map((name) => ({
    weight: 1,
    arbitrary: fc.tuple(page, page).map(([page, more]): Command => ({
      do: name,
      page,
      count: Math.min(more + 1, TEXT_SIZE / PAGE - page),
    })),
  })),
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("walk" as const),
      at: from,
      offset: fc.nat({ max: STEP - 1 }),
    }),
  },
);

Deno.test("registered ranges behave as lists that are searched from their starts", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const process = prepare();
      const reference = new Reference();
      commands.forEach((command, i) => {
        const text = `${i}: ${JSON.stringify(command)}`;
        assertEquals(
          perform(process, command),
          expect(reference, command),
          text,
        );
      });
      const { code } = process.kernel.spaceOf(process.thread);
      const sorted = [...reference.ranges].sort((a, b) => a.start - b.start);
      assertEquals(
        code.map(({ start, end }) => [start, end]),
        sorted.map(({ start, end }) => [start, end]),
      );
      assertEquals(process.kernel.reports.count, 0);
    }),
    { numRuns: 200 },
  );
});

Deno.test("a restored kernel goes on with its ranges", () => {
  fc.assert(
    fc.property(
      fc.array(command, { maxLength: 20 }),
      fc.array(command, { maxLength: 20 }),
      (before, after) => {
        const process = prepare();
        for (const command of before) perform(process, command);
        const kernel = restoreKernel(saveKernel(process.kernel));
        const restored = rebind(process, kernel);
        for (const command of after) {
          assertEquals(perform(restored, command), perform(process, command));
        }
      },
    ),
    { numRuns: 50 },
  );
});

/** The same process in another kernel. */
function rebind(process: CodeProcess, kernel: Kernel): CodeProcess {
  const { tid } = process;
  const thread = kernel.threads.get(tid)!;
  const { memory } = kernel.spaceOf(thread);
  const { machine } = kernel;
  return {
    kernel,
    tid,
    thread,
    write: (address, bytes) => void memory.copyOut(address, bytes),
    codectl(option, words): number {
      memory.copyOut(INFO, wordBytes(words));
      return kernel.call(tid, "codectl", option, INFO, words.length * 8, 0);
    },
    stop(pc, sp): void {
      thread.registers[machine.pc] = pc;
      thread.registers[machine.sp] = sp;
      thread.registers[machine.fp] = 0;
    },
  };
}

Deno.test("walks do not depend on the order in which ranges and aspects were registered", () => {
  const range = fc.record({
    from: fc.constantFrom(0, 32, 64, 96, 128, 160, 192, 224),
    section,
    isFile: fc.boolean(),
  });
  const ranges = fc.uniqueArray(range, {
    maxLength: 12,
    selector: ({ from, isFile }) => `${from} ${isFile}`,
  });
  const orders = ranges.chain((list) =>
    fc.tuple(
      fc.constant(list),
      fc.shuffledSubarray(list, { minLength: list.length }),
    )
  );
  fc.assert(
    fc.property(orders, fc.array(from, { maxLength: 10 }), (orders, pcs) => {
      const results = orders.map((order) => {
        const process = prepare();
        const { memory } = process.kernel.spaceOf(process.thread);
        SECTIONS.forEach((address, i) => {
          const bytes = memory.copyIn(address, SECTION_SIZE)!;
          process.kernel.addFile(`/${i}`, bytes);
        });
        for (const { from, section, isFile } of order) {
          const text = [TEXT + from * STEP, 32 * STEP];
          process.write(
            INFO + 0x100,
            new TextEncoder().encode(`/${section}\0`),
          );
          const address = SECTIONS[section]!;
          const result = isFile
            ? process.codectl(2, [
              ...text,
              address,
              0,
              SECTION_SIZE,
              INFO + 0x100,
              0,
            ])
            : process.codectl(1, [address, SECTION_SIZE, ...text]);
          assertEquals(result, 0);
        }
        return pcs.map((at) => perform(process, { do: "walk", at, offset: 3 }));
      });
      assertEquals(results[0], results[1]);
    }),
    { numRuns: 100 },
  );
});

Deno.test("codectl() and walks take any arguments", () => {
  const word = fc.oneof(
    fc.constantFrom(0, 1, 28, SECTION, SECTION_SIZE, TEXT, TEXT_SIZE, INFO),
    fc.constantFrom(STACK, -1, 2 ** 40, 2 ** 52, -(2 ** 52), 4096),
    fc.integer({ min: TEXT - 8, max: TEXT + TEXT_SIZE + 8 }),
    fc.integer({ min: SECTION - 8, max: SECTION + 0x4000 + 8 }),
  );
  const call = fc.record({
    option: fc.integer({ min: -1, max: 7 }),
    words: fc.array(word, { minLength: 3, maxLength: 10 }),
    poke: fc.tuple(fc.nat({ max: 0x1fff }), fc.nat({ max: 255 })),
    pc: word,
  });
  fc.assert(
    fc.property(
      fc.array(call, { maxLength: 20 }),
      fc.constantFrom("strict" as const, "lenient" as const),
      (calls, codeValidation) => {
        const process = codeProcess({ codeValidation });
        const { kernel, tid } = process;
        kernel.addFile("", new Uint8Array(100));
        for (const { option, words, poke: [at, byte], pc } of calls) {
          process.write(SECTION + at, new Uint8Array([byte]));
          const result = process.codectl(option, words);
          assertEquals(result <= 0 && Number.isInteger(result), true);
          process.stop(pc, STACK, STACK + 8);
          const trace = walkThread(kernel, tid);
          if (trace instanceof Promise) {
            trace.catch((error) => {
              throw error;
            });
          } else assertEquals(trace.frames[0]!.pc, pc);
        }
        kernel.call(tid, "exit", 0);
        assertEquals(kernel.spaces.size, 0);
      },
    ),
    { numRuns: 200 },
  );
});
