/**
 * Where the files of a live process are: what it has mapped, also from another mount namespace or deleted, then what
 * `bt` would look for.
 *
 * @module
 */
import type { MemoryMap } from "../formats/proc/mod.ts";
import type { Candidate, FindCandidates } from "../kernel/mod.ts";
import type { Io } from "./io.ts";
import type { LiveSystem } from "./live_system.ts";

/**
 * Puts the mapped files themselves before the candidates of `others`, which should know `/proc/PID/root` as a root.
 *
 * `/proc/PID/map_files` leads to the very file, but for root only; a path below `/proc/PID/root` is that file if
 * device and inode say so.
 */
export function makeLiveCandidates(
  io: Io,
  system: LiveSystem,
  pid: number,
  maps: readonly MemoryMap[],
  others: FindCandidates,
): FindCandidates {
  const byStart = new Map(maps.map((map) => [map.start, map]));
  return (request) => {
    const found = others(request);
    const { mapping, purpose, path } = request;
    const map = mapping && byStart.get(mapping.start);
    if (purpose !== "binary" || map === undefined) return found;
    const range = `${map.start.toString(16)}-${map.end.toString(16)}`;
    const link = `/proc/${pid}/map_files/${range}`;
    const inside = `/proc/${pid}/root${path}`;
    const mapped: Candidate[] = [
      // The path is the process's own: debug files are looked for beside it.
      { path, isMapped: true, open: () => io.open(link) },
      {
        path,
        isMapped: isSame(system, inside, map),
        open: () => io.open(inside),
      },
    ];
    return [...mapped, ...found];
  };
}

function isSame(system: LiveSystem, path: string, map: MemoryMap): boolean {
  const found = system.identity(path);
  return found !== undefined && found.inode === map.inode &&
    found.device === map.device;
}
