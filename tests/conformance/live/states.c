/* A process in a state of choice, for what is said of it: "leader" ends its first thread, "vfork" waits for its child
   as nothing can interrupt, "zombie" prints a child that has ended. */
#define _DEFAULT_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static void *rest(void *argument) {
  for (;;) pause();
  return argument;
}

int main(int count, char **arguments) {
  const char *state = count > 1 ? arguments[1] : "";
  pthread_t thread;
  if (strcmp(state, "zombie") == 0) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    printf("%d\n", (int)child);
    fflush(stdout);
    rest(NULL);
  }
  pthread_create(&thread, NULL, rest, NULL);
  if (strcmp(state, "leader") == 0) pthread_exit(NULL);
  if (strcmp(state, "vfork") == 0 && vfork() == 0) rest(NULL);
  rest(NULL);
}
