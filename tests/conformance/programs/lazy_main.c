/* The first call of an indirect function under lazy binding: its resolver runs below the loader's own frames. */
#include <stdlib.h>

#define APART __attribute__((noinline))

int indirect(int value);
static volatile int sink;

APART static int inner(int value) {
  volatile char room[60];
  room[1] = 1;
  return indirect(value) + room[1];
}

APART static int outer(int value) {
  return inner(value + 1) * 2;
}

static int compare(const void *a, const void *b) {
  sink += outer(*(const int *)a);
  return *(const int *)a - *(const int *)b;
}

int main(void) {
  int values[3] = {3, 1, 2};
  qsort(values, 3, sizeof values[0], compare);
  return 0;
}
