/* A call through a bad pointer: TARGET is 0 for null, 1 for data, 2 for memory that is not mapped. */
#include "runtime.h"

static MAYBE_UNUSED word some_data[4] = {1, 2, 3, 4};

typedef long (*callback)(long);
static callback volatile chosen;

/* Calls `target` in the middle of a function that knows where the call returns to: `after_call`. */
extern char after_call[] __attribute__((visibility("hidden")));
#define LABEL "\n.globl after_call\n.hidden after_call\nafter_call:\n"
#if defined(__x86_64__)
#define CALL(target) __asm__ volatile("call *%0" LABEL : : "r"(target) : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory")
#elif defined(__aarch64__)
#define CALL(target) __asm__ volatile("blr %0" LABEL : : "r"(target) : "x0", "x1", "x2", "x3", "x30", "memory")
#else
#define CALL(target) __asm__ volatile("basr %%r14, %0" LABEL : : "a"(target) : "r0", "r1", "r2", "r3", "r14", "memory")
#endif

static APART long call_back(long value) {
  volatile long room[6];
  NOTE();
  room[value & 3] = value;
  say("?", (word)after_call);
  CALL(chosen);
  return room[value & 3];
}

static APART long for_each(long value) {
  NOTE();
  return call_back(value * 3) + value;
}

static APART long prepare(long value) {
  volatile char room[333];
  NOTE();
  room[value] = 1;
  return for_each(value) + room[value];
}

int APART main(void) {
  NOTE();
#if TARGET == 1
  chosen = (callback)(word)some_data;
#elif TARGET == 2
  chosen = (callback)0x123456789000;
#else
  chosen = 0;
#endif
  sink = prepare(5);
  return 0;
}
