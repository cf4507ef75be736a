/*
 * Random printf conversions of one integer, as the C library does them: a line each of
 *   conversion TAB value in hex TAB result in hex
 *
 * Usage: conversions SEED COUNT
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state;

static uint64_t next(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static unsigned below(unsigned limit) { return (next() >> 20) % limit; }

static uint64_t pick_value(void) {
  switch (below(6)) {
  case 0: return below(3);
  case 1: return -(uint64_t)below(300);
  case 2: return below(256) << (8 * below(4));
  case 3: return (uint64_t)1 << below(64);
  case 4: return next() & 0xffffffff;
  default: return next();
  }
}

int main(int argc, char **argv) {
  static const char *const lengths[] = {"", "", "h", "hh", "l", "ll", "j", "t", "z"};
  static const char ends[] = "bBdiouxXdiouxXcp";
  if (argc != 3) return 2;
  state = strtoull(argv[1], NULL, 0) * 2654435761u + 88172645463325252ull;
  for (long left = atol(argv[2]); left > 0; left--) {
    char format[64], result[256];
    char end = ends[below(sizeof ends - 1)];
    uint64_t value = pick_value();
    char *at = format;
    int size;
    *at++ = '%';
    for (unsigned n = below(4); n > 0; n--) {
      char flag = "-+ #0'"[below(6)];
      /* What the standard leaves undefined is left out. */
      if ((end == 'c' || end == 'p') && flag != '-') continue;
      if (strchr("diu", end) != NULL && flag == '#') continue;
      if (strchr("bBoxX", end) != NULL && flag == '\'') continue;
      *at++ = flag;
    }
    if (below(2)) at += sprintf(at, "%u", 1 + below(below(20) ? 40 : 400));
    if (end != 'c' && end != 'p' && below(3) == 0) {
      *at++ = '.';
      if (below(5)) at += sprintf(at, "%u", below(below(20) ? 30 : 400));
    }
    if (end == 'c') value |= 1; /* a NUL would end the result */
    if (end == 'p') value |= 16; /* glibc prints a null pointer as (nil) */
    const char *length = end == 'c' || end == 'p' ? "" : lengths[below(sizeof lengths / sizeof *lengths)];
    sprintf(at, "%s%c", length, end);
    if (end == 'p') size = snprintf(result, sizeof result, format, (void *)(uintptr_t)value);
    else if (*length == '\0' || *length == 'h') size = snprintf(result, sizeof result, format, (unsigned)value);
    else size = snprintf(result, sizeof result, format, value);
    if (size < 0) continue;
    printf("%s\t%" PRIx64 "\t", format, value);
    for (const char *c = result; *c != '\0'; c++) printf("%02x", *(const unsigned char *)c);
    putchar('\n');
  }
  return 0;
}
