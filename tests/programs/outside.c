/* Another unit, in C. */
static int count;

static inline int step(int x) {
  count += x;
  return count;
}

int outside(int x) {
  if (x == 7) return step(x) / 2;
  return step(x) + 1;
}

#ifdef ALONE /* where there is no compiler for lines.cc */
int main(void) { return outside(7) + outside(8); }
#else
int main(void);
#endif

void _start(void) {
  main();
  for (;;) {
  }
}
