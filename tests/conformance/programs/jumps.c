/* Calls through bad pointers. Argument: null, unmapped, data, stack, heap; "thread" after it: in a thread. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define APART __attribute__((noinline))

typedef long (*callback)(long);
static volatile callback chosen;
static volatile long sink;
static long data[4] = {1, 2, 3, 4};
static const char *mode;

APART static long call_back(long value) {
  volatile long room[6];
  room[value & 3] = value;
  return chosen(value) + room[value & 3];
}

APART static int compare(const void *a, const void *b) {
  sink += call_back(*(const int *)a);
  return *(const int *)a - *(const int *)b;
}

APART static void *scene(void *argument) {
  usleep(50000); /* let the maker of the thread come to its waiting */
  volatile char large[777];
  long local[4] = {0};
  large[1] = 1;
  if (!strcmp(mode, "null")) chosen = NULL;
  else if (!strcmp(mode, "unmapped")) chosen = (callback)0x123456789000;
  else if (!strcmp(mode, "data")) chosen = (callback)(void *)data;
  else if (!strcmp(mode, "stack")) chosen = (callback)(void *)local;
  else chosen = (callback)calloc(1, 64);
  int values[4] = {3, 1, 2, 0};
  qsort(values, 4, sizeof values[0], compare);
  sink += large[1] + local[0];
  return argument;
}

int main(int count, char **arguments) {
  mode = count > 1 ? arguments[1] : "null";
  if (count > 2) {
    pthread_t thread;
    pthread_create(&thread, NULL, scene, NULL);
    pthread_join(thread, NULL);
  }
  scene(NULL);
  return 0;
}
