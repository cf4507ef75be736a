/* Frames of all kinds on the way to a null write: recursion, alloca, many arguments, callbacks through qsort and bsearch. */
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define APART __attribute__((noinline))

static volatile long sink;
static volatile int ready;
static volatile int *volatile nowhere;

APART static void bottom(int waits) {
  if (waits) {
    __atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
    for (;;) pause();
  }
  while (ready < 2) usleep(1000);
  usleep(50000);
  *nowhere = waits;
}

APART static long grow(int depth, int waits);

static __thread int depth_left, entered, waits_here;

APART static int compare(const void *a, const void *b) {
  if (!entered) {
    entered = 1;
    sink += grow(depth_left, waits_here);
  }
  return *(const int *)a - *(const int *)b;
}

APART static long through_qsort(int depth, int waits) {
  int values[7] = {4, 2, 9, 1, 7, 3, depth};
  depth_left = depth, waits_here = waits, entered = 0;
  qsort(values, 7, sizeof values[0], compare);
  return values[0];
}

APART static long through_bsearch(int depth, int waits) {
  int values[3] = {1, 2, 3};
  depth_left = depth, waits_here = waits, entered = 0;
  int *found = bsearch(&depth, values, 3, sizeof values[0], compare);
  return found ? *found : 0;
}

APART static long variable(int depth, int waits) {
  char *room = __builtin_alloca((size_t)(depth * 37 + 16));
  memset(room, depth, (size_t)depth + 1);
  __asm__ volatile("" : : "r"(room) : "memory");
  return grow(depth, waits) + room[depth];
}

APART static long large(int depth, int waits) {
  volatile char room[5000];
  room[depth] = 1;
  return grow(depth, waits) + room[depth];
}

APART static long aligned(long a, long b, long c, long d, long e, long f, int depth, int waits) {
  volatile long room[16] __attribute__((aligned(128)));
  room[depth & 7] = a + b + c + d + e + f;
  return grow(depth, waits) + room[depth & 7];
}

APART static long varied(int depth, ...) {
  va_list list;
  va_start(list, depth);
  int waits = va_arg(list, int);
  double weight = va_arg(list, double);
  long result = grow(depth, waits) + (long)weight;
  va_end(list);
  return result;
}

APART static long grow(int depth, int waits) {
  if (depth <= 0) {
    bottom(waits);
    return 0;
  }
  switch (depth % 7) {
    case 0: return through_qsort(depth - 1, waits) + 1;
    case 1: return variable(depth - 1, waits) + 2;
    case 2: return large(depth - 1, waits) + 3;
    case 3: return aligned(1, 2, 3, 4, 5, 6, depth - 1, waits) + 4;
    case 4: return varied(depth - 1, waits, 2.5) + 5;
    case 5: return through_bsearch(depth - 1, waits) + 6;
    default: return grow(depth - 1, waits) + 7;
  }
}

static void *thread(void *argument) {
  sink += grow(*(int *)argument, 1);
  return NULL;
}

int main(void) {
  int depths[2] = {9, 31};
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, thread, &depths[i]);
  sink += grow(23, 0);
  return (int)sink;
}
