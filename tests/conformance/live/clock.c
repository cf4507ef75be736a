/* Two threads that are in the vDSO nearly all the time. */
#include <pthread.h>
#include <time.h>

static void *run(void *argument) {
  struct timespec now;
  for (;;) clock_gettime(CLOCK_MONOTONIC, &now);
  return argument;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, run, NULL);
  run(NULL);
}
