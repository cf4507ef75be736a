/* Functions with unwind tables call two without any (noframe_bare.c), and those call back. */
#include "runtime.h"

long bare_outer(long value, long (*next)(long));

void say_bare(const char *label, word value) { say(label, value); }

static APART long last(long value) {
  volatile char room[50];
  NOTE();
  room[value] = 1;
  *nowhere = (int)value;
  return room[value];
}

static APART long called_back(long value) {
  NOTE();
  return last(value) + value;
}

static APART long with_tables(long value) {
  NOTE();
  return bare_outer(value, called_back) + value;
}

int APART main(void) {
  NOTE();
  sink = with_tables(7);
  return 0;
}
