/* One critical section in each machine's assembly: adds 1 to *count, goes out early if it is odd, and stays inside for
 * as long as *spin is set. Its arrays are those that debuggers read. */
#ifndef CRITICAL_H
#define CRITICAL_H

/* 0: it was odd; 1: done; -1: aborted. */
static __attribute__((noinline, noclone, used)) int add(volatile unsigned long *count, volatile int *spin,
                                                        char *area) {
#define ARRAYS                                                                    \
  ".pushsection __rseq_cs, \"aw\"\n\t.balign 32\n"                                \
  "3:\n\t.long 0, 0\n\t.quad 1f, 2f - 1f, 4f\n\t.popsection\n\t"                  \
  ".pushsection __rseq_cs_ptr_array, \"aw\"\n\t.quad 3b\n\t.popsection\n\t"       \
  ".pushsection __rseq_exit_point_array, \"aw\"\n\t.quad 1f, %l[out]\n\t.popsection\n\t"
#if defined(__x86_64__)
  __asm__ goto(ARRAYS
               "leaq 3b(%%rip), %%rax\n\tmovq %%rax, 8(%[area])\n"
               "1:\n\tmovl (%[spin]), %%eax\n\ttestl %%eax, %%eax\n\tjnz 1b\n\t"
               "movq (%[count]), %%rax\n\ttestq $1, %%rax\n\tjnz %l[out]\n\t"
               "incq %%rax\n\tmovq %%rax, (%[count])\n"
               "2:\n\t.pushsection __rseq_failure, \"ax\"\n\t.byte 0x0f, 0xb9, 0x3d\n\t.long 0x53053053\n"
               "4:\n\tjmp %l[aborted]\n\t.popsection"
               :
               : [count] "r"(count), [spin] "r"(spin), [area] "r"(area)
               : "rax", "memory", "cc"
               : out, aborted);
#elif defined(__aarch64__)
  __asm__ goto(ARRAYS
               "adrp x9, 3b\n\tadd x9, x9, :lo12:3b\n\tstr x9, [%[area], #8]\n"
               "1:\n\tldr w9, [%[spin]]\n\tcbnz w9, 1b\n\t"
               "ldr x9, [%[count]]\n\ttbnz x9, #0, %l[out]\n\tadd x9, x9, #1\n\tstr x9, [%[count]]\n"
               "2:\n\t.pushsection __rseq_failure, \"ax\"\n\t.inst 0xd428bc00\n"
               "4:\n\tb %l[aborted]\n\t.popsection"
               :
               : [count] "r"(count), [spin] "r"(spin), [area] "r"(area)
               : "x9", "memory", "cc"
               : out, aborted);
#elif defined(__s390x__)
  __asm__ goto(ARRAYS
               "larl %%r1, 3b\n\tstg %%r1, 8(%[area])\n"
               "1:\n\tlt %%r1, 0(%[spin])\n\tjnz 1b\n\t"
               "lg %%r1, 0(%[count])\n\ttmll %%r1, 1\n\tjnz %l[out]\n\taghi %%r1, 1\n\tstg %%r1, 0(%[count])\n"
               "2:\n\t.pushsection __rseq_failure, \"ax\"\n\t.long 0xb2ff0fff\n"
               "4:\n\tjg %l[aborted]\n\t.popsection"
               :
               : [count] "a"(count), [spin] "a"(spin), [area] "a"(area)
               : "r1", "memory", "cc"
               : out, aborted);
#endif
  return 1;
out:
  return 0;
aborted:
  return -1;
}

#endif
