/**
 * Which file is taken for a module, and what its names come from: whole backtraces of a literal core whose candidates
 * are literal files.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { crc32 } from "../../../formats/elf/mod.ts";
import {
  type Backtrace,
  backtrace,
  type BacktraceOptions,
  type ByteSource,
  BytesSource,
  type Decompress,
  type ModuleRequest,
  openSession,
} from "../../../kernel/mod.ts";
import {
  BUILD_ID,
  buildProgram,
  FRAMES,
  IMAGE,
  NAMES,
  processCore,
  processSpec,
  type ProgramSpec,
  STACK,
} from "../../builders/process.ts";
import { buildCore } from "../../builders/core.ts";
import { wordBytes } from "../../builders/rows.ts";

const PROGRAM = buildProgram();
const OTHER_ID = "fedcba9876543210";
/** Names of a file that must not be used. */
const WRONG = [{ name: "wrong", value: IMAGE + 0x800, size: 0x100 }];

/** Files by path; a string is why one cannot be opened. */
type Files = Record<string, Uint8Array | string>;

/** Candidates for each request: those under `/debug/` for debug files, the others for binaries. */
function optionsFor(
  files: Files,
  requests: ModuleRequest[] = [],
): BacktraceOptions {
  const candidates = (request: ModuleRequest) => {
    requests.push(request);
    if (request.purpose === "sidecar") return [];
    return Object.keys(files)
      .filter((path) => path.startsWith("/debug/") === isDebug(request))
      .map((path) => ({ path, open: () => openFile(files[path]!) }));
  };
  return { candidates };
}

function isDebug({ purpose }: ModuleRequest): boolean {
  return purpose === "debug";
}

function openFile(file: Uint8Array | string): ByteSource | string {
  return typeof file === "string" ? file : new BytesSource(file);
}

/** Frames, status and warnings of a walk with these files; the core holds the program's first page if `dumped`. */
async function walk(
  files: Files,
  core = processCore({}, PROGRAM),
): Promise<{ result: Backtrace; status: string; warnings: string }> {
  const result = await backtrace(core, optionsFor(files));
  return {
    result,
    status: result.modules[0]!.status,
    warnings: result.warnings.join("\n"),
  };
}

function names({ threads }: Backtrace): readonly (string | null)[] {
  return threads[0]!.frames.map(({ symbol }) => symbol);
}

function pcs({ threads }: Backtrace): string[] {
  return threads[0]!.frames.map(({ pc }) => pc);
}

Deno.test("backtrace(): a file with the build ID of the core's copy is used", async () => {
  const { result, status, warnings } = await walk({ "/bin/program": PROGRAM });
  assertEquals(status, "ok");
  assertEquals(warnings, "");
  assertEquals(names(result), NAMES);
  assertEquals(result.modules[0]!.buildId, BUILD_ID);
});

Deno.test("backtrace(): the first candidate that is the right build is used, and others are no news", async () => {
  const { result, status, warnings } = await walk({
    "/a": "not found",
    "/b": buildProgram({ buildId: OTHER_ID, symbols: WRONG }),
    "/c": new Uint8Array(100),
    "/d": PROGRAM,
    "/e": buildProgram({ symbols: WRONG }),
  });
  assertEquals(status, "ok");
  assertEquals(warnings, "");
  assertEquals(names(result), NAMES);
});

Deno.test("backtrace(): a file of another build is told and not used", async () => {
  for (const buildId of [OTHER_ID, ""]) {
    const { result, status, warnings } = await walk({
      "/sys/bin/program": buildProgram({ buildId, symbols: WRONG }),
    });
    assertEquals(status, "mismatch");
    assertStringIncludes(warnings, "/sys/bin/program is another build");
    assertStringIncludes(warnings, BUILD_ID);
    // The core's own copy still has rows and names.
    assertEquals(pcs(result), FRAMES);
    assertEquals(names(result), NAMES);
  }
});

Deno.test("backtrace(): a file is used unverified where the core does not hold its build ID", async () => {
  const { result, status, warnings } = await walk(
    { "/bin/program": buildProgram({ buildId: OTHER_ID }) },
    processCore(),
  );
  assertEquals(status, "unverified");
  assertStringIncludes(warnings, "unverified");
  assertEquals(names(result), NAMES);
  assertEquals(result.modules[0]!.buildId, OTHER_ID);
});

Deno.test("backtrace(): files that cannot be used are told by name with the reason", async () => {
  const cases: [Uint8Array | string, string][] = [
    ["permission denied", "/x: permission denied"],
    [new TextEncoder().encode("#!/bin/sh\n".repeat(9)), "ELF"],
    [PROGRAM.subarray(0, 40), "ELF"],
    [new Uint8Array(0), "ELF"],
    [buildProgram({ machine: 183 }), "not a file for x86-64"],
  ];
  for (const [file, reason] of cases) {
    const { result, status, warnings } = await walk(
      { "/x": file },
      processCore(),
    );
    assertEquals(status, "unreadable", reason);
    assertStringIncludes(warnings, "/bin/program: not used: /x");
    assertStringIncludes(warnings, reason);
    assertEquals(pcs(result), FRAMES.slice(0, 1));
    assertEquals(result.threads[0]!.stop, "no-row");
  }
});

Deno.test("backtrace(): a missing file is told", async () => {
  const { status, warnings } = await walk(
    { "/x": "not found" },
    processCore(),
  );
  assertEquals(status, "missing");
  assertEquals(warnings, "/bin/program: not found");
});

/** The core, with another path in NT_FILE. */
function coreWithPath(path: string, dumped?: Uint8Array): Uint8Array {
  const files = processSpec().files!.map((file) => ({ ...file, path }));
  return processCore({ files }, dumped);
}

Deno.test("backtrace(): a deleted file is only replaced by one of the same build", async () => {
  const path = "/bin/program (deleted)";
  const file = { "/bin/program": PROGRAM };
  const unknown = await walk(file, coreWithPath(path));
  assertEquals(unknown.status, "deleted");
  assertEquals(
    unknown.warnings,
    "/bin/program: deleted while it was mapped",
  );
  assertEquals(pcs(unknown.result), FRAMES.slice(0, 1));
  const known = await walk(file, coreWithPath(path, PROGRAM));
  assertEquals(known.status, "ok");
  assertEquals(names(known.result), NAMES);
  const other = buildProgram({ buildId: OTHER_ID, symbols: WRONG });
  const replaced = await walk(
    { "/bin/program": other },
    coreWithPath(path, PROGRAM),
  );
  assertEquals(replaced.status, "deleted");
  assertEquals(names(replaced.result), NAMES);
});

Deno.test("backtrace(): what is no regular file is never asked for", async () => {
  const requests: ModuleRequest[] = [];
  for (const path of ["/dev/mem", "/memfd:x", "/SYSV0000", "[heap]"]) {
    const options = optionsFor({ "/x": PROGRAM }, requests);
    const { warnings } = await backtrace(coreWithPath(path), options);
    assertEquals(warnings, [`${path}: not opened: not a regular file`]);
  }
  assertEquals(requests.filter(({ path }) => path !== ""), []);
});

Deno.test("backtrace(): the executable that is given goes before what is found, for the program alone", async () => {
  const given = buildProgram({
    symbols: [{ name: "given", value: IMAGE + 0x800, size: 0x100 }],
  });
  const options = optionsFor({ "/bin/program": PROGRAM });
  const executable = new BytesSource(given);
  const result = await backtrace(processCore(), { ...options, executable });
  assertEquals(names(result), ["given", "given", "given"]);
  // Not the program: the entry point lies elsewhere.
  const library = processCore({ auxv: [[9n, 0x1234n]] });
  const other = await backtrace(library, { ...options, executable });
  assertEquals(names(other), NAMES);
});

/** Names of the frames with these files; `.gnu_debugdata` opens as `mini`. */
async function namesFrom(
  program: ProgramSpec,
  debug: Files = {},
  decompress: Decompress | undefined = undefined,
): Promise<readonly (string | null)[]> {
  const files = { "/bin/program": buildProgram(program), ...debug };
  const options = { ...optionsFor(files), decompress };
  return names(await backtrace(processCore({}, PROGRAM), options));
}

const ONE = { value: IMAGE + 0x800, size: 0x100 };
const DYNAMIC = [{ name: "dynamic", ...ONE }];
const PACKED = { name: ".gnu_debugdata", type: 1, bytes: Uint8Array.of(1) };

function all(name: string): string[] {
  return [name, name, name];
}

Deno.test("backtrace(): names come from .symtab before .dynsym and before a debug file", async () => {
  const debug = buildProgram({ symbols: [{ name: "debug", ...ONE }] });
  const own = { dynamicSymbols: DYNAMIC };
  assertEquals(await namesFrom(own, { "/debug/x": debug }), [...NAMES]);
});

Deno.test("backtrace(): names come from the debug file of the same build where the program is stripped", async () => {
  const debug = (buildId: string) =>
    buildProgram({ symbols: [{ name: `of ${buildId}`, ...ONE }], buildId });
  const stripped = { symbols: [], dynamicSymbols: DYNAMIC };
  const files = {
    "/debug/no": "not found",
    "/debug/wrong": debug(OTHER_ID),
    "/debug/right": debug(BUILD_ID),
  };
  assertEquals(await namesFrom(stripped, files), all(`of ${BUILD_ID}`));
  const wrong = { "/debug/wrong": debug(OTHER_ID), "/debug/none": debug("") };
  assertEquals(await namesFrom(stripped, wrong), all("dynamic"));
  assertEquals(await namesFrom(stripped), all("dynamic"));
});

Deno.test("backtrace(): names of stripped programs come from .gnu_debugdata and .dynsym, the nearer of both", async () => {
  const mini = buildProgram({
    symbols: [{ name: "mini", value: IMAGE + 0x810, size: 0xf0 }],
  });
  const spec = { symbols: [], dynamicSymbols: DYNAMIC, sections: [PACKED] };
  const kinds: string[] = [];
  const decompress: Decompress = (kind, bytes) => {
    kinds.push(`${kind} ${bytes}`);
    return mini;
  };
  assertEquals(await namesFrom(spec, {}, decompress), [
    "dynamic",
    "mini",
    "mini",
  ]);
  assertEquals(kinds, ["xz 1"]);
  assertEquals(await namesFrom(spec), all("dynamic"));
});

Deno.test("backtrace(): names come from .dynsym where .gnu_debugdata is damaged", async () => {
  const spec = { symbols: [], dynamicSymbols: DYNAMIC, sections: [PACKED] };
  const failures: Decompress[] = [
    () => {
      throw new RangeError("broken stream");
    },
    () => Promise.reject(new Error("broken stream")),
    () => new Uint8Array(10),
  ];
  for (const decompress of failures) {
    assertEquals(await namesFrom(spec, {}, decompress), all("dynamic"));
  }
});

Deno.test("backtrace(): a debug file without build ID is known by its checksum", async () => {
  const debug = buildProgram({
    buildId: "",
    symbols: [{ name: "linked", ...ONE }],
  });
  const linked = (crc: number) => {
    const bytes = new Uint8Array(16);
    bytes.set(new TextEncoder().encode("x.debug"));
    new DataView(bytes.buffer).setUint32(8, crc, true);
    return buildProgram({
      buildId: "",
      symbols: [],
      dynamicSymbols: DYNAMIC,
      sections: [{
        name: ".gnu_debuglink",
        type: 1,
        bytes: bytes.subarray(0, 12),
      }],
    });
  };
  const namesWith = async (crc: number) => {
    const files = { "/bin/program": linked(crc), "/debug/x.debug": debug };
    const requests: ModuleRequest[] = [];
    const result = await backtrace(processCore(), optionsFor(files, requests));
    const link = requests.find(isDebug)?.debugLink;
    assertEquals(link, { name: "x.debug", crc, directory: "/bin" });
    return names(result);
  };
  assertEquals(await namesWith(crc32(debug)), all("linked"));
  assertEquals(await namesWith(1), all("dynamic"));
});

/** A core of an aborted program with `__abort_msg` and what it points to on the stack. */
async function abortMessage(
  path: string,
  size: number,
  text: string,
  signal = 6,
): Promise<string | undefined> {
  const words = [IMAGE + 0x818, 0, 0, IMAGE + 0x848, 0, STACK + 48];
  const bytes = new Uint8Array(48 + 4 + text.length);
  bytes.set(wordBytes(words));
  new DataView(bytes.buffer).setUint32(48, size, true);
  bytes.set(new TextEncoder().encode(text), 52);
  const spec = processSpec();
  const core = buildCore({
    ...spec,
    siginfo: { number: signal, code: -6 },
    files: spec.files!.map((file) => ({ ...file, path })),
    segments: [
      spec.segments![0]!,
      { address: BigInt(STACK), data: bytes, flags: 6 },
    ],
  });
  const program = buildProgram({
    symbols: [{ name: "__abort_msg", value: STACK + 40, size: 8, type: 1 }],
  });
  const session = await openSession(new BytesSource(core), {
    ...optionsFor({ [path]: program }),
  });
  return session.abortMessage;
}

Deno.test("backtrace(): the abort message is read from libc, or from a program that holds it", async () => {
  for (const path of ["/lib/libc.so.6", "/lib/libc-2.31.so", "/bin/static"]) {
    const text = "free(): invalid pointer\n\0rest";
    assertEquals(
      await abortMessage(path, 4096, text),
      "free(): invalid pointer",
    );
  }
});

Deno.test("backtrace(): the abort message is cut by its size, and by what there is", async () => {
  const read = (size: number, text: string) =>
    abortMessage("/lib/libc.so.6", size, text);
  assertEquals(await read(4 + 6, "double free"), "double");
  assertEquals(await read(0xffff_ffff, "no end"), "no end");
  assertEquals(await read(3, "text"), undefined);
  assertEquals(await read(100, "\0"), undefined);
  assertEquals(await read(100, ""), undefined);
});

Deno.test("backtrace(): the abort message is only asked for after an abort", async () => {
  assertEquals(
    await abortMessage("/lib/libc.so.6", 9, "text\0", 11),
    undefined,
  );
});
