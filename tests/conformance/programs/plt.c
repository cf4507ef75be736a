/* A crash in a stub of the procedure linkage table: its slot in the GOT cannot be read. */
#define _GNU_SOURCE
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define APART __attribute__((noinline))

static volatile long sink;
/* No other data shares pages with the GOT. */
static char apart[65536] __attribute__((aligned(4096), used)) = {1};

/* mprotect without any stub on the way. */
APART static void forbid(unsigned long address) {
  long result;
  register long r10 __asm__("r10") = 0;
  __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_mprotect), "D"(address & -4096UL), "S"(4096UL), "d"(PROT_NONE), "r"(r10)
                   : "rcx", "r11", "memory");
}

static unsigned long got(void) {
  for (const ElfW(Dyn) *entry = _DYNAMIC; entry->d_tag != DT_NULL; entry++)
    if (entry->d_tag == DT_PLTGOT) return entry->d_un.d_ptr;
  return 0;
}

APART static long inner(long value) {
  volatile char room[90];
  room[1] = (char)value;
  return getppid() + room[1];
}

APART static long outer(long value) {
  long address = (long)got();
  forbid((unsigned long)address);
  forbid((unsigned long)address + 24);
  return inner(value) + value;
}

int main(void) {
  sink = outer(3) + apart[0];
  return 0;
}
