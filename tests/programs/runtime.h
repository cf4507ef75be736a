/* Start code, system calls, threads and signal frames for the fixture programs: no libc, so that a core and the
 * program that left it hold nothing but our own code.
 *
 * Every function under test begins with NOTE(): it prints `<tid> <function> <return address>`, and handlers add such
 * lines for the restorer and for what they interrupted. Read backwards, the lines of one thread are its true stack,
 * written by the program itself.
 */
#ifndef RUNTIME_H
#define RUNTIME_H

typedef unsigned long word;

#define APART __attribute__((noinline, noclone, used))
#define MAYBE_UNUSED __attribute__((unused))

#if defined(__x86_64__)
enum { SYS_write = 1, SYS_sigaction = 13, SYS_yield = 24, SYS_getpid = 39, SYS_altstack = 131, SYS_gettid = 186,
       SYS_futex = 202, SYS_tgkill = 234, SYS_exit_group = 231, SYS_munmap = 11 };
#elif defined(__aarch64__)
enum { SYS_write = 64, SYS_sigaction = 134, SYS_yield = 124, SYS_getpid = 172, SYS_altstack = 132, SYS_gettid = 178,
       SYS_futex = 98, SYS_tgkill = 131, SYS_exit_group = 94, SYS_munmap = 215 };
#elif defined(__s390x__)
enum { SYS_write = 4, SYS_sigaction = 174, SYS_yield = 158, SYS_getpid = 20, SYS_altstack = 186, SYS_gettid = 236,
       SYS_futex = 238, SYS_tgkill = 241, SYS_exit_group = 248, SYS_munmap = 91 };
#else
#error "unknown machine"
#endif

static inline __attribute__((always_inline)) long system_call(long number, word a, word b, word c, word d) {
#if defined(__x86_64__)
  register word r10 __asm__("r10") = d;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                   : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number;
  register word x0 __asm__("x0") = a;
  register word x1 __asm__("x1") = b;
  register word x2 __asm__("x2") = c;
  register word x3 __asm__("x3") = d;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  return (long)x0;
#else
  register long r1 __asm__("r1") = number;
  register word r2 __asm__("r2") = a;
  register word r3 __asm__("r3") = b;
  register word r4 __asm__("r4") = c;
  register word r5 __asm__("r5") = d;
  __asm__ volatile("svc 0" : "+d"(r2) : "d"(r1), "d"(r3), "d"(r4), "d"(r5) : "memory", "cc");
  return (long)r2;
#endif
}

/* Starts a thread that shares everything with its maker; `stack` is the first byte above its stack. */
long spawn(void (*function)(void *), void *stack, void *argument);
/* Where a signal handler returns to. */
void __restore_rt(void);

/* Thread flags: memory, files, file system, handlers, thread group, semaphores. */
#define CLONE_FLAGS 0x50f00

#if defined(__x86_64__)
__asm__(
    ".text\n"
    ".globl _start\n.type _start,@function\n"
    "_start:\n"
    "  .cfi_startproc\n"
    "  .cfi_undefined rip\n"
    "  xor %ebp, %ebp\n"
    "  mov %rsp, %rdi\n"
    "  and $-16, %rsp\n"
    "  call start_program\n"
    "  hlt\n"
    "  .cfi_endproc\n"
    ".size _start, .-_start\n"
    ".globl spawn\n.type spawn,@function\n"
    "spawn:\n"
    "  .cfi_startproc\n"
    "  sub $16, %rsi\n"
    "  mov %rdi, (%rsi)\n"
    "  mov %rdx, 8(%rsi)\n"
    "  mov $0x50f00, %edi\n"
    "  xor %edx, %edx\n"
    "  xor %r10d, %r10d\n"
    "  xor %r8d, %r8d\n"
    "  mov $56, %eax\n"
    "  syscall\n"
    "  test %rax, %rax\n"
    "  jz thread_start\n"
    "  ret\n"
    "  .cfi_endproc\n"
    ".size spawn, .-spawn\n"
    ".globl thread_start\n.type thread_start,@function\n"
    "thread_start:\n"
    "  .cfi_startproc\n"
    "  .cfi_undefined rip\n"
    "  xor %ebp, %ebp\n"
    "  pop %rax\n"
    "  pop %rdi\n"
    "  call *%rax\n"
    "  mov $60, %eax\n"
    "  xor %edi, %edi\n"
    "  syscall\n"
    "  .cfi_endproc\n"
    ".size thread_start, .-thread_start\n"
    "  nop\n"
#ifdef RESTORER_CFI
    /* The rows a C library writes for its restorer: CFA = the interrupted rsp, registers at fixed places above rsp. */
    "  .cfi_startproc simple\n"
    "  .cfi_signal_frame\n"
    "  .cfi_escape 0x0f, 4, 0x77, 0xa0, 1, 6\n"     /* CFA = *(rsp + 160) */
    "  .cfi_escape 0x10, 16, 3, 0x77, 0xa8, 1\n"    /* rip at rsp + 168 */
    "  .cfi_escape 0x10, 6, 3, 0x77, 0xf8, 0\n"     /* rbp at rsp + 120 */
    "  .cfi_escape 0x10, 3, 3, 0x77, 0x80, 1\n"     /* rbx at rsp + 128 */
    "  .cfi_escape 0x10, 12, 3, 0x77, 0xc8, 0\n"    /* r12 at rsp + 72 */
    "  .cfi_escape 0x10, 13, 3, 0x77, 0xd0, 0\n"
    "  .cfi_escape 0x10, 14, 3, 0x77, 0xd8, 0\n"
    "  .cfi_escape 0x10, 15, 3, 0x77, 0xe0, 0\n"
    "  nop\n"
#endif
    ".globl __restore_rt\n.type __restore_rt,@function\n"
    "__restore_rt:\n"
    "  mov $15, %rax\n"
    "  syscall\n"
#ifdef RESTORER_CFI
    "  .cfi_endproc\n"
#endif
    ".size __restore_rt, .-__restore_rt\n"
    "  ud2\n");
#elif defined(__aarch64__)
__asm__(
    ".text\n"
    ".globl _start\n.type _start,%function\n"
    "_start:\n"
    "  .cfi_startproc\n"
    "  .cfi_undefined x30\n"
    "  mov x29, #0\n"
    "  mov x30, #0\n"
    "  mov x0, sp\n"
    "  bl start_program\n"
    "  brk #1\n"
    "  .cfi_endproc\n"
    ".size _start, .-_start\n"
    ".globl spawn\n.type spawn,%function\n"
    "spawn:\n"
    "  .cfi_startproc\n"
    "  stp x0, x2, [x1, #-16]!\n"
    "  mov x0, #0x0f00\n"
    "  movk x0, #5, lsl #16\n"
    "  mov x2, #0\n"
    "  mov x3, #0\n"
    "  mov x4, #0\n"
    "  mov x8, #220\n"
    "  svc #0\n"
    "  cbz x0, thread_start\n"
    "  ret\n"
    "  .cfi_endproc\n"
    ".size spawn, .-spawn\n"
    ".globl thread_start\n.type thread_start,%function\n"
    "thread_start:\n"
    "  .cfi_startproc\n"
    "  .cfi_undefined x30\n"
    "  mov x29, #0\n"
    "  ldp x1, x0, [sp], #16\n"
    "  blr x1\n"
    "  mov x8, #93\n"
    "  svc #0\n"
    "  .cfi_endproc\n"
    ".size thread_start, .-thread_start\n"
    "  nop\n"
    ".globl __restore_rt\n.type __restore_rt,%function\n"
    "__restore_rt:\n"
    "  mov x8, #139\n"
    "  svc #0\n"
    ".size __restore_rt, .-__restore_rt\n"
    "  brk #1\n");
#else
__asm__(
    ".text\n"
    ".globl _start\n.type _start,@function\n"
    "_start:\n"
    "  .cfi_startproc\n"
    "  .cfi_undefined r14\n"
    "  lgr %r2, %r15\n"
    "  aghi %r15, -160\n"
    "  .cfi_adjust_cfa_offset 160\n"
    "  xc 0(8,%r15), 0(%r15)\n"
    "  lghi %r11, 0\n"
    "  brasl %r14, start_program\n"
    "  j .+2\n"
    "  .cfi_endproc\n"
    ".size _start, .-_start\n"
    ".globl spawn\n.type spawn,@function\n"
    "spawn:\n"
    "  .cfi_startproc\n"
    "  aghi %r3, -176\n"
    "  stg %r2, 160(%r3)\n"
    "  stg %r4, 168(%r3)\n"
    "  lgr %r2, %r3\n"
    "  lgfi %r3, 0x50f00\n"
    "  lghi %r4, 0\n"
    "  lghi %r5, 0\n"
    "  svc 120\n"
    "  ltgr %r2, %r2\n"
    "  jz thread_start\n"
    "  br %r14\n"
    "  .cfi_endproc\n"
    ".size spawn, .-spawn\n"
    ".globl thread_start\n.type thread_start,@function\n"
    "thread_start:\n"
    "  .cfi_startproc\n"
    "  .cfi_undefined r14\n"
    "  lghi %r11, 0\n"
    "  lg %r1, 160(%r15)\n"
    "  lg %r2, 168(%r15)\n"
    "  basr %r14, %r1\n"
    "  lghi %r2, 0\n"
    "  svc 1\n"
    "  .cfi_endproc\n"
    ".size thread_start, .-thread_start\n"
    "  nopr\n"
    ".globl __restore_rt\n.type __restore_rt,@function\n"
    "__restore_rt:\n"
    "  svc 173\n"
    ".size __restore_rt, .-__restore_rt\n"
    "  j .+2\n");
#endif

/* Writes `<tid> <function> 0x<where it goes on when it returns>` and a newline in one piece. */
static APART MAYBE_UNUSED void say(const char *function, word value) {
  char line[80];
  int at = 0;
  word tid = (word)system_call(SYS_gettid, 0, 0, 0, 0);
  char digits[20];
  int count = 0;
  do digits[count++] = (char)('0' + tid % 10);
  while ((tid /= 10) != 0);
  while (count > 0) line[at++] = digits[--count];
  line[at++] = ' ';
  while (*function && at < 56) line[at++] = *function++;
  line[at++] = ' ';
  line[at++] = '0';
  line[at++] = 'x';
  for (int shift = 60; shift >= 0; shift -= 4) {
    word digit = value >> shift & 15;
    if (digit != 0 || count != 0 || shift == 0) count = 1, line[at++] = "0123456789abcdef"[digit];
  }
  line[at++] = '\n';
  system_call(SYS_write, 1, (word)line, (word)at, 0);
}

/* Says where the function that it stands in returns to. */
#ifdef QUIET
#define NOTE() (void)0
#else
#define NOTE() say(__func__, (word)__builtin_return_address(0))
#endif

struct kernel_action {
  void *handler;
  word flags;
  void (*restorer)(void);
  word mask;
};

/* Handles `signal`; with `on_alternate` on the alternate stack. */
MAYBE_UNUSED static void handle(int signal, void *handler, int on_alternate) {
  struct kernel_action action;
  action.handler = handler;
  action.flags = 4 | (on_alternate ? 0x08000000 : 0); /* SA_SIGINFO, SA_ONSTACK */
  action.restorer = 0;
  action.mask = 0;
#ifndef NO_RESTORER
  action.flags |= 0x04000000;
  action.restorer = __restore_rt;
#endif
  system_call(SYS_sigaction, (word)signal, (word)&action, 0, 8);
}

struct kernel_stack {
  void *start;
  int flags;
  word size;
};

MAYBE_UNUSED static void use_alternate_stack(void *start, word size) {
  struct kernel_stack stack;
  stack.start = start;
  stack.flags = 0;
  stack.size = size;
  system_call(SYS_altstack, (word)&stack, 0, 0, 0);
}

MAYBE_UNUSED static inline __attribute__((always_inline)) void send_to_self(int signal) {
  word pid = (word)system_call(SYS_getpid, 0, 0, 0, 0);
  word tid = (word)system_call(SYS_gettid, 0, 0, 0, 0);
  system_call(SYS_tgkill, pid, tid, (word)signal, 0);
}

/* The pc at which a signal interrupted the thread, out of the handler's third argument. */
static inline word interrupted_pc(const void *context) {
  const char *bytes = (const char *)context;
#if defined(__x86_64__)
  return *(const word *)(bytes + 168);
#elif defined(__aarch64__)
  return *(const word *)(bytes + 440);
#else
  return *(const word *)(bytes + 48);
#endif
}

/* What the link register, or the word at the stack pointer, held then: where a function interrupted at its first
 * instruction returns to. */
static inline word interrupted_return(const void *context) {
  const char *bytes = (const char *)context;
#if defined(__x86_64__)
  return **(const word *const *)(bytes + 160);
#elif defined(__aarch64__)
  return *(const word *)(bytes + 424);
#else
  return *(const word *)(bytes + 168);
#endif
}

static volatile int parked;
static volatile int never;

/* Waits for ever; the thread that crashes waits for all others to come here. */
static APART MAYBE_UNUSED void park(void) {
  NOTE();
  __atomic_add_fetch(&parked, 1, __ATOMIC_SEQ_CST);
  for (;;) system_call(SYS_futex, (word)&never, 0, 0, 0);
}

MAYBE_UNUSED static void wait_for_parked(int count) {
  while (parked < count) system_call(SYS_yield, 0, 0, 0, 0);
  for (int i = 0; i < 2000; i++) system_call(SYS_yield, 0, 0, 0, 0);
}

/* Null, but not to the compiler. */
static volatile int *volatile nowhere;
static volatile long sink;

int main(void);

/* The core shall hold no code of the kernel's either: the vDSO goes. */
static void drop_vdso(const word *stack) {
  const word *at = stack + 1 + stack[0] + 1;
  while (*at != 0) at++;
  for (at++; at[0] != 0; at += 2)
    if (at[0] == 33) system_call(SYS_munmap, at[1], 8192, 0, 0);
}

APART void start_program(const word *stack) {
  NOTE();
#if defined(__x86_64__)
  drop_vdso(stack);
#else
  (void)drop_vdso;
  (void)stack;
#endif
  system_call(SYS_exit_group, (word)main(), 0, 0, 0);
}

#endif
