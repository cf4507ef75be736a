/* Threads at rest in every kind of place: recursion, a callback of the C library, a lock, a sleep, and the main thread
   in a signal handler. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void rest(void) {
  for (;;) pause();
}

__attribute__((noinline)) static int deep(int depth, volatile int *one) {
  if (depth <= 0) rest();
  return deep(depth - 1, one) + *one;
}

static int compare(const void *a, const void *b) {
  volatile int one = 1;
  (void)b;
  return deep(*(const int *)a % 7, &one);
}

static void *run(void *argument) {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  long index = (long)argument;
  int values[3] = {(int)index, 1, 2};
  struct timespec long_time = {100000, 0};
  volatile int one = 1;
  switch (index % 5) {
    case 0: qsort(values, 3, sizeof values[0], compare); break;
    case 1: nanosleep(&long_time, NULL); break;
    case 2: pthread_mutex_lock(&mutex); rest(); break;
    default: deep(index % 40, &one);
  }
  return NULL;
}

static void handler(int signal) {
  (void)signal;
  rest();
}

int main(int count, char **arguments) {
  long threads = count > 1 ? atol(arguments[1]) : 100;
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 256 * 1024);
  for (long i = 1; i < threads; i++) {
    pthread_t thread;
    if (pthread_create(&thread, &small, run, (void *)i) != 0) return 1;
  }
  signal(SIGUSR1, handler);
  raise(SIGUSR1);
}
