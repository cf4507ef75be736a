// A function that is inlined from a file of its own.
extern "C" int outside(int);

static inline int twice(int x) {
  return outside(x) + outside(x + 1);
}

static inline int clamp(int x) {
  if (x < 0) {
    return twice(-x);
  }
  return x;
}
