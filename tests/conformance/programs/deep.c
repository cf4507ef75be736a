/* Recursion until the stack overflows. */
__attribute__((noinline)) long fall(long depth) {
  volatile long room[2];
  room[0] = depth;
  return fall(depth + 1) + room[0];
}

int main(void) { return (int)fall(0); }
