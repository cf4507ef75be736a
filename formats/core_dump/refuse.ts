/**
 * Tells files that are no core dumps of Linux processes by name.
 *
 * @module
 */
import { decodeElfHeader, type ElfHeader, ET, isElf } from "../elf/mod.ts";
import {
  type FormatError,
  TruncatedError,
  UnsupportedError,
} from "../base/error.ts";
import { isCompressed } from "./compression.ts";
import { describeElfMachine, type MachineName, machineOf } from "./machines.ts";
import { CORE, coreError } from "./warnings.ts";

/** Bytes of the file that are looked at first: the ELF header of 64-bit files. */
export const HEAD_SIZE = 64;

const OTHER_MAGICS: readonly (readonly [magic: string, name: string])[] = [
  [
    "KDUMP   ",
    "a kernel crash dump (kdump-compressed), not a process's core dump",
  ],
  ["DISKDUMP", "a kernel crash dump (diskdump), not a process's core dump"],
  [
    "makedumpfile",
    "a kernel crash dump (flattened), not a process's core dump",
  ],
  ["PAGEDU64", "a Windows kernel crash dump"],
  ["MDMP", "a minidump"],
  ["PERFILE2", "a perf.data file"],
  ["!<arch>", "a static library"],
  ["\xcf\xfa\xed\xfe", "a Mach-O file"],
];

const ELF_TYPES: Readonly<Record<number, string>> = {
  [ET.NONE]: "a file of no type, not a core dump",
  [ET.REL]: "an object file, not a core dump",
  [ET.EXEC]: "an executable, not a core dump",
  [ET.DYN]: "an executable or shared object, not a core dump",
};

/** What {@linkcode decodeCoreHeader} yields. */
export interface CoreHeader {
  /** The ELF header. */
  header: ElfHeader;
  /** The machine, one that is handled. */
  machine: MachineName;
}

/**
 * Decodes the ELF header of a core dump and refuses everything else by name.
 *
 * @param head The first bytes of the file, {@linkcode HEAD_SIZE} or fewer.
 * @throws {FormatError} `truncated` (empty or cut), `bad-magic` (no ELF file), `unsupported` (another kind of file,
 * 32-bit, another machine), `bad-value`
 */
export function decodeCoreHeader(head: Uint8Array): CoreHeader {
  if (head.length === 0) {
    throw new TruncatedError(CORE, "file", 0, HEAD_SIZE, 0);
  }
  if (!isElf(head)) throw describeOther(head);
  const header = decodeElfHeader(head);
  if (header.type !== ET.CORE) {
    throw refuse(
      "e_type",
      16,
      ELF_TYPES[header.type] ?? `a file of type ${header.type}`,
      "a core dump",
    );
  }
  if (header.elfClass === 32) {
    const machine = describeElfMachine(header.machine);
    throw refuse(
      "EI_CLASS",
      4,
      `a 32-bit core of ${machine}: ELF32 core dumps are not handled`,
      "a 64-bit core dump",
    );
  }
  const machine = machineOf(header.machine);
  if (machine === undefined) {
    throw refuse(
      "e_machine",
      18,
      describeElfMachine(header.machine),
      "x86-64, aarch64 or s390x",
    );
  }
  if (machine !== "aarch64" && header.littleEndian !== (machine === "x86-64")) {
    throw coreError({
      code: "bad-value",
      field: "EI_DATA",
      offset: 5,
      value: head[5]!,
      expected: `the byte order of ${machine}`,
    });
  }
  return { header, machine };
}

/** The error for a file of another kind, found out after its header. */
export function refuse(
  field: string,
  offset: number,
  found: string,
  expected: string,
): UnsupportedError {
  return new UnsupportedError(CORE, field, offset, found, expected);
}

function describeOther(head: Uint8Array): FormatError {
  const compression = isCompressed(head);
  if (compression !== undefined) {
    return refuse(
      "magic",
      0,
      `${compression} data`,
      "a core dump, decompressed",
    );
  }
  for (const [magic, name] of OTHER_MAGICS) {
    if (startsWith(head, magic)) {
      return refuse("magic", 0, name, "an ELF core dump");
    }
  }
  return coreError({
    code: "bad-magic",
    field: "magic",
    offset: 0,
    value: [...head.subarray(0, 4)]
      .map((byte) => byte.toString(16).padStart(2, "0")).join(" "),
    expected: "an ELF core dump (7f 45 4c 46)",
  });
}

function startsWith(bytes: Uint8Array, magic: string): boolean {
  for (let i = 0; i < magic.length; i++) {
    if (bytes[i] !== magic.charCodeAt(i)) return false;
  }
  return true;
}
