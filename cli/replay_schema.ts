/**
 * What a scenario file may hold.
 *
 * @module
 */
import { z } from "zod";
import type { KernelOptions, Scenario } from "../kernel/replay/mod.ts";

const value = z.union([
  z.int(),
  z.string().min(1),
]).describe(
  'An integer, hexadecimal text, or a sum with variables: 16, "0x10", "$area + 0x10"',
);
// No group that repeats: matching one takes stack for each round, and files are long.
const hex = z.string().regex(/^[\s0-9a-fA-F]*$/).describe(
  "Bytes as pairs of hexadecimal digits; blanks are ignored",
);
const variable = z.string().regex(/^[A-Za-z_]\w*$/);
const thread = value.describe("Thread: its variable, or its ID");
const called = {
  thread,
  call: z.string(),
  args: z.array(value).max(6).optional(),
  as: variable.optional().describe("Variable that gets the result"),
};
const common = {
  note: z.string().optional().describe("Why this is done"),
  expect: z.record(z.string(), z.unknown()).optional().describe(
    "What must come of it: each key named here must have this value, null: must not be there",
  ),
};

const event = z.discriminatedUnion("do", [
  z.strictObject({
    do: z.literal("spawn"),
    as: variable,
    name: z.string().optional(),
    ...common,
  }),
  z.strictObject({ do: z.literal("call"), ...called, ...common }),
  z.strictObject({ do: z.literal("vdso"), ...called, ...common }),
  z.strictObject({
    do: z.literal("write"),
    thread,
    at: value,
    hex: hex.optional(),
    u64: z.array(value).optional(),
    u32: z.array(value).optional(),
    text: z.string().optional(),
    ...common,
  }),
  z.strictObject({
    do: z.literal("read"),
    thread,
    at: value,
    size: value,
    ...common,
  }),
  z.strictObject({
    do: z.literal("set"),
    thread,
    registers: z.record(z.string(), value),
    ...common,
  }),
  z.strictObject({ do: z.literal("preempt"), thread, ...common }),
  z.strictObject({ do: z.literal("migrate"), thread, cpu: value, ...common }),
  z.strictObject({ do: z.literal("signal"), thread, number: value, ...common }),
  z.strictObject({
    do: z.literal("fault"),
    thread,
    trap: value,
    code: value.optional(),
    address: value.optional(),
    ...common,
  }),
  z.strictObject({ do: z.literal("walk"), thread, ...common }),
  z.strictObject({
    do: z.literal("unwind"),
    thread,
    tracer: value.optional(),
    ...common,
  }),
  z.strictObject({
    do: z.literal("report"),
    detector: z.string(),
    title: z.string(),
    text: z.string().optional(),
    thread: thread.optional(),
    ...common,
  }),
  z.strictObject({ do: z.literal("poll"), reader: z.string(), ...common }),
  z.strictObject({ do: z.literal("file"), path: z.string(), hex, ...common }),
  z.strictObject({ do: z.literal("time"), us: value, ...common }),
  z.strictObject({ do: z.literal("checkpoint"), ...common }),
]);

const options = {
  machine: z.enum(["x86-64", "aarch64", "s390x"]).optional(),
  nodes: z.array(z.int().min(0)).min(1).max(1024).optional().describe(
    "NUMA node of each CPU",
  ),
  memoryLimit: z.int().min(0).max(2 ** 31).optional(),
  rseqFeatureSize: z.int().min(20).max(256).optional(),
  rseqChecks: z.enum(["strict", "lenient"]).optional(),
  rseqCall: z.enum(["current", "ktls"]).optional(),
  faultedCopyout: z.enum(["signal", "silent"]).optional(),
  exterrStrings: z.boolean().optional(),
  codeValidation: z.enum(["strict", "lenient"]).optional(),
  credentials: z.enum(["shared", "per-thread"]).optional(),
  seed: z.int().optional(),
  maxFrames: z.int().min(0).max(1_000_000).optional(),
  reportCapacity: z.int().min(1).max(65536).optional(),
  reportSize: z.int().min(0).max(2 ** 24).optional(),
} satisfies Record<keyof KernelOptions, z.ZodType>;

/** A scenario. */
export const SCENARIO: z.ZodType<Scenario> = z.strictObject({
  $schema: z.string().optional(),
  title: z.string().describe("The rule that the scenario is about, in a line"),
  source: z.string().optional().describe("Where the rule is stated"),
  kernel: z.strictObject(options).optional().describe("Options of the kernel"),
  events: z.array(event).describe("What happens, one after the other"),
}).meta({ title: "framewalk scenario" });

/** The JSON schema of scenarios, for editors and for other implementations. */
export function scenarioSchema(): unknown {
  return z.toJSONSchema(SCENARIO);
}

/** What is wrong with a file that is no scenario, one line for each thing. */
export function describeIssues(error: z.ZodError): string[] {
  return error.issues.slice(0, 10).map(({ path, message }) =>
    `${path.length === 0 ? "scenario" : path.join(".")}: ${message}`
  );
}
