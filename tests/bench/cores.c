/* Cores to measure: `cores deep N` one thread N calls deep, `cores threads N D` N threads of about 3 D frames each, mixed
   through qsort of libc, `cores tiny`; each ends in abort(). */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define APART __attribute__((noinline))

static int is_threaded, depth;
static pthread_barrier_t barrier;
static __thread int left;
static volatile long sink;

APART static void bottom(void) {
  if (!is_threaded) abort();
  pthread_barrier_wait(&barrier);
  for (;;) pause();
}

APART static long fall(int n) {
  volatile char room[24];
  room[n % 24] = 1;
  if (n <= 1) bottom();
  else sink += fall(n - 1);
  return room[n % 24];
}

APART static void step(void);

static int compare(const void *a, const void *b) {
  if (left > 0) step();
  return *(const long *)a < *(const long *)b ? -1 : 1;
}

APART static void narrow(void) {
  volatile char room[16];
  room[left & 15] = 1;
  step();
  sink += room[left & 15];
}

APART static void wide(void) {
  volatile char room[200 + left];
  room[left] = 1;
  step();
  sink += room[left];
}

APART static void step(void) {
  if (left <= 0) {
    bottom();
    return;
  }
  long values[4] = {4, left, 2, 3};
  switch (left-- % 5) {
    case 0: qsort(values, 4, sizeof *values, compare); break;
    case 1: case 3: wide(); break;
    default: narrow();
  }
  sink += values[0];
}

static void *thread(void *argument) {
  left = depth;
  step();
  return argument;
}

int main(int count, char **arguments) {
  if (count > 2 && !strcmp(arguments[1], "deep")) return (int)fall(atoi(arguments[2]));
  if (count > 3) {
    int threads = atoi(arguments[2]);
    depth = atoi(arguments[3]);
    is_threaded = 1;
    pthread_barrier_init(&barrier, NULL, threads + 1);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 65536);
    for (int i = 0; i < threads; i++) {
      pthread_t one;
      if (pthread_create(&one, &attributes, thread, NULL)) return 1;
    }
    pthread_barrier_wait(&barrier);
    usleep(300000);
  }
  abort();
}
