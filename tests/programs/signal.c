/* A fault in the first instruction of a function, its handler on an alternate stack, a second signal inside that
 * handler, and a crash inside the second handler.
 *
 * With ON_THREAD all of it happens in a thread whose stack lies below the alternate one: the CFA falls on the way out.
 * With NO_RESTORER the kernel says where handlers return to.
 */
#include "runtime.h"

static struct {
  char thread[16384];
  char alternate[32768];
} stacks __attribute__((aligned(64)));

/* Its first instruction faults: a look-up of the pc less one would find the function before it, whose row is absurd. */
long fault_at_entry(volatile int *nowhere_at_all);
#if defined(__x86_64__)
__asm__(".text\ndecoy:\n  .cfi_startproc\n  .cfi_def_cfa_offset 4096\n  ret\n  .cfi_endproc\n"
        ".globl fault_at_entry\n.type fault_at_entry,@function\nfault_at_entry:\n  .cfi_startproc\n"
        "  mov (%rdi), %eax\n  ret\n  .cfi_endproc\n.size fault_at_entry, .-fault_at_entry\n");
#elif defined(__aarch64__)
__asm__(".text\ndecoy:\n  .cfi_startproc\n  .cfi_def_cfa_offset 4096\n  ret\n  .cfi_endproc\n"
        ".globl fault_at_entry\n.type fault_at_entry,%function\nfault_at_entry:\n  .cfi_startproc\n"
        "  ldr w0, [x0]\n  ret\n  .cfi_endproc\n.size fault_at_entry, .-fault_at_entry\n");
#else
__asm__(".text\ndecoy:\n  .cfi_startproc\n  .cfi_def_cfa_offset 4096\n  br %r14\n  .cfi_endproc\n"
        ".globl fault_at_entry\n.type fault_at_entry,@function\nfault_at_entry:\n  .cfi_startproc\n"
        "  lgf %r2, 0(%r2)\n  br %r14\n  .cfi_endproc\n.size fault_at_entry, .-fault_at_entry\n");
#endif

static APART long deepest(int value) {
  volatile char room[100];
  NOTE();
  room[value] = 1;
  *nowhere = value;
  return room[value];
}

static APART void on_second(int signal, void *info, void *context) {
  say("__restore_rt", interrupted_pc(context));
  NOTE();
  sink = deepest(signal) + (info != 0);
}

static APART void raise_second(int signal) {
  NOTE();
  send_to_self(signal);
  sink = signal;
}

static APART long relay(int signal) {
  volatile long room[20];
  NOTE();
  room[signal] = signal;
  raise_second(signal);
  return room[signal];
}

static APART void on_fault(int signal, void *info, void *context) {
  say("fault_at_entry", interrupted_return(context));
  say("__restore_rt", interrupted_pc(context));
  NOTE();
  sink = relay(signal + 1) + (info != 0);
}

static APART long faulting(int value) {
  volatile char room[200];
  NOTE();
  room[value] = 2;
  sink = fault_at_entry(nowhere);
  return room[value] + sink;
}

static APART long caller(int value) {
  NOTE();
  return faulting(value + 1) + value;
}

static APART void scene(void *argument) {
  NOTE();
#ifdef ON_THREAD
  wait_for_parked(1);
#endif
  use_alternate_stack(stacks.alternate, sizeof stacks.alternate);
  handle(11, on_fault, 1);
  handle(12, on_second, 1);
  sink = caller(3) + (argument != 0);
}

int APART main(void) {
  NOTE();
#ifdef ON_THREAD
  spawn(scene, stacks.thread + sizeof stacks.thread, 0);
  park();
#else
  scene(0);
#endif
  return 0;
}
