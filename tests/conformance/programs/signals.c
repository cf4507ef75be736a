/* Crashes inside signal handlers of a C library's program. Argument: handler, altstack, nested, thread, fault. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define APART __attribute__((noinline))

static volatile int *volatile nowhere;
static volatile long sink;
static const char *mode;

APART static void crash(int value) {
  volatile char room[70];
  room[value] = 1;
  *nowhere = room[value];
}

static void second(int signal, siginfo_t *info, void *context) {
  (void)info, (void)context;
  crash(signal);
  sink++;
}

APART static void raise_second(void) {
  raise(SIGUSR2);
  sink++;
}

static void first(int signal, siginfo_t *info, void *context) {
  (void)info, (void)context;
  if (!strcmp(mode, "nested") || !strcmp(mode, "thread")) raise_second();
  crash(signal);
  sink++;
}

static void install(int signal, void (*handler)(int, siginfo_t *, void *), int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | flags;
  sigaction(signal, &action, NULL);
}

APART static long interrupted(int depth) {
  volatile long room[30];
  room[depth] = depth;
  if (depth > 0) return interrupted(depth - 1) + room[depth];
  if (!strcmp(mode, "fault")) *nowhere = 1;
  else raise(SIGUSR1);
  return room[0];
}

static int compare(const void *a, const void *b) {
  sink += interrupted(3);
  return *(const int *)a - *(const int *)b;
}

APART static void *scene(void *argument) {
  usleep(50000); /* let the maker of the thread come to its waiting */
  static char alternate[65536];
  stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
  int flags = strcmp(mode, "handler") ? SA_ONSTACK : 0;
  if (flags) sigaltstack(&stack, NULL);
  install(SIGUSR1, first, flags);
  install(SIGSEGV, first, flags | SA_RESETHAND);
  install(SIGUSR2, second, flags);
  if (strcmp(mode, "fault")) signal(SIGSEGV, SIG_DFL);
  int values[4] = {3, 1, 2, 0};
  qsort(values, 4, sizeof values[0], compare);
  return argument;
}

int main(int count, char **arguments) {
  mode = count > 1 ? arguments[1] : "handler";
  if (!strcmp(mode, "thread")) {
    pthread_t thread;
    pthread_create(&thread, NULL, scene, NULL);
    pthread_join(thread, NULL);
  }
  scene(NULL);
  return 0;
}
