import { assertEquals } from "@std/assert";
import { isMangled, loadDemangler } from "../../cli/demangle.ts";

// Right sides: c++filt of GNU Binutils 2.47, but for the marked ones.
const NAMES = [
  ["_ZN3foo3barEi", "foo::bar(int)"],
  [
    "_ZNK13Configuration4FindB5cxx11EPKcS1_",
    "Configuration::Find(char const*, char const*) const",
  ], // less [abi:cxx11]
  ["_Z9TimeToStrB5cxx11m", "TimeToStr(unsigned long)"], // less [abi:cxx11]
  ["_ZZ4mainENKUlvE_clEv", "main::{lambda()#1}::operator()() const"],
  ["_ZN12_GLOBAL__N_13barEv", "(anonymous namespace)::bar()"],
  ["_Z3fooi.part.0.cold", "foo(int) [clone .part.0] [clone .cold]"],
  ["_ZThn8_N3foo3barEv", "non-virtual thunk to foo::bar()"],
  ["_ZTv0_n24_N3foo3barEv", "virtual thunk to foo::bar()"],
  ["_ZTch0_h8_N3foo3barEv", "covariant return thunk to foo::bar()"],
  ["_ZN4core9panicking5panic17h0123456789abcdefE", "core::panicking::panic"], // less the hash
  ["_RNvC4demo4main", "demo::main"], // less the crate's hash
  ["_RNCNvC4demo4main0", "demo::main::{closure#0}"],
] as const;

Deno.test("loadDemangler() reads C++ and Rust names as the native tool does", async () => {
  const demangle = await loadDemangler();
  for (const [mangled, readable] of NAMES) {
    assertEquals(demangle(mangled), readable);
  }
});

Deno.test("loadDemangler() leaves alone what it cannot read", async () => {
  const demangle = await loadDemangler();
  for (
    const name of [
      "",
      "main",
      "_start",
      "_Z",
      "_Zzz",
      "_R",
      "_GLOBAL__sub_I_main",
      "_ZN3foo",
      `_Z${"1a".repeat(20_000)}`,
    ]
  ) {
    assertEquals(demangle(name), name);
  }
});

Deno.test("isMangled() tells by the start and refuses giants", () => {
  assertEquals(isMangled("_ZN3fooE"), true);
  assertEquals(isMangled("_RNvC1a1b"), true);
  assertEquals(isMangled("__libc_start_main"), false);
  assertEquals(isMangled("Z3foo"), false);
  assertEquals(isMangled(`_Z${"x".repeat(20_000)}`), false);
});
