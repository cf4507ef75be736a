/**
 * Real files for tests of the commands about `.sframe`, and running those commands.
 *
 * @module
 */
import { main } from "../../cli/main.ts";
import { FakeIo, type FakeWorld } from "./fake_io.ts";

const FOLDER = new URL("../golden/sframe_text/", import.meta.url);

/** A file of the goldens. */
export function file(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(name, FOLDER));
}

/** All files by name, and the texts of readelf. */
export const FILES: Record<string, Uint8Array> = Object.fromEntries(
  [...Deno.readDirSync(FOLDER)].map(({ name }) => [name, file(name)]),
);

/** Runs a command in a world with those files and others. */
export async function run(
  args: string[],
  world: FakeWorld = {},
): Promise<{ code: number; out: string; err: string }> {
  const io = new FakeIo({ ...world, files: { ...FILES, ...world.files } });
  const code = await main(args, io);
  return { code, out: io.out, err: io.err };
}
