/**
 * What `framewalk vdso` says, in words and as JSON.
 *
 * @module
 */
import { formatAddress } from "../formats/base/address.ts";
import { STT } from "../formats/elf/mod.ts";
import type {
  Vdso,
  VdsoCoverage,
  VdsoSymbol,
  VdsoTrampoline,
} from "../kernel/vdso/mod.ts";
import { printable } from "./plain_text.ts";
import { errorRecord } from "./report.ts";

const MACHINE_NAMES: Readonly<Record<number, string>> = {
  3: "i386",
  21: "ppc64",
  22: "s390x",
  40: "arm",
  62: "x86-64",
  183: "aarch64",
  243: "riscv",
  258: "loongarch",
};
const TYPE_NAMES: Readonly<Record<number, string>> = {
  [STT.NOTYPE]: "notype",
  [STT.OBJECT]: "object",
  [STT.FUNC]: "func",
  [STT.TLS]: "tls",
  [STT.GNU_IFUNC]: "ifunc",
};

function machineName(machine: number): string {
  return MACHINE_NAMES[machine] ?? `machine ${machine}`;
}

/** The image as `--json` shows it. */
export function vdsoRecord(
  vdso: Vdso,
  address: number | undefined,
): Record<string, unknown> {
  const { machine, kernelVersion, fixups, coverage, errors } = vdso;
  return {
    machine: machineName(machine),
    address: address === undefined ? null : formatAddress(address),
    size: vdso.size,
    soname: vdso.soname,
    buildId: vdso.buildId ?? null,
    kernel: kernelVersion ?? null,
    symbols: vdso.symbols.map((symbol) => ({
      name: symbol.name,
      version: symbol.version,
      address: formatAddress(symbol.address),
      size: symbol.size,
      type: TYPE_NAMES[symbol.type] ?? `${symbol.type}`,
      weak: symbol.isWeak,
      defined: symbol.isDefined,
      meaning: symbol.meaning,
    })),
    fixups: fixups === undefined ? null : fixups.entries.map((entry) => ({
      instruction: formatAddress(entry.instruction),
      fixup: formatAddress(entry.fixup),
      problem: entry.problem,
    })),
    coverage: coverage === undefined ? null : coverageRecord(coverage),
    trampolines: vdso.trampolines.map((trampoline) => ({
      ...trampoline,
      address: formatAddress(trampoline.address),
    })),
    breaches: vdso.breaches,
    errors: errors.map(errorRecord),
  };
}

function coverageRecord(coverage: VdsoCoverage): Record<string, unknown> {
  const { textSize, ehFrame, sframe, functions, padding, holes } = coverage;
  return {
    textSize,
    ehFrame: ehFrame ?? null,
    sframe: sframe ?? null,
    functions: functions.map((one) => ({
      names: one.names,
      address: formatAddress(one.address),
      size: one.size,
      ehFrame: one.ehFrame ?? null,
      sframe: one.sframe ?? null,
    })),
    padding,
    holes: holes.map(({ address, size, where }) => ({
      address: formatAddress(address),
      size,
      where,
    })),
  };
}

/** The image in words. */
export function vdsoText(
  vdso: Vdso,
  address: number | undefined,
  check: boolean,
): string {
  const lines = [headText(vdso, address), ""];
  for (const symbol of vdso.symbols) {
    if (!symbol.isVersion) lines.push(symbolText(symbol));
  }
  lines.push("", ...coverageLines(vdso));
  for (const trampoline of vdso.trampolines) {
    lines.push(trampolineText(trampoline));
  }
  lines.push(...fixupLines(vdso));
  if (check) lines.push(...checkLines(vdso));
  return `${lines.join("\n")}\n`;
}

function headText(vdso: Vdso, address: number | undefined): string {
  const { machine, soname, buildId, kernelVersion, size } = vdso;
  return [
    soname === "" ? "no name" : printable(soname),
    machineName(machine),
    kernelVersion === undefined ? "" : `Linux ${kernelVersion}`,
    `${size} bytes`,
    address === undefined ? "" : `at ${formatAddress(address)}`,
    buildId === undefined ? "no build ID" : `build ID ${buildId}`,
  ].filter((part) => part !== "").join(", ");
}

function symbolText(symbol: VdsoSymbol): string {
  const { name, version, address, size, isDefined, isWeak, meaning } = symbol;
  const place = isDefined
    ? `${formatAddress(address).padStart(6)} ${String(size).padStart(5)}`
    : " undef      ";
  const full = printable(version === "" ? name : `${name}@${version}`);
  const words = [isWeak ? "weak" : "", meaning].filter((word) => word !== "");
  return words.length === 0
    ? `${place}  ${full}`
    : `${place}  ${full.padEnd(38)}  ${words.join(": ")}`;
}

function coverageLines({ coverage }: Vdso): string[] {
  if (coverage === undefined) return ["unwinding: not known"];
  const { textSize, functions, holes } = coverage;
  const share = (covered: number | undefined, table: string): string =>
    covered === undefined ? `no ${table}` : `${covered} in ${table}`;
  const parts = [
    share(coverage.ehFrame, ".eh_frame"),
    share(coverage.sframe, ".sframe"),
  ];
  const lines = [
    `unwinding: of ${textSize} bytes of code ${
      parts.join(", ")
    }, ${coverage.padding} between functions`,
  ];
  const covered = functions.filter((one) =>
    Math.max(one.ehFrame ?? 0, one.sframe ?? 0) >= one.size
  );
  lines.push(
    `  ${covered.length} of ${functions.length} functions have rows throughout`,
  );
  for (const { address, size, where } of holes) {
    lines.push(
      `  no rows  ${formatAddress(address)} ${size} bytes, ${printable(where)}`,
    );
  }
  return lines;
}

function trampolineText(
  { name, address, isKnown, hasRows }: VdsoTrampoline,
): string {
  const known = isKnown === undefined
    ? ""
    : isKnown
    ? ", known by its instructions"
    : ", not known by its instructions";
  const rows = hasRows ? "with rows" : "without rows";
  return `signal trampoline: ${printable(name)} at ${
    formatAddress(address)
  }, ${rows}${known}`;
}

function fixupLines({ fixups }: Vdso): string[] {
  if (fixups === undefined) return ["fixups: no __ex_table"];
  return [
    `fixups: ${fixups.entries.length} in __ex_table`,
    ...fixups.entries.map(({ instruction, fixup, problem }) => {
      const wrong = problem === "" ? "" : `  wrong: ${problem}`;
      return `  ${formatAddress(instruction)} goes on at ${
        formatAddress(fixup)
      }${wrong}`;
    }),
  ];
}

function checkLines({ breaches }: Vdso): string[] {
  if (breaches.length === 0) return ["check: keeps to all constraints"];
  return [
    `check: breaks ${breaches.length}`,
    ...breaches.map(({ rule, text }) => `  ${rule}: ${printable(text)}`),
  ];
}
