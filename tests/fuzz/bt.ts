/**
 * The whole path of `bt`: mutated cores with their program, and cores with a mutated program.
 */
import { FormatError } from "../../formats/base/error.ts";
import {
  type ByteSource,
  BytesSource,
} from "../../formats/base/byte_source.ts";
import { backtrace } from "../../mod.ts";
import { decompress } from "../../cli/decompress.ts";
import { compactCore } from "../builders/compact_core.ts";
import type { FuzzTarget } from "./target.ts";

const DATA = new URL("../data/cores/", import.meta.url);
const NAMES = ["v3-x86_64-signal", "v2-aarch64-threads", "v3-s390x-signal"];

interface Pair {
  core: Uint8Array;
  program: Uint8Array;
}

/** Counts the bytes that are read; every read costs a little by itself. */
class CountingSource implements ByteSource {
  static count = 0;
  readonly size: number;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.size = bytes.length;
  }

  read(offset: number, length: number): Uint8Array {
    const part = this.bytes.slice(offset, offset + length);
    CountingSource.count += 64 + part.length;
    return part;
  }
}

let pairs: Promise<Pair[]> | undefined;

function loadPairs(): Promise<Pair[]> {
  pairs ??= Promise.all(NAMES.map(async (name) => {
    const file = await Deno.readFile(new URL(`${name}/core.gz`, DATA));
    const plain = new Blob([file]).stream().pipeThrough(
      new DecompressionStream("gzip"),
    );
    const core = compactCore(
      new Uint8Array(await new Response(plain).arrayBuffer()),
    );
    return {
      core,
      program: await Deno.readFile(new URL(`${name}/program`, DATA)),
    };
  }));
  return pairs;
}

/** The pair that `input` was made from: the mutator keeps most of the leading bytes. */
function nearest(
  all: readonly Pair[],
  part: keyof Pair,
  input: Uint8Array,
): Pair {
  const likeness = (bytes: Uint8Array): number => {
    let count = 0;
    for (let i = 0; i < 4096; i++) if (bytes[i] === input[i]) count++;
    return count;
  };
  return all.toSorted((a, b) => likeness(b[part]) - likeness(a[part]))[0]!;
}

async function run(core: Uint8Array, program: Uint8Array): Promise<void> {
  CountingSource.count = 0;
  try {
    const options = { executable: new CountingSource(program), decompress };
    const { threads } = await backtrace(new CountingSource(core), options);
    for (const { frames } of threads) CountingSource.count += frames.length;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
}

/** Mutated cores. */
export const coreTarget: FuzzTarget = {
  name: "bt",
  seeds: async () => (await loadPairs()).map(({ core }) => core),
  work: () => CountingSource.count,
  async run(input) {
    await run(input, nearest(await loadPairs(), "core", input).program);
  },
};

/** Mutated programs. */
export const programTarget: FuzzTarget = {
  name: "bt_program",
  seeds: async () => (await loadPairs()).map(({ program }) => program),
  work: () => CountingSource.count,
  workPerByte: 1024, // a program is smaller than its core
  async run(input) {
    const { core } = nearest(await loadPairs(), "program", input);
    await run(core, input);
    // Without a build ID in the way, so that the mutated tables are reached.
    await backtrace(new BytesSource(core), {
      executable: new BytesSource(input),
    }).catch((error) => {
      if (!(error instanceof FormatError)) throw error;
    });
  },
};
