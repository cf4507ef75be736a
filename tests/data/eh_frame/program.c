/* Functions whose call frame information is of different kinds. Freestanding: nothing but this is linked. */
int outer(int, ...);
volatile int sink;

int leaf(int a) { return a * 3 + sink; }

int dynamic(int n) {
  volatile char *p = __builtin_alloca(n);
  for (int i = 0; i < n; i++) p[i] = n;
  return outer(n, p) + leaf(n);
}

int many(int a, int b, int c, int d, int e, int f, int g, int h) {
  int x[50];
  for (int k = 0; k < 50; k++) x[k] = outer(a + k, b, c, d);
  return x[a & 31] + e + f + g + h + outer(h, x);
}

__attribute__((noinline)) int outer(int a, ...) {
  if (a > 3) return leaf(a) + 1;
  sink++;
  return sink > 5 ? leaf(2) : dynamic(sink);
}

int entry(int c) { return many(c, 1, 2, 3, 4, 5, 6, 7) + dynamic(c); }
