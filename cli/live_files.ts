/**
 * Where the files of a live process are: what it has mapped, also from another mount namespace or deleted, then what
 * `bt` would look for.
 *
 * @module
 */
import type { MemoryMap } from "../formats/proc/mod.ts";
import type { Candidate, FindCandidates } from "../kernel/reader.ts";
import type { Io } from "./io.ts";
import type { LiveSystem } from "./live_system.ts";

/**
 * Puts the mapped files themselves before the candidates of `others`, which should know `/proc/PID/root` as a root.
 *
 * `/proc/PID/map_files` leads to the very file, but for root only. A path below `/proc/PID/root` is that file if device
 * and inode say so, `/proc/PID/exe` is the program even when it was deleted.
 */
export function makeLiveCandidates(
  io: Io,
  system: LiveSystem,
  tid: number,
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
    const link = `/proc/${tid}/map_files/${range}`;
    const inside = `/proc/${tid}/root${path}`;
    const program = `/proc/${tid}/exe`;
    // The path is the process's own: debug files are looked for beside it.
    const mapped: Candidate[] = [
      { path, isMapped: true, open: () => io.open(link) },
      {
        path,
        get isMapped(): boolean {
          return isSame(system, inside, map);
        },
        open: () => io.open(inside),
      },
      {
        path,
        isMapped: true,
        open: () =>
          isSame(system, program, map) ? io.open(program) : "not found",
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
