/**
 * Walking the stacks of a capture that is in memory: the fast walk alone, with rules known and not known, against the
 * general walk over the same samples. The samples are those of a small capture, again and again.
 */
import { BytesSource, openPerfData } from "../../formats/perf_data/mod.ts";
import { Profile } from "../../kernel/profile/mod.ts";

const DATA = new URL("../data/perf/", import.meta.url);
const program = Deno.readFileSync(new URL("profile", DATA));
const capture = Deno.readFileSync(new URL("plain.data", DATA));

/** The capture's records `count` times over: what opening takes is then a small part. */
function repeat(count: number): Uint8Array {
  const view = new DataView(capture.buffer);
  const offset = Number(view.getBigUint64(40, true));
  const size = Number(view.getBigUint64(48, true));
  const bytes = new Uint8Array(offset + size * count);
  bytes.set(capture.subarray(0, offset));
  for (let i = 0; i < count; i++) {
    bytes.set(capture.subarray(offset, offset + size), offset + i * size);
  }
  const out = new DataView(bytes.buffer);
  out.setBigUint64(48, BigInt(size * count), true);
  bytes.fill(0, 72, 104); // its features are gone
  return bytes;
}

const large = repeat(100);

/** Frames of the whole capture. */
async function walk(onlyGeneralWalk: boolean): Promise<number> {
  const profile = new Profile({
    candidates: ({ path, purpose }) =>
      purpose === "binary"
        ? [{ path, open: () => new BytesSource(program) }]
        : [],
    onlyGeneralWalk,
  });
  let frames = 0;
  await profile.add(await openPerfData(new BytesSource(large)), {
    sample: ({ count }) => {
      frames += count;
    },
  });
  return frames;
}

Deno.bench({
  name: "general walk",
  group: "profile/walk",
  baseline: true,
  fn: async () => void await walk(true),
});

Deno.bench({
  name: "fast walk",
  group: "profile/walk",
  fn: async () => void await walk(false),
});
