/* Threads with areas that the kernel writes, in a program that stands in for a C library: it names the areas' place as
 * the GNU C library does. One thread is inside a critical section when the main thread crashes, one never registered.
 * Built with -DSIZE=, __rseq_size. x86-64 only: qemu-user knows no rseq. */
#include "../runtime.h"
#include "critical.h"

enum { SYS_arch_prctl = 158, SYS_rseq = 334, ARCH_SET_FS = 0x1002, LENGTH = 32 };

#define OFFSET -64
const long __rseq_offset = OFFSET;
const unsigned __rseq_size = SIZE, __rseq_flags = 0;

struct block {
  char area[64] __attribute__((aligned(64)));
  word thread_pointer; /* the ABI wants its own address here */
};

static struct block blocks[4];
static char stacks[3][4096] __attribute__((aligned(64)));
static volatile int forever = 1, quiet;

/* Gives the thread its thread pointer and registers its area. */
static APART char *enter(word index, int registers) {
  struct block *block = &blocks[index];
  block->thread_pointer = (word)&block->thread_pointer;
  system_call(SYS_arch_prctl, ARCH_SET_FS, block->thread_pointer, 0, 0);
  *(volatile int *)(block->area + 4) = -1;
  if (registers) system_call(SYS_rseq, (word)block->area, LENGTH, 0, 0x53053053);
  return block->area;
}

static APART void calm_thread(void *argument) {
  unsigned long count = 0;
  add(&count, &quiet, enter((word)argument, 1));
  park();
}

static APART void busy_thread(void *argument) {
  unsigned long count = 0;
  char *area = enter((word)argument, 1);
  __atomic_add_fetch(&parked, 1, __ATOMIC_SEQ_CST);
  while (add(&count, &forever, area) < 0) {}
}

static APART void strange_thread(void *argument) {
  enter((word)argument, 0);
  park();
}

int APART main(void) {
  enter(0, 1);
  spawn(calm_thread, stacks[1], (void *)1);
  spawn(busy_thread, stacks[2], (void *)2);
  spawn(strange_thread, stacks[2] + sizeof stacks[2], (void *)3);
  wait_for_parked(3);
  *nowhere = 1;
  return 0;
}
