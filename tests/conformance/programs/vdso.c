/* Threads that do nothing but read the clock, until another aborts. */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static volatile long sink;

__attribute__((noinline)) static void watch(int depth) {
  struct timespec now;
  if (depth > 0) {
    watch(depth - 1);
    sink++;
    return;
  }
  for (;;) {
    clock_gettime(CLOCK_MONOTONIC, &now);
    sink += now.tv_nsec;
  }
}

static void *thread(void *argument) {
  watch(5);
  return argument;
}

int main(void) {
  pthread_t one;
  for (int i = 0; i < 12; i++) pthread_create(&one, NULL, thread, NULL);
  usleep(200000);
  abort();
}
