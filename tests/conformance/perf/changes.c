/* Address spaces that change: children, programs that are executed, libraries that come and go where others were, and
 * code made at run time at one address again and again. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile long sink;

__attribute__((noinline)) static void burn(long count) {
  for (long i = 0; i < count; i++) sink += i ^ count;
}

__attribute__((noinline)) static long call_library(const char *path, const char *name) {
  void *library = dlopen(path, RTLD_NOW);
  long (*function)(long) = (long (*)(long))dlsym(library, name);
  const long result = function(20000000);
  burn(3000000);
  dlclose(library);
  return result;
}

/* mov %rdi, %rax; 1: dec %rdi; jne 1b; ret */
static const unsigned char code[] = {0x48, 0x89, 0xf8, 0x48, 0xff, 0xcf, 0x75, 0xfb, 0xc3};

__attribute__((noinline)) static void remap(int rounds) {
  for (int i = 0; i < rounds; i++) {
    unsigned char *place = mmap((void *)0x10000000, 4096, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    memcpy(place, code, sizeof code);
    mprotect(place, 4096, PROT_READ | PROT_EXEC);
    ((long (*)(long))place)(30000000);
    munmap(place, 4096);
    sink += call_library(i & 1 ? "./liba.so" : "./libb.so", i & 1 ? "a" : "b");
  }
}

int main(int count, char **arguments) {
  if (count > 1) {
    burn(200000000);
    return 0;
  }
  for (int i = 0; i < 6; i++) {
    if (fork() != 0) continue;
    burn(60000000);
    if (i % 2) execl(arguments[0], arguments[0], "again", (char *)0);
    call_library("./liba.so", "a");
    call_library("./libb.so", "b");
    _exit(0);
  }
  remap(6);
  burn(100000000);
  while (wait(0) > 0) continue;
  printf("%ld\n", sink);
  return 0;
}
