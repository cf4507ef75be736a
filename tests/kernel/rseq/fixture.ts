/**
 * The fixtures of `tests/data/rseq`, open.
 *
 * @module
 */
import { BytesSource } from "../../../formats/base/byte_source.ts";
import { type ElfFile, openElf } from "../../../formats/elf/mod.ts";
import {
  type Candidate,
  openSession,
  type Session,
} from "../../../kernel/mod.ts";

const DATA = new URL("../../data/rseq/", import.meta.url);

/** A file of the folder; `.gz` ones are decompressed. */
export async function readFixture(name: string): Promise<Uint8Array> {
  using file = await Deno.open(new URL(name, DATA));
  const stream = name.endsWith(".gz")
    ? file.readable.pipeThrough(new DecompressionStream("gzip"))
    : file.readable;
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The core, with `program` as the file that ran; none if that is undefined. */
export async function openFixtureCore(
  program: Uint8Array | undefined,
  core?: Uint8Array,
): Promise<Session> {
  const source = new BytesSource(core ?? await readFixture("core.gz"));
  const candidates: Candidate[] = program === undefined
    ? []
    : [{ path: "program", open: () => new BytesSource(program) }];
  return await openSession(source, { candidates: () => candidates });
}

/** An ELF file of the folder, changed by `change`, which gets all of its bytes. */
export async function openFixtureElf(
  name: string,
  change: (bytes: Uint8Array, elf: ElfFile) => void | Promise<void> = () => {},
): Promise<ElfFile> {
  const bytes = await readFixture(name);
  await change(bytes, await openElf(new BytesSource(bytes.slice())));
  return await openElf(new BytesSource(bytes));
}
