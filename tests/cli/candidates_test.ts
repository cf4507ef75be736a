import { assertEquals } from "@std/assert";
import { makeCandidates } from "../../cli/candidates.ts";
import { FakeIo } from "./fake_io.ts";

const BUILD_ID = "ab0123456789";
const DEBUG = "/usr/lib/debug/.build-id/ab/0123456789";

function paths(
  sysroots: string[],
  request: Parameters<ReturnType<typeof makeCandidates>>[0],
): string[] {
  const candidates = makeCandidates(new FakeIo(), sysroots)(request);
  return candidates.map(({ path }) => path);
}

Deno.test("makeCandidates() looks for a binary under each sysroot, then as named, then by build ID", () => {
  const request = {
    path: "/bin/x",
    buildId: BUILD_ID,
    purpose: "binary",
  } as const;
  assertEquals(paths(["/s", "t/"], request), [
    "/s/bin/x",
    "t/bin/x",
    "/bin/x",
    `/s${DEBUG}`,
    `t${DEBUG}`,
    DEBUG,
    `/s${DEBUG}.debug`,
    `t${DEBUG}.debug`,
    `${DEBUG}.debug`,
  ]);
});

Deno.test("makeCandidates() looks for a debug file by build ID, then by debug link", () => {
  const request = {
    path: "/bin/x",
    buildId: BUILD_ID,
    purpose: "debug",
    debugLink: { name: "x.debug", crc: 1, directory: "/bin" },
  } as const;
  assertEquals(paths([], request), [
    `${DEBUG}.debug`,
    "/bin/x.debug",
    "/bin/.debug/x.debug",
    "/usr/lib/debug/bin/x.debug",
  ]);
});

Deno.test("makeCandidates() looks for what debug information refers to from where it may count, then by build ID", () => {
  const directories = ["/usr/lib/debug/bin", "/bin/"];
  const common = { path: "../dwz/x", buildId: BUILD_ID, directories };
  assertEquals(paths([], { ...common, purpose: "supplementary" }), [
    "/usr/lib/debug/bin/../dwz/x",
    "/bin/../dwz/x",
    `${DEBUG}.debug`,
  ]);
  const split = { path: "obj/x.dwo", buildId: undefined, directories } as const;
  assertEquals(paths(["t"], { ...split, purpose: "split" }), [
    "t/usr/lib/debug/bin/obj/x.dwo",
    "/usr/lib/debug/bin/obj/x.dwo",
    "t/bin/obj/x.dwo",
    "/bin/obj/x.dwo",
    "t/usr/lib/debug/bin/x.dwo",
    "/usr/lib/debug/bin/x.dwo",
    "t/bin/x.dwo",
    "/bin/x.dwo",
  ]);
  const own = { ...split, path: "/build/x.dwo", purpose: "split" } as const;
  assertEquals(paths([], own), ["/build/x.dwo"]);
  const beside = { ...split, path: "./x.dwp", directories: [] } as const;
  assertEquals(paths([], { ...beside, purpose: "package" }), ["./x.dwp"]);
});

Deno.test("makeCandidates() makes no path of a build ID or a debug link that is none", () => {
  const directory = "/bin";
  for (const name of ["../../etc/passwd", "/etc/passwd", "", ".", ".."]) {
    assertEquals(
      paths([], {
        path: "/bin/x",
        buildId: "../../../etc",
        purpose: "debug",
        debugLink: { name, crc: 1, directory },
      }),
      [],
    );
  }
  assertEquals(
    paths([], { path: "[vdso]", buildId: undefined, purpose: "binary" }),
    [],
  );
});

Deno.test("makeCandidates() opens nothing before it is asked", () => {
  const io = new FakeIo({ files: { "/bin/x": Uint8Array.of(1, 2, 3) } });
  const [first] = makeCandidates(io, [])({
    path: "/bin/x",
    buildId: undefined,
    purpose: "binary",
  });
  assertEquals(io.opened, []);
  assertEquals((first!.open() as { size: number }).size, 3);
  assertEquals(io.opened, ["/bin/x"]);
});
