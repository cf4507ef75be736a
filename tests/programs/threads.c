/* Three parked threads with different frames, then a null write three calls deep in the main thread. */
#include "runtime.h"

static char stacks[3][16384] __attribute__((aligned(64)));

/* The frame grows with each call: small rows, then large offsets. */
static APART long descend(int depth) {
  volatile char room[40];
  NOTE();
  room[depth] = (char)depth;
  if (depth == 0) park();
  return descend(depth - 1) + room[depth];
}

static APART long wide_frame(int depth) {
  volatile char room[3000];
  NOTE();
  room[depth] = 1;
  return descend(depth) + room[depth];
}

/* A frame whose size only the frame pointer knows. */
static APART long variable_frame(int size) {
  NOTE();
  volatile char *room = (volatile char *)__builtin_alloca((word)size);
  room[size - 1] = 1;
  if (size > 64) park();
  return variable_frame(size * 2) + room[size - 1];
}

/* A frame realigned beyond what the ABI promises, with arguments on the stack: x86-64 finds the CFA through a saved
 * copy of another register (a flexible frame of SFrame V3). */
static APART long aligned_frame(int size, long b, long c, long d, long e, long f, long g, long h) {
  volatile char room[64] __attribute__((aligned(64)));
  volatile char *more = (volatile char *)__builtin_alloca((word)size);
  NOTE();
  room[1] = (char)size;
  more[0] = (char)(b + c + d + e + f + g);
  return variable_frame(size) + room[1] + more[0] + h;
}

static APART void shallow_thread(void *argument) {
  NOTE();
  park();
  sink = (long)argument;
}

static APART void deep_thread(void *argument) {
  NOTE();
  sink = wide_frame(12) + (long)argument;
}

static APART void variable_thread(void *argument) {
  NOTE();
  sink = aligned_frame(24, 1, 2, 3, 4, 5, 6, 7) + (long)argument;
}

static APART long crash(long a, long b) {
  NOTE();
  *nowhere = (int)(a + b);
  return a;
}

static APART long middle(long a) {
  volatile long kept[5];
  NOTE();
  kept[a & 3] = a;
  return crash(a, kept[a & 3]) + kept[a & 3];
}

static APART long outer(long a) {
  NOTE();
  return middle(a + 1) + a;
}

int APART main(void) {
  NOTE();
  spawn(shallow_thread, stacks[1], 0);
  spawn(deep_thread, stacks[2], 0);
  spawn(variable_thread, stacks[2] + sizeof stacks[2], 0);
  wait_for_parked(3);
  sink = outer(3);
  return 0;
}
