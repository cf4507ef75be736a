/**
 * Numbers of the ELF specification under its own names, without their prefixes' repetition: `PT_LOAD` is `PT.LOAD`.
 * Only those that this package or its callers use.
 *
 * Source: System V ABI (gABI) 4.3, chapters 4 and 5; `elf.h` of the GNU C library for notes and GNU extensions.
 *
 * @module
 */

/** Object file types, `e_type`. */
export const ET = { NONE: 0, REL: 1, EXEC: 2, DYN: 3, CORE: 4 } as const;

/** Machines, `e_machine`. */
export const EM = {
  I386: 3,
  PPC64: 21,
  S390: 22,
  ARM: 40,
  X86_64: 62,
  AARCH64: 183,
  RISCV: 243,
  LOONGARCH: 258,
} as const;

/** Operating systems, `EI_OSABI`. */
export const ELFOSABI = { NONE: 0, GNU: 3, FREEBSD: 9 } as const;

/** Segment types, `p_type`. */
export const PT = {
  NULL: 0,
  LOAD: 1,
  DYNAMIC: 2,
  INTERP: 3,
  NOTE: 4,
  PHDR: 6,
  TLS: 7,
  GNU_EH_FRAME: 0x6474e550,
  GNU_STACK: 0x6474e551,
  GNU_RELRO: 0x6474e552,
  GNU_PROPERTY: 0x6474e553,
  GNU_SFRAME: 0x6474e554,
} as const;

/** Bits of a segment's flags, `p_flags`. */
export const PF = { X: 1, W: 2, R: 4 } as const;

/** Stands in `e_phnum` when the count is in section header 0. */
export const PN_XNUM = 0xffff;

/** Section types, `sh_type`. */
export const SHT = {
  NULL: 0,
  PROGBITS: 1,
  SYMTAB: 2,
  STRTAB: 3,
  RELA: 4,
  HASH: 5,
  DYNAMIC: 6,
  NOTE: 7,
  NOBITS: 8,
  REL: 9,
  DYNSYM: 11,
  SYMTAB_SHNDX: 18,
  GNU_SFRAME: 0x6ffffff4,
  GNU_HASH: 0x6ffffff6,
  X86_64_UNWIND: 0x70000001,
} as const;

/** Bits of a section's flags, `sh_flags`. */
export const SHF = {
  WRITE: 1,
  ALLOC: 2,
  EXECINSTR: 4,
  TLS: 0x400,
  COMPRESSED: 0x800,
} as const;

/** Section numbers with a meaning of their own, `st_shndx`. */
export const SHN = {
  UNDEF: 0,
  LORESERVE: 0xff00,
  ABS: 0xfff1,
  COMMON: 0xfff2,
  XINDEX: 0xffff,
} as const;

/** Methods of compressed sections, `ch_type`. */
export const ELFCOMPRESS = { ZLIB: 1, ZSTD: 2 } as const;

/** Symbol types, the low half of `st_info`. */
export const STT = {
  NOTYPE: 0,
  OBJECT: 1,
  FUNC: 2,
  SECTION: 3,
  FILE: 4,
  COMMON: 5,
  TLS: 6,
  GNU_IFUNC: 10,
} as const;

/** Symbol bindings, the high half of `st_info`. */
export const STB = { LOCAL: 0, GLOBAL: 1, WEAK: 2, GNU_UNIQUE: 10 } as const;

/** Tags of the dynamic section, `d_tag`. */
export const DT = {
  NULL: 0,
  HASH: 4,
  STRTAB: 5,
  SYMTAB: 6,
  STRSZ: 10,
  SYMENT: 11,
  DEBUG: 21,
  GNU_HASH: 0x6ffffef5,
} as const;

/** Note types, `n_type`; which of them holds depends on the note's name. */
export const NT = {
  /** Of `CORE` notes. */
  PRSTATUS: 1,
  PRFPREG: 2,
  PRPSINFO: 3,
  TASKSTRUCT: 4,
  AUXV: 6,
  SIGINFO: 0x53494749,
  FILE: 0x46494c45,
  /** Of `LINUX` notes. */
  PRXFPREG: 0x46e62b7f,
  X86_XSTATE: 0x202,
  S390_HIGH_GPRS: 0x300,
  ARM_TLS: 0x401,
  ARM_SYSTEM_CALL: 0x404,
  ARM_SVE: 0x405,
  ARM_PAC_MASK: 0x406,
  /** Of `FreeBSD` notes in cores. */
  FREEBSD_THRMISC: 7,
  FREEBSD_PROCSTAT_PROC: 8,
  FREEBSD_PROCSTAT_FILES: 9,
  FREEBSD_PROCSTAT_VMMAP: 10,
  FREEBSD_PROCSTAT_AUXV: 16,
  FREEBSD_PTLWPINFO: 17,
  /** Of `GNU` notes. */
  GNU_ABI_TAG: 1,
  GNU_BUILD_ID: 3,
  GNU_PROPERTY_TYPE_0: 5,
} as const;
