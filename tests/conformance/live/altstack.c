/* A handler on a signal stack of its own, below it recursion on the main stack. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void handler(int signal) {
  (void)signal;
  for (;;) pause();
}

__attribute__((noinline)) static int deep(int depth) {
  volatile char large[4000];
  large[0] = depth;
  if (depth == 0) raise(SIGUSR1);
  else deep(depth - 1);
  return large[0];
}

int main(void) {
  stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536};
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
  sigaltstack(&stack, NULL);
  sigaction(SIGUSR1, &action, NULL);
  return deep(5);
}
