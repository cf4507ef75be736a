/* A process with every kind of wait, which tells what was disturbed: each worker counts its rounds and the calls that
   failed with EINTR. SIGUSR1 asks for the counts. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NANOSLEEP, POLL, EPOLL, FUTEX, PIPE, TIMERFD, SPIN, COND, THREADS, SELECT, KINDS };
static const char *names[] = {"nanosleep", "poll", "epoll", "futex", "pipe", "timerfd", "spin", "cond", "threads", "select"};
static atomic_long rounds[KINDS], interrupted[KINDS], failed[KINDS];
static atomic_long alarms;
static int pipes[2];

static void note(int kind, long result) {
  if (result < 0 && errno == EINTR) interrupted[kind]++;
  else if (result < 0 && errno != ETIMEDOUT) failed[kind]++;
  else rounds[kind]++;
}

static void *nothing(void *arg) { return arg; }

static void *worker(void *arg) {
  int kind = (int)(long)arg;
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  struct timespec brief = {0, 3000000};
  int epoll = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, 0), word = 0;
  struct itimerspec every = {{0, 3000000}, {0, 3000000}};
  timerfd_settime(timer, 0, &every, NULL);
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
  for (;;) {
    struct epoll_event event;
    struct pollfd one = {.fd = -1};
    char byte;
    unsigned long ticks;
    switch (kind) {
      case NANOSLEEP: note(kind, nanosleep(&brief, NULL)); break;
      case POLL: note(kind, poll(&one, 1, 3)); break;
      case EPOLL: note(kind, epoll_wait(epoll, &event, 1, 3)); break;
      case FUTEX: note(kind, syscall(SYS_futex, &word, FUTEX_WAIT, 0, &brief, NULL, 0)); break;
      case PIPE: note(kind, read(pipes[0], &byte, 1)); break;
      case TIMERFD: note(kind, read(timer, &ticks, sizeof ticks)); break;
      case SPIN: for (volatile int i = 0; i < 100000; i++) {} rounds[kind]++; nanosleep(&brief, NULL); break;
      case SELECT: { struct timeval tv = {0, 3000}; note(kind, select(0, NULL, NULL, NULL, &tv)); break; }
      case COND: {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 3000000;
        if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
        pthread_mutex_lock(&mutex);
        errno = pthread_cond_timedwait(&cond, &mutex, &until);
        note(kind, errno ? -1 : 0);
        pthread_mutex_unlock(&mutex);
        break;
      }
      case THREADS: {
        pthread_t thread;
        int error = pthread_create(&thread, NULL, nothing, NULL);
        if (error) failed[kind]++;
        else pthread_join(thread, NULL), rounds[kind]++;
        nanosleep(&brief, NULL);
        break;
      }
    }
  }
  return NULL;
}

static void on_alarm(int signal) { (void)signal; alarms++; }

int main(void) {
  if (pipe(pipes)) return 1;
  sigset_t asked;
  sigemptyset(&asked);
  sigaddset(&asked, SIGUSR1);
  sigprocmask(SIG_BLOCK, &asked, NULL);
  struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &action, NULL);
  pthread_t thread;
  for (long i = 0; i < KINDS; i++) pthread_create(&thread, NULL, worker, (void *)i);
  struct itimerval every = {{0, 3000}, {0, 3000}};
  setitimer(ITIMER_REAL, &every, NULL);
  struct timespec begin, end;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (;;) {
    struct timespec brief = {0, 3000000};
    siginfo_t info;
    int signal = sigtimedwait(&asked, &info, &brief);
    if (write(pipes[1], "x", 1) != 1) return 1;
    if (signal != SIGUSR1) continue;
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("{\"seconds\":%f,\"alarms\":%ld", end.tv_sec - begin.tv_sec + (end.tv_nsec - begin.tv_nsec) / 1e9, alarms);
    for (int i = 0; i < KINDS; i++)
      printf(",\"%s\":[%ld,%ld,%ld]", names[i], rounds[i], interrupted[i], failed[i]);
    printf("}\n");
    fflush(stdout);
  }
}
