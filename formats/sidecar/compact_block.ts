/**
 * One block of the compact form, unpacked for lookups.
 *
 * @module
 */
import { viewOf } from "../base/byte_source.ts";
import { crc32 } from "../base/crc32.ts";
import { Cursor } from "../base/cursor.ts";
import type { FormatError } from "../base/error.ts";
import {
  BLOCK_CHECKSUM_SIZE,
  BLOCK_FUNCTIONS,
  FUNCTION_REPEATS,
  MAX_SHORT_RULE,
  NO_RULE,
  SHORT_RULE_BITS,
} from "./compact_format.ts";
import { badSidecar, SIDECAR } from "./meta.ts";

/** A function whose rows repeat. */
export interface Repetition {
  /** Units of a repetition. */
  size: number;
  /** Rows of one repetition, as in {@linkcode Block}. */
  starts: Uint32Array;
  /** Their rules. */
  rules: Int32Array;
}

/**
 * Ranges that follow each other without gaps, in units from the start of the block's first function. Range i goes from `starts[i]` to
 * `starts[i + 1]`, which is there for the last one too, and has rule `rules[i]`: {@linkcode NO_RULE} between functions,
 * below zero -1 - the index of a repetition.
 */
export interface Block {
  /** Where ranges start, ascending; one more than there are rules. */
  starts: Uint32Array;
  /** Rules of the ranges. */
  rules: Int32Array;
  /** Functions whose rows repeat. */
  repetitions: Repetition[];
}

/** Collects ranges. */
class Ranges {
  readonly starts: number[] = [];
  readonly rules: number[] = [];

  add(start: number, rule: number): void {
    if (start === this.starts.at(-1)) this.rules[this.rules.length - 1] = rule;
    else {
      this.starts.push(start);
      this.rules.push(rule);
    }
  }

  close(end: number): [Uint32Array, Int32Array] {
    return [
      Uint32Array.from([...this.starts, end]),
      Int32Array.from(this.rules),
    ];
  }
}

/**
 * Unpacks a block.
 *
 * @param bytes The block with its checksum.
 * @param offset Where it is, for errors.
 * @param ruleCount Number of rules in the file.
 * @throws {FormatError} `truncated`, `bad-value`
 */
export function decodeBlock(
  bytes: Uint8Array,
  offset: number,
  ruleCount: number,
): Block {
  const end = bytes.length - BLOCK_CHECKSUM_SIZE;
  const view = viewOf(bytes);
  const sum = end < 1 ? -1 : crc32(bytes.subarray(0, end)) & 0xffff;
  if (sum < 0 || view.getUint16(end, true) !== sum) {
    throw bad("checksum", offset, undefined, "that of the block");
  }
  const cursor = new Cursor(view, true, SIDECAR, 0, end);
  const count = cursor.u8("function count");
  if (count < 1 || count > BLOCK_FUNCTIONS) {
    throw bad("function count", offset, count, `1 to ${BLOCK_FUNCTIONS}`);
  }
  const heads = readHeads(cursor, count, offset);
  const ranges = new Ranges();
  const repetitions: Repetition[] = [];
  for (const { start, size, rowsSize, repSize } of heads) {
    const rowsEnd = cursor.offset + rowsSize;
    if (rowsEnd > end) {
      throw bad("row size", offset, rowsSize, "rows within the block");
    }
    if (repSize === 0) {
      readRows(cursor, rowsEnd, start, size, ranges, ruleCount, offset);
    } else {
      const own = new Ranges();
      const ownSize = Math.min(repSize, size);
      readRows(cursor, rowsEnd, 0, ownSize, own, ruleCount, offset);
      const [starts, rules] = own.close(ownSize);
      repetitions.push({ size: repSize, starts, rules });
      ranges.add(start, -repetitions.length);
    }
    ranges.add(start + size, NO_RULE);
  }
  // The last range added has no width: its start is where the block's functions end.
  ranges.rules.pop();
  const last = ranges.starts.pop()!;
  const [starts, rules] = ranges.close(last);
  return { starts, rules, repetitions };
}

interface Head {
  start: number;
  size: number;
  rowsSize: number;
  repSize: number;
}

function readHeads(cursor: Cursor, count: number, offset: number): Head[] {
  const heads: Head[] = [];
  let end = 0;
  for (let i = 0; i < count; i++) {
    const start = end + cursor.uleb("function gap");
    const size = cursor.uleb("function size");
    const length = cursor.uleb("row size");
    const repeats = length % 2 === FUNCTION_REPEATS;
    const repSize = repeats ? cursor.uleb("repetition size") : 0;
    end = start + size;
    const good = size > 0 && end < 2 ** 32 && (i > 0 || start === 0) &&
      (repSize > 0) === repeats && repSize < 2 ** 32;
    if (!good) throw bad("function", offset, i, "a range that ascends");
    heads.push({ start, size, rowsSize: Math.floor(length / 2), repSize });
  }
  return heads;
}

/** Rows of one function: a rule, then for each row a byte with distance and rule, and what of them it cannot hold. */
function readRows(
  cursor: Cursor,
  rowsEnd: number,
  start: number,
  size: number,
  out: Ranges,
  ruleCount: number,
  offset: number,
): void {
  let at = 0;
  let rule = cursor.offset < rowsEnd ? cursor.uleb("rule") : NO_RULE;
  checkRule(rule, ruleCount, offset);
  out.add(start, rule);
  while (cursor.offset < rowsEnd) {
    const first = cursor.u8("row");
    const distance = first >> SHORT_RULE_BITS || cursor.uleb("row distance");
    rule = first & MAX_SHORT_RULE || cursor.uleb("rule");
    checkRule(rule, ruleCount, offset);
    at += distance;
    if (distance === 0 || at >= size) {
      throw bad("row distance", offset, distance, "a row in its function");
    }
    out.add(start + at, rule);
  }
  if (cursor.offset !== rowsEnd) {
    throw bad("row size", offset, undefined, "whole rows");
  }
}

function checkRule(rule: number, ruleCount: number, offset: number): void {
  if (rule <= ruleCount) return;
  throw bad("rule", offset, rule, `at most ${ruleCount}`);
}

function bad(
  field: string,
  offset: number,
  value: number | undefined,
  expected: string,
): FormatError {
  return badSidecar("bad-value", `block ${field}`, offset, value, expected);
}
