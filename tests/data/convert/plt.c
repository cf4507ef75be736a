/* A library with all three procedure linkage tables. */
extern long called(long), taken(long);
long (*volatile pointer)(long);
long entry(long a) {
  pointer = taken;
  return called(a) + taken(a + 1) + 1;
}
