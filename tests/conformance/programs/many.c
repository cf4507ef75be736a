/* 1,000 threads of about 40 frames each, mixed through callbacks of libc, then abort(). */
#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <unistd.h>

#define APART __attribute__((noinline))
enum { THREADS = 1000 };

static volatile long sink;
static pthread_barrier_t barrier;
static __thread int left;

APART static void step(int depth);

static int by_sort(const void *a, const void *b) {
  if (left > 0) step(left);
  return *(const int *)a - *(const int *)b;
}

static int by_find(const void *a, const void *b) {
  if (left > 0) step(left);
  return *(const int *)a - *(const int *)b;
}

APART static void step(int depth) {
  int values[3] = {3, 1, depth};
  volatile char room[depth * 8 + 1];
  room[0] = 1;
  left = depth - 1;
  if (depth == 0) {
    pthread_barrier_wait(&barrier);
    for (;;) pause();
  } else if (depth == 1) {
    left = 0;
    step(0);
  } else if (depth % 3 == 0) {
    qsort(values, 3, sizeof values[0], by_sort);
  } else if (depth % 3 == 1) {
    size_t count = 3;
    lfind(&depth, values, &count, sizeof values[0], by_find);
  } else {
    step(depth - 1);
  }
  sink += room[0];
}

static void *thread(void *argument) {
  step(14 + (int)((long)argument % 7));
  return argument;
}

int main(void) {
  pthread_attr_t attributes;
  pthread_barrier_init(&barrier, NULL, THREADS + 1);
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 65536);
  for (long i = 0; i < THREADS; i++) {
    pthread_t one;
    if (pthread_create(&one, &attributes, thread, (void *)i)) return 2;
  }
  pthread_barrier_wait(&barrier);
  usleep(300000);
  abort();
}
