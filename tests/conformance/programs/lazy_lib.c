#include <stdlib.h>

static volatile int *volatile nowhere;

static int real(int value) { return value; }

__attribute__((noinline)) static void crash(void) {
#ifdef ABORT
  abort();
#else
  *nowhere = 1;
#endif
}

__attribute__((noinline)) static void *choose(void) {
  crash();
  return nowhere ? 0 : (void *)real;
}

int indirect(int value) __attribute__((ifunc("choose_indirect")));
void *choose_indirect(void) { return choose(); }
