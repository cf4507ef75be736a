/**
 * The files of a run: those of the repository, and what else the command line names.
 *
 * @module
 */

const DATA = new URL("../../data/", import.meta.url).pathname;

/** A core with the files that it needs. */
export interface CoreInput {
  /** What to call it. */
  name: string;
  /** The core. */
  core: string;
  /** Its program, where it is given as such. */
  program?: string;
  /** Where its files are. */
  sysroots: string[];
}

/** The cores of the repository. */
export function ownCores(): CoreInput[] {
  const folders = [...Deno.readDirSync(`${DATA}cores`)]
    .filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => name).sort();
  return folders.map((name) => {
    const folder = `${DATA}cores/${name}`;
    if (name === "demo") {
      const core = `${folder}/core.zst`;
      return { name, core, sysroots: [folder] };
    }
    const core = `${folder}/core.gz`;
    const program = `${folder}/program`;
    return { name, core, program, sysroots: [] };
  });
}

/** The cores in a folder, with the same places for the files of all. */
export function coresOf(folder: string, sysroots: string[]): CoreInput[] {
  return [...Deno.readDirSync(folder)]
    .filter(({ name, isFile }) =>
      isFile && /^core(?!.*\.(c|cc|h|s|txt)$)/.test(name)
    )
    .map(({ name }) => ({
      name,
      core: `${folder}/${name}`,
      sysroots,
    }));
}

/** The captures of the repository. */
export function ownCaptures(): string[] {
  return ["packed", "plain", "stream"].map((name) =>
    `${DATA}perf/${name}.data`
  );
}

/** Binaries of the repository with unwind tables. */
export function ownBinaries(): string[] {
  return ["x86_64.so", "aarch64.so", "s390x.so", "program"].map((name) =>
    `${DATA}rseq/${name}`
  ).concat(`${DATA}cores/v3-x86_64-threads/program`);
}

/** `--sysroot` for each. */
export function sysrootArguments(sysroots: readonly string[]): string[] {
  return sysroots.flatMap((root) => ["--sysroot", root]);
}
