/* A thread that spends all its time in one rseq critical section; the kernel restarts it there when it takes it off
   the processor. */
#define _GNU_SOURCE
#include <linux/rseq.h>
#include <stdint.h>
#include <sys/rseq.h>

int main(void) {
  struct rseq *area = (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
  uint64_t counter = 0;
#if defined(__x86_64__)
  for (;;)
    __asm__ __volatile__(
        ".pushsection __rseq_cs, \"aw\"\n\t"
        ".balign 32\n\t"
        "3: .long 0, 0\n\t"
        ".quad 1f, 2f - 1f, 4f\n\t"
        ".popsection\n\t"
        "5: leaq 3b(%%rip), %%rax\n\t"
        "movq %%rax, %[area]\n\t"
        "1: incq %[counter]\n\t"
        "testq %[counter], %[counter]\n\t"
        "jnz 1b\n\t"
        "2: jmp 6f\n\t"
        ".long 0x53053053\n\t"
        "4: jmp 5b\n\t"
        "6:\n\t"
        : [area] "=m"(area->rseq_cs), [counter] "+r"(counter)
        :
        : "rax", "memory", "cc");
#endif
}
