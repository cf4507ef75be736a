/* To be compiled without unwind tables and with frame pointers: as code that a JIT compiler leaves in memory. */
typedef unsigned long word;
void say_bare(const char *label, word value);

__attribute__((noinline, noclone)) static long bare_inner(long value, long (*next)(long)) {
  volatile long room[9];
  say_bare(__func__, (word)__builtin_return_address(0));
  room[value] = value;
  return next(value) + room[value];
}

long bare_outer(long value, long (*next)(long)) {
  say_bare(__func__, (word)__builtin_return_address(0));
  return bare_inner(value + 1, next) * 2;
}
