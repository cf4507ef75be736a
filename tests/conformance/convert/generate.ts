/**
 * C functions whose prologues differ.
 *
 * @module
 */

/** A sequence of numbers that is the same every time. */
function numbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state >>> 8) % limit;
  };
}

/** One function of a kind that `next` chooses: leaves, frames of many sizes, frame pointers, several ends. */
function generateFunction(i: number, next: (limit: number) => number): string {
  const k = next(1000) + 1;
  const head = `__attribute__((noinline,noipa)) long f${i}(long a, long b)`;
  switch (next(6)) {
    case 0:
      return `${head} { return a * ${k} + b; }`;
    case 1:
      return `${head} { long r = ext(${k}, a); return r + b * ${k}; }`;
    case 2: {
      const count = next(5) + 2;
      const kept = Array.from({ length: count }, (_, j) => j);
      const body = kept.map((j) => `long v${j} = ext(${k + j}, a + ${j});`);
      const sum = kept.map((j) => `v${j} * ${j + 2}`).join(" + ");
      return `${head} { ${body.join(" ")} return ${sum} + b; }`;
    }
    case 3: {
      const size = [16, 40, 100, 256, 1000, 5000, 40_000][next(7)]!;
      return `${head} { char t[${size}]; sink(t, ${size}); return t[a & 15] + ext(a, b); }`;
    }
    case 4:
      return `${head} { char t[(a & 63) + ${
        k % 40 + 1
      }]; sink(t, sizeof t); return t[0] + ext(a, ${k}) + b; }`;
    default:
      return `${head} { long r = b; if (b < ${k}) return a; if (a == ${k}) return ext(b, 1) + r; r += ext(r, 2); if (a == 7) return ext(r, 3); return r ^ ${k}; }`;
  }
}

/** `count` functions in files of a thousand, by file name. */
export function generateSources(count: number): Record<string, string> {
  const next = numbers(1);
  const sources: Record<string, string> = {
    "generated_ext.c":
      "long ext(long a, long b) { return a ^ b; } void sink(void *p, long n) { *(volatile char *)p = n; }\n",
  };
  for (let first = 0; first < count; first += 1000) {
    const lines = ["long ext(long, long); void sink(void *, long);"];
    for (let i = first; i < Math.min(count, first + 1000); i++) {
      lines.push(generateFunction(i, next));
    }
    sources[`generated_${first}.c`] = `${lines.join("\n")}\n`;
  }
  return sources;
}
