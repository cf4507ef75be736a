/**
 * Registers by name.
 *
 * @module
 */
import type { Machine } from "../mod.ts";

/** x86-64's registers by DWARF number. */
const X86_NAMES =
  "rax rdx rcx rbx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip".split(
    " ",
  );

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
}

const NAMES: Record<Machine["name"], readonly string[]> = {
  "x86-64": X86_NAMES,
  aarch64: [...numbered("x", 31), "sp", "pc"],
  s390x: numbered("r", 16),
};

/** Names of the registers that scenarios show, by DWARF number; the pc's column is one of them. */
export function registerNames(machine: Machine): ReadonlyMap<number, string> {
  const names = new Map(NAMES[machine.name].entries());
  if (!names.has(machine.pc)) names.set(machine.pc, "pc");
  return names;
}

/** DWARF number of the register `name`; `pc`, `sp` and `fp` are known on every machine. `undefined` if there is none. */
export function registerNumber(
  machine: Machine,
  name: string,
): number | undefined {
  if (name === "pc" || name === "sp" || name === "fp") return machine[name];
  for (const [number, other] of registerNames(machine)) {
    if (other === name) return number;
  }
  return undefined;
}
