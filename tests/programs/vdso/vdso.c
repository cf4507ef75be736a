/* A stand-in for a vDSO: functions with versions and weak names, a signal trampoline, a table of fixups, and code
 * without rows. Linked by vdso.lds into one segment that cannot be written. */

#define FUNCTION __attribute__((noinline, noclone, used, visibility("default")))

FUNCTION long __vdso_time(long *out) {
  if (out) *out = 1;
  return 1;
}
__attribute__((weak, alias("__vdso_time"), visibility("default"))) long time(long *out);

FUNCTION long __vdso_getcpu(unsigned *cpu, unsigned *node) {
  if (cpu) *cpu = 3;
  if (node) *node = 0;
  return 0;
}
__attribute__((weak, alias("__vdso_getcpu"), visibility("default"))) long getcpu(unsigned *cpu, unsigned *node);

#if defined(__x86_64__)
/* Loads through a pointer that may be wild: the fixup gives -14. Entries are relative to the table's start. */
__asm__(
    ".text\n.globl __vdso_peek\n.type __vdso_peek,@function\n"
    "__vdso_peek:\n.cfi_startproc\n"
    "1: mov (%rdi), %rax\n   ret\n"
    "2: mov $-14, %rax\n   ret\n.cfi_endproc\n"
    ".size __vdso_peek, .-__vdso_peek\n"
    ".pushsection __ex_table, \"a\"\n3: .long 1b - 3b, 2b - 3b\n.popsection\n"
    /* Without rows. */
    ".globl __vdso_bare\n.type __vdso_bare,@function\n__vdso_bare: xor %eax, %eax\n   ret\n"
    ".size __vdso_bare, .-__vdso_bare\n");
#elif defined(__aarch64__)
__asm__(
    ".text\n.globl __kernel_rt_sigreturn\n__kernel_rt_sigreturn: mov x8, #139\n   svc #0\n"
    ".size __kernel_rt_sigreturn, .-__kernel_rt_sigreturn\n");
#elif defined(__s390x__)
__asm__(
    ".text\n.globl __kernel_rt_sigreturn\n.type __kernel_rt_sigreturn,@function\n"
    "__kernel_rt_sigreturn: svc 173\n"
    ".size __kernel_rt_sigreturn, .-__kernel_rt_sigreturn\n");
#endif
