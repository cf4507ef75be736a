/* Something for a profiler to see: recursion through frames of several shapes, a frame whose size only its frame pointer
 * knows, a stack deeper than what is copied of it, a child process, and code made at run time at an address that is used
 * twice. */
typedef unsigned long word;

#define APART __attribute__((noinline, noclone, used))

__asm__(
    ".text\n"
    ".globl _start\n.type _start,@function\n"
    "_start:\n"
    "  .cfi_startproc\n"
    "  .cfi_undefined rip\n"
    "  xor %ebp, %ebp\n"
    "  and $-16, %rsp\n"
    "  call start_program\n"
    "  hlt\n"
    "  .cfi_endproc\n"
    ".size _start, .-_start\n");

static long system_call(long number, word a, word b, word c, word d) {
  register word r10 __asm__("r10") = d;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                   : "rcx", "r11", "memory");
  return result;
}

enum { SYS_munmap = 11, SYS_exit_group = 231, SYS_mmap = 9, SYS_mprotect = 10, SYS_fork = 57, SYS_wait4 = 61 };

static volatile word sink;

APART static void burn(word count) {
  for (word i = 0; i < count; i++) sink += i ^ count;
}

APART static word deep(word depth, word count) {
  volatile char pad[40];
  pad[depth % 40] = (char)depth;
  if (depth == 0) {
    burn(count);
    return 1;
  }
  return deep(depth - 1, count) + pad[depth % 40];
}

/* The frame is as large as its argument says. */
APART static word wide(word depth, word count) {
  volatile char pad[(depth & 7) * 16 + 16];
  pad[0] = (char)depth;
  if (depth == 0) {
    burn(count);
    return 2;
  }
  return wide(depth - 1, count) + deep(2, count / 4) + pad[0];
}

/* mov %rdi, %rax; 1: dec %rdi; jne 1b; ret */
static const unsigned char code[] = {0x48, 0x89, 0xf8, 0x48, 0xff, 0xcf, 0x75, 0xfb, 0xc3};

APART static void made_code(word count) {
  unsigned char *place = (unsigned char *)0x10000000;
  for (int round = 0; round < 2; round++) {
    /* private, anonymous, fixed */
    register word r8 __asm__("r8") = (word)-1;
    register word r9 __asm__("r9") = 0;
    register word r10 __asm__("r10") = 0x32;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(SYS_mmap), "D"(place), "S"(4096UL), "d"(3UL), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    for (word i = 0; i < sizeof code; i++) place[i] = code[i];
    system_call(SYS_mprotect, (word)place, 4096, 5, 0);
    ((word(*)(word))place)(count);
    system_call(SYS_munmap, (word)place, 4096, 0, 0);
  }
}

APART static void work(word count) {
  deep(3, count);
  deep(30, count);
  wide(9, count);
}

APART void start_program(void) {
  const word count = 12000000;
  if (system_call(SYS_fork, 0, 0, 0, 0) == 0) {
    work(count);
  } else {
    made_code(3 * count);
    work(count);
    system_call(SYS_wait4, (word)-1, 0, 0, 0);
  }
  system_call(SYS_exit_group, 0, 0, 0, 0);
}
