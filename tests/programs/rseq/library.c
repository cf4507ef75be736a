/* A shared object with one critical section. */
#include "critical.h"

int bump(volatile unsigned long *count, volatile int *spin, char *area) {
  int result;
  do result = add(count, spin, area);
  while (result < 0);
  return result;
}
