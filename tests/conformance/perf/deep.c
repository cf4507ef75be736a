/* Recursion 300 deep. Runs for two seconds. */
#include <stdio.h>
#include <time.h>

__attribute__((noinline)) static long recurse(int depth, volatile long *x) {
  volatile char pad[24];
  pad[depth % 24] = (char)depth;
  if (depth <= 0) {
    for (int i = 0; i < 300000; i++) *x = *x * 31 + i;
    return *x;
  }
  return recurse(depth - 1, x) + pad[depth % 24];
}

int main(void) {
  volatile long x = 1;
  const time_t end = time(0) + 2;
  long sum = 0;
  while (time(0) < end) sum += recurse(300, &x);
  printf("%ld\n", sum);
  return 0;
}
