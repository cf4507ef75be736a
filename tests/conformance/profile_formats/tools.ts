/**
 * Formats that are text, or that a command reads.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Written } from "../profile_formats.ts";

/** `text`: a header for each sample. */
export async function checkText({ paths, samples }: Written): Promise<string> {
  let count = 0;
  for await (const line of linesOf(paths.text!)) {
    if (line !== "" && !line.startsWith("\t")) count++;
  }
  assertEquals(count, samples);
  return `${count} samples`;
}

/** `folded`: counts add up; read as flame graph scripts read it, by the last space and by semicolons. */
export async function checkFolded(
  { paths, samples }: Written,
): Promise<string> {
  let total = 0;
  let count = 0;
  const stacks = new Set<string>();
  for await (const line of linesOf(paths.folded!)) {
    const [, stack, number] = /^(.+) (\d+)$/.exec(line)!;
    if (stack!.split(";").includes("")) throw new Error(`nameless: ${line}`);
    stacks.add(stack!);
    total += Number(number);
    count++;
  }
  assertEquals(total, samples);
  assertEquals(stacks.size, count, "stacks appear once");
  return `${total} samples in ${count} stacks`;
}

/** `pprof`: samples as `go tool pprof -raw` lists them. */
export async function checkPprof(
  { paths, samples }: Written,
): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("go", {
    args: ["tool", "pprof", "-symbolize=none", "-raw", paths.pprof!],
  }).output().catch(() => ({
    code: -1,
    stdout: new Uint8Array(),
    stderr: new Uint8Array(),
  }));
  const decoder = new TextDecoder();
  if (code < 0) return "left out: there is no go";
  if (code > 0) throw new Error(decoder.decode(stderr));
  let total = 0;
  let part = "";
  for (const line of decoder.decode(stdout).split("\n")) {
    const heading = /^(Samples|Locations|Mappings)/.exec(line);
    if (heading !== null) part = heading[1]!;
    const sample = /^\s*(\d+)(?:\s+\d+)*:/.exec(line);
    if (part === "Samples" && sample !== null) total += Number(sample[1]);
  }
  assertEquals(total, samples);
  return `${total} samples by go tool pprof`;
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = await Deno.open(path);
  let rest = "";
  for await (
    const piece of file.readable.pipeThrough(new TextDecoderStream())
  ) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
