/* Asks for the time, in the code that the kernel maps, for two seconds. */
#include <stdio.h>
#include <time.h>

int main(void) {
  struct timespec start, now;
  long count = 0;
  clock_gettime(CLOCK_MONOTONIC, &start);
  do {
    clock_gettime(CLOCK_MONOTONIC, &now);
    count++;
  } while (now.tv_sec < start.tv_sec + 2);
  printf("%ld\n", count);
  return 0;
}
