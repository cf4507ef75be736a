import { assertEquals } from "@std/assert";
import { makeProfileCandidates } from "../../cli/profile_files.ts";
import {
  parseProfileOptions,
  type ProfileCommandOptions,
} from "../../cli/profile_options.ts";
import type { ModuleRequest } from "../../kernel/profile/mod.ts";
import { FakeIo } from "./fake_io.ts";

const BUILD_ID = "ab0123456789";
const OTHER_ID = "cd0123456789";
const FOLDER = ".debug/.build-id/ab/0123456789";
const BYTES = new Uint8Array(1);

/** Where the vDSO, or the file at `path`, may be; the last places only, where perf's caches are. */
async function find(
  io: FakeIo,
  request: Partial<ModuleRequest>,
  ...args: string[]
): Promise<string[]> {
  const options = await parseProfileOptions(["x.data", ...args]);
  const candidates = makeProfileCandidates(
    options as ProfileCommandOptions,
    () => [],
    io,
  );
  const found = candidates({
    path: "[vdso]",
    buildId: undefined,
    purpose: "binary",
    ...request,
  });
  return found.map(({ path }) => path)
    .filter((path) => path.includes(".debug/") || path.includes("cache/"));
}

Deno.test("makeProfileCandidates() looks into the user's own cache", async () => {
  const io = new FakeIo({ env: { HOME: "/home/a" } });
  const request = { path: "/bin/x", buildId: BUILD_ID };
  assertEquals(await find(io, request), [`/home/a/${FOLDER}/elf`]);
  assertEquals(await find(io, { ...request, purpose: "debug" }), [
    `/home/a/${FOLDER}/debug`,
  ]);
  assertEquals(await find(io, { buildId: BUILD_ID }), [
    `/home/a/${FOLDER}/vdso`,
  ]);
  assertEquals(
    await find(io, { buildId: BUILD_ID }, "--buildid-dir", "cache/"),
    ["cache/.build-id/ab/0123456789/vdso"],
  );
});

Deno.test("makeProfileCandidates() looks into everybody's cache where nothing says who the user is", async () => {
  const io = new FakeIo({
    files: { "/home/a/x": BYTES, "/home/b/y": BYTES, "/Users/c/z": BYTES },
  });
  const request = { path: "/bin/x", buildId: BUILD_ID };
  assertEquals(
    await find(io, request),
    ["/root", "/home/a", "/home/b", "/Users/c"].map((home) =>
      `${home}/${FOLDER}/elf`
    ),
  );
});

Deno.test("makeProfileCandidates() takes a vDSO without build ID only where there is no choice", async () => {
  const kept = (home: string, id: string) => `${home}/.debug/[vdso]/${id}/vdso`;
  const one = { [kept("/root", BUILD_ID)]: BYTES };
  const same = { ...one, [kept("/home/a", BUILD_ID)]: BYTES };
  const two = { ...one, [kept("/home/a", OTHER_ID)]: BYTES };
  assertEquals(await find(new FakeIo({ files: one }), {}), [
    kept("/root", BUILD_ID),
  ]);
  assertEquals(await find(new FakeIo({ files: same }), {}), [
    kept("/home/a", BUILD_ID),
  ]);
  assertEquals(await find(new FakeIo({ files: two }), {}), []);
  assertEquals(
    await find(new FakeIo({ files: two, env: { HOME: "/home/a" } }), {}),
    [kept("/home/a", OTHER_ID)],
  );
});
