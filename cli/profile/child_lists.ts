/**
 * The stacks above each stack, in order.
 *
 * @module
 */
import type { StackTable } from "../../kernel/profile/mod.ts";

/** Linked lists in two arrays: no object per stack. */
export interface ChildLists {
  /** First child of each stack; 0 for none. */
  first: Int32Array;
  /** What follows each stack among the children of its parent; 0 for none. */
  next: Int32Array;
}

/**
 * Lists the children of each stack by rank.
 *
 * @param rankOf Number of a stack's innermost frame in the order that is wanted, from 0 to below `rankCount`; below 0 to
 * leave it out.
 */
export function listChildren(
  { parents, count }: StackTable,
  rankCount: number,
  rankOf: (stack: number) => number,
): ChildLists {
  const lastOfRank = new Int32Array(rankCount);
  const sameRank = new Int32Array(count);
  for (let id = 1; id < count; id++) {
    const rank = rankOf(id);
    if (rank < 0) continue;
    sameRank[id] = lastOfRank[rank]!;
    lastOfRank[rank] = id;
  }
  const first = new Int32Array(count);
  const next = new Int32Array(count);
  // Each goes in front of those of higher ranks.
  for (let rank = rankCount - 1; rank >= 0; rank--) {
    for (let id = lastOfRank[rank]!; id !== 0; id = sameRank[id]!) {
      next[id] = first[parents[id]!]!;
      first[parents[id]!] = id;
    }
  }
  return { first, next };
}

/** Names, each once, and for each of `texts` its number in alphabetical order. */
export function rankNames(
  texts: readonly string[],
): { names: string[]; ranks: Int32Array } {
  const names = [...new Set(texts)].sort();
  const rankByName = new Map(names.map((name, rank) => [name, rank]));
  return {
    names,
    ranks: Int32Array.from(texts, (text) => rankByName.get(text)!),
  };
}
