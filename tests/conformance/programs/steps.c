/* A small function with pushes, a frame, a call through the PLT and two ways out: to be stepped through. */
#include <stdlib.h>
#include <unistd.h>

#define APART __attribute__((noinline))

static volatile long sink;

APART static long leaf(long a, long b) { return a * b + sink; }

APART long small(long a, long b, long c) {
  volatile long room[4];
  room[0] = a;
  room[1] = leaf(b, c);
  if (a > 5) return room[0];
  return leaf(room[1], a) + leaf(c, b) + room[0] + a + b + c + getppid();
}

int main(void) {
  sink = 1;
  return (int)small(2, 3, 4) & 1;
}
