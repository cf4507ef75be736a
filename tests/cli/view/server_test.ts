import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { makeCandidates } from "../../../cli/candidates.ts";
import { makeToken } from "../../../cli/view/guard.ts";
import { OpenFiles } from "../../../cli/view/open_files.ts";
import { CONTENT_SECURITY_POLICY } from "../../../cli/view/policy.ts";
import { makeHandler } from "../../../cli/view/server.ts";
import { FakeIo } from "../fake_io.ts";

const HOST = "127.0.0.1:4711";
const TOKEN = "0123456789abcdef0123456789abcdef";
const ELF = Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0);
const SECRET = new TextEncoder().encode("root:x:0:0");
const CORE = Uint8Array.from({ length: 100 }, (_, i) => i);

function start() {
  const io = new FakeIo({
    files: {
      "/cores/core": CORE,
      "/sysroot/bin/program": ELF,
      "/bin/program": ELF,
      "/etc/passwd": SECRET,
      "/etc/shadow": "permission denied",
    },
  });
  const files = new OpenFiles(io, makeCandidates(io, ["/sysroot"]));
  const opened = files.openGiven("/cores/core");
  assert(typeof opened !== "string");
  const handler = makeHandler({
    guard: { token: TOKEN, host: HOST },
    files,
    given: [{ name: "core", size: 100, url: "file/0", isProgram: false }],
    read: async (url) => await Deno.readFile(url),
    io,
  });
  const get = (path: string, headers: Record<string, string> = {}) =>
    handler(
      new Request(`http://${HOST}/${path}`, {
        headers: { host: HOST, ...headers },
      }),
    );
  const find = (body: unknown, headers: Record<string, string> = {}) =>
    handler(
      new Request(`http://${HOST}/${TOKEN}/find`, {
        method: "POST",
        body: typeof body === "string" ? body : JSON.stringify(body),
        headers: { host: HOST, ...headers },
      }),
    );
  return { get, find, io };
}

Deno.test("makeToken() gives 128 bits, others each time", () => {
  const tokens = new Set(Array.from({ length: 100 }, makeToken));
  assertEquals(tokens.size, 100);
  for (const token of tokens) assert(/^[0-9a-f]{32}$/.test(token), token);
});

Deno.test("makeHandler() refuses whatever lacks the token", async () => {
  const { get } = start();
  const wrong = [
    "",
    "session.json",
    "/",
    TOKEN.slice(0, -1) + "/",
    TOKEN.slice(0, -1) + "0/",
    TOKEN + "0/",
    TOKEN.toUpperCase() + "/session.json",
    "x/" + TOKEN + "/session.json",
    TOKEN,
  ];
  for (const path of wrong) {
    const response = await get(path);
    assertEquals(response.status, 403, path);
    assert(!(await response.text()).includes(TOKEN), path);
  }
  assertEquals((await get(`${TOKEN}/session.json`)).status, 200);
});

Deno.test("makeHandler() refuses other names of this machine and other pages", async () => {
  const { get, find } = start();
  const path = `${TOKEN}/session.json`;
  for (const host of ["localhost:4711", "evil.example", "127.0.0.1:80"]) {
    assertEquals((await get(path, { host })).status, 403, host);
  }
  const origin = { origin: "http://evil.example" };
  assertEquals((await get(path, origin)).status, 403);
  assertEquals((await find({}, { origin: "null" })).status, 403);
  assertEquals((await get(path, { origin: `http://${HOST}` })).status, 200);
  const elsewhere = { "sec-fetch-site": "cross-site" };
  assertEquals((await get(path, elsewhere)).status, 403);
  const clicked = { ...elsewhere, "sec-fetch-mode": "navigate" };
  assertEquals((await get(`${TOKEN}/`, clicked)).status, 200);
});

Deno.test("makeHandler() lets no other site read, and says what the page may do", async () => {
  const { get } = start();
  for (const path of [`${TOKEN}/`, `${TOKEN}/nothing`, "nothing"]) {
    const { headers } = await get(path);
    assertEquals(headers.get("access-control-allow-origin"), null);
    assertEquals(headers.get("cross-origin-resource-policy"), "same-origin");
    assertEquals(
      headers.get("content-security-policy"),
      CONTENT_SECURITY_POLICY,
    );
    assertEquals(headers.get("referrer-policy"), "no-referrer");
    assertEquals(headers.get("cache-control"), "no-store");
  }
});

Deno.test("the published page states the policy that the server sends, and has no script of its own", async () => {
  const url = new URL("../../../cli/site/index.html", import.meta.url);
  const text = await Deno.readTextFile(url);
  assertStringIncludes(text, `content="${CONTENT_SECURITY_POLICY}"`);
  assertEquals([...text.matchAll(/<script(?![^>]*\bsrc=)/g)].length, 0);
  assertEquals([...text.matchAll(/\bstyle=|\son\w+=/g)].length, 0);
});

Deno.test("makeHandler() gives the page with the word that there is a session", async () => {
  const { get } = start();
  const page = await (await get(`${TOKEN}/`)).text();
  assertStringIncludes(page, 'name="framewalk-session"');
  const session = await (await get(`${TOKEN}/session.json`)).json();
  assertEquals(session.files[0].name, "core");
});

Deno.test("makeHandler() gives parts of the files that were opened", async () => {
  const { get } = start();
  const ask = (range: string) => get(`${TOKEN}/file/0`, { range });
  const part = await ask("bytes=10-19");
  assertEquals(part.status, 206);
  assertEquals(part.headers.get("content-range"), "bytes 10-19/100");
  assertEquals(await part.bytes(), CORE.slice(10, 20));
  const rest = await ask("bytes=90-");
  assertEquals(rest.headers.get("content-range"), "bytes 90-99/100");
  const cut = await ask("bytes=95-1000");
  assertEquals(await cut.bytes(), CORE.slice(95));
  for (const bad of ["bytes=100-", "bytes=-5", "bytes=9-3", "bytes=0-1,4-5"]) {
    const refused = await ask(bad);
    assertEquals(refused.status, 416, bad);
    assertEquals(refused.headers.get("content-range"), "bytes */100");
  }
  assertEquals((await get(`${TOKEN}/file/0`)).status, 416);
  assertEquals((await get(`${TOKEN}/file/1`)).status, 404);
});

Deno.test("makeHandler() finds what bt would open, by number", async () => {
  const { find, get } = start();
  const request = { path: "/bin/program", purpose: "binary" };
  const found = await (await find(request)).json();
  assertEquals(found, [
    { path: "/sysroot/bin/program", id: 1, size: 8 },
    { path: "/bin/program", id: 2, size: 8 },
  ]);
  const range = { range: "bytes=0-" };
  const bytes = await (await get(`${TOKEN}/file/1`, range)).bytes();
  assertEquals(bytes, ELF);
  // Asked again, it is the same file.
  assertEquals(await (await find(request)).json(), found);
});

Deno.test("makeHandler() shows no file that is no ELF file", async () => {
  const { find } = start();
  const text = await (await find({
    path: "/etc/passwd",
    purpose: "binary",
  })).text();
  assert(!text.includes('"id"'), text);
  assertStringIncludes(text, "not an ELF file");
});

Deno.test("makeHandler() refuses what is no request for a file", async () => {
  const { find, io } = start();
  const binary = { purpose: "binary" };
  const bad = [
    "no JSON",
    null,
    [],
    {},
    binary,
    { ...binary, path: 5 },
    { ...binary, path: "/cores/../etc/passwd" },
    { ...binary, path: "../etc/passwd" },
    { ...binary, path: "/bin/program\0x" },
    { ...binary, path: "/" + "x".repeat(5000) },
    { path: "/bin/program", purpose: "anything" },
    { ...binary, path: "/bin/program", buildId: 7 },
    { ...binary, path: "x", directories: "/etc" },
    { ...binary, path: "x", directories: ["/etc/.."] },
    {
      purpose: "debug",
      path: "x",
      debugLink: { name: "../../etc/passwd", crc: 0, directory: "/" },
    },
    { purpose: "debug", path: "x", debugLink: null },
  ];
  const before = io.opened.length;
  for (const body of bad) {
    const { status } = await find(body);
    assertEquals(status, 400, JSON.stringify(body));
  }
  assertEquals(io.opened.length, before);
  assertEquals((await find(`"${"x".repeat(70_000)}"`)).status, 413);
});

Deno.test("makeHandler() gives the page's modules without types, packages by address", async () => {
  const { get } = start();
  const module = await get(`${TOKEN}/src/formats/base/struct.ts`);
  assertStringIncludes(module.headers.get("content-type")!, "text/javascript");
  const text = await module.text();
  assert(!text.includes("interface "), "types are left");
  const parser = await (await get(`${TOKEN}/src/formats/base/parser.ts`))
    .text();
  assertStringIncludes(
    parser,
    'from "../../../src/cli/site/packages/no_parser',
  );
  const entry = await (await get(`${TOKEN}/worker.js`)).text();
  assertEquals(entry, 'import "./src/cli/site/worker.ts";\n');
});

Deno.test("makeHandler() gives nothing of the disk beside its modules", async () => {
  const { get } = start();
  const paths = [
    "src/deno.json",
    "src/tests/boundary_test.ts",
    "src/cli/site/index.html",
    "src/cli/%2e%2e/deno.json",
    "src/cli/..%2f..%2fetc/passwd.ts",
    "src//etc/passwd.ts",
    "src/cli/missing_file.ts",
    "pkg/zod",
    "pkg/..%2Ffzstd",
    "pkg/__proto__",
    "constructor",
    "index.html",
    "style.css/x",
    "file/00000000",
    "file/-1",
    "file/0x0",
  ];
  for (const path of paths) {
    const { status } = await get(`${TOKEN}/${path}`);
    assert([403, 404].includes(status), `${path}: ${status}`);
  }
});
