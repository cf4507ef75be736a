/**
 * Parts of the walker that few modules need and that bring many files with them: loaded when they are needed.
 *
 * @module
 */

/** Loads each part; a walk whose owner gives none does without it. */
export interface ModuleParts {
  /** Unwind tables kept in files of their own. */
  sidecar?: (() => Promise<typeof import("./sidecar.ts")>) | undefined;
  /** Source lines. */
  lines?: (() => Promise<typeof import("./lines.ts")>) | undefined;
}

/** All of them. A program that imports this has their files in its module graph from the start. */
export const ALL_PARTS: ModuleParts = {
  sidecar: () => import("./sidecar.ts"),
  lines: () => import("./lines.ts"),
};
