/**
 * What is built for the agreement run, and where.
 *
 * @module
 */

/** One toolchain with one set of flags. */
export interface Build {
  /** Its name: letters, digits, `-`. */
  readonly name: string;
  /** The toolchain root. */
  readonly root: "v1" | "v2" | "v3" | "cross";
  /** The C compiler. */
  readonly cc: string;
  /** The C++ compiler, where there is one. */
  readonly cxx?: string;
  /** Further flags. */
  readonly flags?: string;
  /** Programs that it must have beside the compiler, or else the build is skipped. */
  readonly needs?: string;
}

/** All of them: three releases of binutils, three machines, another linker. */
export const BUILDS: readonly Build[] = [
  { name: "v1-amd64", root: "v1", cc: "gcc", cxx: "g++" },
  { name: "v2-amd64", root: "v2", cc: "gcc", cxx: "g++" },
  { name: "v3-amd64", root: "v3", cc: "gcc", cxx: "g++" },
  {
    name: "v3-amd64-fp",
    root: "v3",
    cc: "gcc",
    cxx: "g++",
    flags: "-fno-omit-frame-pointer -fcf-protection=full",
  },
  {
    name: "v3-amd64-mold",
    root: "v3",
    cc: "gcc",
    cxx: "g++",
    flags: "-fuse-ld=mold",
    needs: "mold",
  },
  { name: "v1-aarch64", root: "v1", cc: "aarch64-linux-gnu-gcc" },
  {
    name: "v2-aarch64-pac",
    root: "v2",
    cc: "aarch64-linux-gnu-gcc",
    flags: "-mbranch-protection=pac-ret",
  },
  {
    name: "v3-aarch64-b-key",
    root: "cross",
    cc: "aarch64-linux-gnu-gcc",
    flags: "-mbranch-protection=pac-ret+leaf+b-key",
  },
  { name: "v3-s390x", root: "cross", cc: "s390x-linux-gnu-gcc" },
];

/** Optimisation levels. */
const LEVELS = ["O0", "O1", "O2", "O3", "Os"];

/** C programs that every machine can build. */
const PROGRAMS = ["jumps", "many", "mix", "signals"];

/** The script that builds everything of `build` into the working directory, which has the sources. */
export function buildScript(build: Build): string {
  const { cc, cxx, flags = "" } = build;
  const all = `-w -Wa,--gsframe ${flags}`;
  const lines = ["mkdir -p out"];
  for (const level of LEVELS) {
    for (const program of PROGRAMS) {
      lines.push(
        `${cc} -${level} ${all} -pthread ${program}.c -o out/${program}-${level} -lm -ldl`,
      );
    }
    if (cxx !== undefined) {
      lines.push(
        `${cxx} -${level} ${all} -pthread mix.cc -o out/mixcc-${level}`,
      );
    }
    // One object and nothing else: every byte of the section must come out.
    lines.push(
      `${cc} -${level} ${all} -fPIC -fno-builtin -fno-stack-protector -shared -nostdlib frames.c -o out/single-${level}`,
    );
  }
  lines.push(
    `${cc} -O2 ${all} -fPIC -fno-stack-protector -shared -nostdlib generated*.c -o out/single-generated`,
  );
  return lines.join("\n");
}
