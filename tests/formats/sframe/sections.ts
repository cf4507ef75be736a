/**
 * Help for tests about whole sections.
 *
 * @module
 */

/** The bytes as hexadecimal digits, eight bytes a line: what a failing comparison shows. */
export function hex(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  for (let i = 0; i < bytes.length; i += 8) {
    lines.push(
      [...bytes.subarray(i, i + 8)].map((byte) =>
        byte.toString(16).padStart(2, "0")
      ).join(" "),
    );
  }
  return lines;
}

/** Joins bytes. */
export function join(...parts: (Uint8Array | number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
