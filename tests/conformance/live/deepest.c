/* A stack of some megabytes: more than is copied at once with other threads beside it. */
#include <pthread.h>
#include <unistd.h>

__attribute__((noinline)) static int deep(int depth) {
  volatile char large[200];
  large[0] = depth;
  if (depth == 0)
    for (;;) pause();
  return deep(depth - 1) + large[0];
}

static void *run(void *argument) {
  deep(10000);
  return argument;
}

int main(void) {
  pthread_t thread;
  for (int i = 0; i < 30; i++) pthread_create(&thread, NULL, run, NULL);
  return deep(10000);
}
