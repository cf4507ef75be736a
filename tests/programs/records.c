/*
 * The records of extended errno and ktrace as the C compiler lays them out: a name and the bytes of one
 * of each, in hexadecimal.
 *
 * gcc records.c; gcc -m32 -ffreestanding -nostdlib -static -DBARE records.c for i386.
 */
#include <stdint.h>
#ifdef BARE
/* i386 Linux without a C library. */
static void out(const char *text, unsigned long size) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(4), "b"(1), "c"(text), "d"(size) : "memory");
}
#else
#include <unistd.h>
static void out(const char *text, unsigned long size) {
  if (write(1, text, size) < 0) _exit(1);
}
#endif

struct uexterror {
  uint32_t ver, error, cat, src_line, flags, rsrv0;
  uint64_t p1, p2, rsrv1[4];
  char msg[128];
};
struct kexterr {
  int error;
  const char *msg;
  uint64_t p1, p2;
  unsigned cat, src_line;
};
struct ktr_header_v0 {
  int ktr_len;
  short ktr_type;
  int ktr_pid;
  char ktr_comm[20];
  struct { long tv_sec, tv_usec; } ktr_time;
  intptr_t ktr_tid;
};
struct ktr_header {
  int ktr_len;
  short ktr_type, ktr_version;
  int ktr_pid;
  char ktr_comm[20];
  struct { long tv_sec, tv_nsec; } ktr_time;
  intptr_t ktr_tid;
  int ktr_cpu;
};
struct syscall_record { short code, narg; long args[3]; };
struct sysret_record { short code, eosys; int error; long retval; };
struct psig_record { int signo; void *action; int code; uint32_t mask[4]; };
struct csw_record { int out, user; char wmesg[8]; };
struct fault_record { uintptr_t vaddr; int type; };
struct capfail_record { int type; short code; unsigned flags; union { char data[1024]; uint64_t rights[4]; } u; };

static void fill(void *data, int byte, unsigned long size) {
  volatile unsigned char *bytes = data;
  while (size-- > 0) *bytes++ = byte;
}

static void copy(char *to, const char *from) {
  while ((*to++ = *from++) != 0) {}
}

static void dump(const char *name, const void *data, unsigned long size) {
  const unsigned char *bytes = data;
  const char *end = name;
  while (*end != 0) end++;
  out(name, end - name);
  out(" ", 1);
  while (size-- > 0) {
    out(&"0123456789abcdef"[*bytes >> 4], 1);
    out(&"0123456789abcdef"[*bytes++ & 15], 1);
  }
  out("\n", 1);
}

static int run(void) {
  struct uexterror u = {0x10010002, 45, 1, 310, 0, 0, 0x123456789abcdef0, 0xfedcba9876543210, {1, 2, 3, 4}, "prot is not subset of max_prot"};
  dump("uexterror", &u, sizeof u);
  struct kexterr k;
  fill(&k, 0, sizeof k);
  k.error = -1; k.msg = (const char *)(uintptr_t)0x82402000; k.p1 = 3; k.p2 = 4; k.cat = 5; k.src_line = 6;
  dump("kexterr", &k, sizeof k);
  struct ktr_header_v0 a;
  fill(&a, 0, sizeof a);
  a.ktr_len = 16; a.ktr_type = 2; a.ktr_pid = 812; copy(a.ktr_comm, "demo"); a.ktr_time.tv_sec = 1748000000; a.ktr_time.tv_usec = 123456; a.ktr_tid = 100321;
  dump("header_v0", &a, sizeof a);
  struct ktr_header b;
  fill(&b, 0, sizeof b);
  b.ktr_len = 16; b.ktr_type = (short)0xc002; b.ktr_version = 1; b.ktr_pid = 812; copy(b.ktr_comm, "demo"); b.ktr_time.tv_sec = 1748000000; b.ktr_time.tv_nsec = 123456789; b.ktr_tid = 100321; b.ktr_cpu = 2;
  dump("header_v1", &b, sizeof b);
  struct syscall_record c;
  fill(&c, 0, sizeof c); c.code = 477; c.narg = 3; c.args[1] = 0x2000; c.args[2] = -1;
  dump("SYSCALL", &c, sizeof c);
  struct sysret_record r = {477, 0, 45, -1};
  dump("SYSRET", &r, sizeof r);
  struct psig_record p;
  fill(&p, 0, sizeof p); p.signo = 11; p.action = (void *)0x401000; p.code = 2;
  fill(p.mask, 0x11, 16);
  dump("PSIG", &p, sizeof p);
  struct csw_record w = {0, 1, "nanslp"};
  dump("CSW", &w, sizeof w);
  struct fault_record f;
  fill(&f, 0, sizeof f); f.vaddr = 0x7000; f.type = 2;
  dump("FAULT", &f, sizeof f);
  struct capfail_record x;
  fill(&x, 0, sizeof x); x.type = 6; x.code = 5; x.flags = 9;
  fill(x.u.data, 3, 1024);
  dump("CAPFAIL", &x, sizeof x);
  return 0;
}

#ifdef BARE
void _start(void) {
  run();
  __asm__ volatile("int $0x80" : : "a"(1), "b"(0));
}
#else
int main(void) { return run(); }
#endif
