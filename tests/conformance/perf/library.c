/* Built twice, as libraries that are loaded one after the other. */
__attribute__((noinline)) long NAME(long count) {
  volatile long sum = 0;
  for (long i = 0; i < count; i++) sum += i * i;
  return sum;
}
