// Threads with restartable sequences, which print what a debugger should find, and an abort.
//
//   rseq            all threads are outside of sections
//   rseq inside     one thread is inside one
//
// -DNO_LIBC_RSEQ: the C library has no __rseq_offset (musl, glibc before 2.35).
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>
#include "critical.h"

#ifdef NO_LIBC_RSEQ
#define __rseq_offset (ptrdiff_t)0
#define __rseq_size 0u
#define __rseq_flags 0u
#else
extern const ptrdiff_t __rseq_offset;
extern const unsigned __rseq_size, __rseq_flags;
#endif

static char *area(void) { return (char *)__builtin_thread_pointer() + __rseq_offset; }

static uint32_t word(const char *at, int offset) {
  uint32_t value;
  memcpy(&value, at + offset, 4);
  return value;
}

static volatile int spin;
static pthread_barrier_t printed;
static pthread_mutex_t output = PTHREAD_MUTEX_INITIALIZER;

static void print(int index) {
  const char *at = area();
  pthread_mutex_lock(&output);
  printf("thread %d tid %ld tp %p area %p", index, syscall(SYS_gettid), __builtin_thread_pointer(), (const void *)at);
#ifndef NO_LIBC_RSEQ
  uint64_t section;
  memcpy(&section, at + 8, 8);
  printf(" cpu_id %d rseq_cs 0x%llx flags %u node %u cid %u", (int)word(at, 4), (unsigned long long)section,
         word(at, 16), word(at, 20), word(at, 24));
#endif
  printf("\n");
  pthread_mutex_unlock(&output);
}

static void *run(void *arg) {
  int index = (int)(intptr_t)arg;
  volatile int quiet = 0;
  unsigned long count = 0;
#ifndef NO_LIBC_RSEQ
  if (__rseq_size != 0) while (add(&count, &quiet, area()) < 0) {}
#endif
  print(index);
  pthread_barrier_wait(&printed);
#ifndef NO_LIBC_RSEQ
  if (index == 2 && spin) {
    count = 0;
    while (add(&count, &spin, area()) < 0) {}
  }
#endif
  for (;;) pause();
}

int main(int argc, char **argv) {
  spin = argc > 1;
  (void)argv;
  printf("pid %d offset %td size %u flags %u\n", (int)getpid(), __rseq_offset, __rseq_size, __rseq_flags);
  pthread_barrier_init(&printed, NULL, 3);
  pthread_t thread[2];
  for (intptr_t i = 0; i < 2; i++) pthread_create(&thread[i], NULL, run, (void *)(i + 1));
  print(0);
  pthread_barrier_wait(&printed);
  fflush(stdout);
  usleep(200000);
  abort();
}
