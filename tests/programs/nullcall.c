/* A call through a bad pointer: TARGET is 0 for null, 1 for data, 2 for memory that is not mapped. */
#include "runtime.h"

static MAYBE_UNUSED word some_data[4] = {1, 2, 3, 4};

typedef long (*callback)(long);
static callback volatile chosen;

static APART long call_back(long value) {
  volatile long room[6];
  NOTE();
  room[value & 3] = value;
  return chosen(value) + room[value & 3];
}

static APART long for_each(long value) {
  NOTE();
  return call_back(value * 3) + value;
}

static APART long prepare(long value) {
  volatile char room[333];
  NOTE();
  room[value] = 1;
  return for_each(value) + room[value];
}

int APART main(void) {
  NOTE();
#if TARGET == 1
  chosen = (callback)(word)some_data;
#elif TARGET == 2
  chosen = (callback)0x123456789000;
#else
  chosen = 0;
#endif
  sink = prepare(5);
  return 0;
}
