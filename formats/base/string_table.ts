/**
 * NUL-terminated strings.
 *
 * @module
 */
/** Three bytes that some take for a mark at the start are part of a name here. */
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Longest string that is looked for: names of templates reach tens of kilobytes. */
const MAX_STRING_SIZE = 1 << 20;

/**
 * Reads the NUL-terminated string at `offset`, up to `limit` bytes; a missing NUL ends it at the limit. An offset
 * outside the bytes gives the empty string.
 */
export function readString(
  bytes: Uint8Array,
  offset: number,
  limit: number = MAX_STRING_SIZE,
): string {
  if (!(offset >= 0)) return "";
  const end = Math.min(bytes.length, offset + limit);
  let at = offset;
  let ascii = true;
  while (at < end && bytes[at] !== 0) {
    if (bytes[at]! >= 0x80) ascii = false;
    at++;
  }
  if (!(at > offset)) return "";
  if (at - offset <= 24 && ascii) {
    // Short names are most names, and TextDecoder costs a call into the runtime for each.
    let text = "";
    for (let i = offset; i < at; i++) text += String.fromCharCode(bytes[i]!);
    return text;
  }
  return UTF8.decode(bytes.subarray(offset, at));
}
