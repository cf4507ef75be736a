// Random rseq calls and critical sections, one process for each seed, told as lines that the model can repeat.
//
//     GLIBC_TUNABLES=glibc.pthread.rseq=0 rseq_calls FIRST COUNT STEPS
//
// Everything lies at fixed addresses, and the process is bound to one CPU, so that all is determined but for preemptions
// that nobody asked for: who compares runs a seed again before he complains. Lines go to shared memory while a process
// runs, since a system call could be a reason to preempt it; a step that killed it is the last, without its result.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

// the regions, which the model maps too
#define AREAS 0x10000000ul  // two pages, read and write
#define READONLY 0x10010000ul
#define HOLE 0x10020000ul  // nothing is mapped here
#define CODE 0x10030000ul
#define DESCRIPTORS 0x10040000ul  // one page, then nothing
#define LOG 0x20000000ul
#define LOG_SIZE (8ul << 20)
#define DUMP_SIZE 192

// the critical section
#define START (CODE + 0x100)
#define INNER_ABORT (START + 8)  // in the section, with a signature in front
#define END (START + 16)
#define ABORT (CODE + 0x204)
#define LOW_ABORT (CODE + 0x84)  // in front of the section, which sections that wrap around leave free
#define SIGNATURE 0x53053053u
#define USER_END 0x7ffffffff000ul

static uint64_t state;
static int first_cpu, second_cpu;
static int log_file;
static char *const log_text = (char *)(LOG + 16);
static uint64_t *const log_used = (uint64_t *)LOG;

static uint32_t next(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t)(state >> 16);
}

static uint32_t below(uint32_t n) { return next() % n; }

#define PICK(array) (array[below(sizeof array / sizeof *array)])

static void say(const char *format, ...) {
  va_list args;
  va_start(args, format);
  *log_used += (uint64_t)vsnprintf(log_text + *log_used, LOG_SIZE - 16 - *log_used, format, args);
  va_end(args);
}

static void dump(void) {
  static const char digits[] = "0123456789abcdef";
  char text[2 * DUMP_SIZE + 1];
  const uint8_t *bytes = (const uint8_t *)AREAS;
  for (int i = 0; i < DUMP_SIZE; i++) {
    text[2 * i] = digits[bytes[i] >> 4];
    text[2 * i + 1] = digits[bytes[i] & 15];
  }
  text[2 * DUMP_SIZE] = 0;
  say(" %s\n", text);
}

static long call(long number, long a, long b, long c, long d) {
  long result;
  register long r10 __asm__("r10") = d;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                   : "rcx", "r11", "memory");
  return result;
}

// ---- handlers ----

static volatile uint64_t handled, saved_pc;

static void on_signal(int number, siginfo_t *info, void *context) {
  (void)info;
  greg_t *pc = &((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
  handled++;
  saved_pc = (uint64_t)*pc;
  // ud2 stands still; where the section was cut short the pc is elsewhere already
  if (number == SIGILL && (*pc == START || *pc == END)) *pc += 2;
}

static void handle(int number) {
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
  sigaction(number, &action, NULL);
}

// ---- steps ----

static const uint64_t addresses[] = {
    AREAS,        AREAS,        AREAS,         AREAS,          AREAS + 32,     AREAS + 32,       AREAS + 64,
    AREAS + 96,   AREAS + 128,  AREAS + 16,    AREAS + 4,      AREAS + 1,      AREAS + 0x1fe0,   READONLY,
    READONLY + 64, HOLE,        HOLE + 1,      0,              32,             USER_END,         USER_END - 32,
    USER_END - 64, USER_END - 4096, 0xffffffffffff8000ul, 0xffff800000000000ul, 0x8000000000000000ul, (uint64_t)-32, (uint64_t)-1,
};
static const uint32_t lengths[] = {32, 32, 32, 32, 32, 0, 1, 20, 24, 28, 31, 33, 36, 40, 64, 64, 96, 4096, 8192, 0x7fffffff, 0xffffffff};
static const int flag_values[] = {0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 3, 4, 8, 16, -1, (int)0x80000000};
static const uint32_t signatures[] = {SIGNATURE, SIGNATURE, SIGNATURE, SIGNATURE, 0, 1, 0xffffffff};

static uint64_t last_area;
static uint32_t last_length, last_signature;

/** Mostly what was registered last, so that more than the first check is reached. */
static void rseq_step(const char *who) {
  uint64_t area = below(2) && last_area ? last_area : PICK(addresses);
  uint32_t length = below(2) && last_length ? last_length : PICK(lengths);
  uint32_t signature = below(2) ? last_signature : PICK(signatures);
  int flags = PICK(flag_values);
  if (below(6) == 0) {  // one that should do
    area = AREAS + 64 * below(3);
    length = below(2) ? 32 : 64;
    signature = SIGNATURE;
    flags = 0;
  }
  say("%srseq %lx %x %x %x", who, area, length, flags, signature);
  long result = call(SYS_rseq, (long)area, length, flags, signature);
  if (result == 0 && flags == 0) {
    last_area = area;
    last_length = length;
    last_signature = signature;
  }
  say(" = %ld", result);
  dump();
}

static const uint64_t words[] = {0, 1, 7, 0xeeeeeeeeeeeeeeeeul, DESCRIPTORS, HOLE, USER_END, 0xffff800000000000ul, 0x100000000ul};

static int is_readonly;

static void write_step(void) {
  if (is_readonly) return;
  uint64_t area = below(4) && last_area >= AREAS && last_area < AREAS + DUMP_SIZE ? last_area : AREAS + 32 * below(5);
  uint64_t at = (area & ~7ul) + 8 * below(4);
  uint64_t value = PICK(words);
  say("write %lx %lx", at, value);
  *(volatile uint64_t *)at = value;
  say(" = 0");
  dump();
}

static void protect_step(void) {
  int protection = below(2) ? PROT_READ | PROT_WRITE : PROT_READ;
  uint64_t page = AREAS + (below(8) ? 0 : 4096);
  if (page == AREAS && protection == PROT_READ && below(3)) return;
  if (page == AREAS) is_readonly = protection == PROT_READ;
  say("protect %lx %x = %ld", page, protection, call(SYS_mprotect, (long)page, 4096, protection, 0));
  dump();
}

static const char *const events[] = {"none", "ud2", "int3", "signal", "migrate", "getpid"};
static const uint8_t event_code[][2] = {{0x90, 0x90}, {0x0f, 0x0b}, {0xcc, 0x90}, {0x0f, 0x05}, {0x0f, 0x05}, {0x0f, 0x05}};
static unsigned long cpu_mask[16];

static void bind_to(int cpu) {
  memset(cpu_mask, 0, sizeof cpu_mask);
  cpu_mask[cpu / 64] = 1ul << (cpu % 64);
}

static int here(void) {
  unsigned cpu = 0;
  call(SYS_getcpu, (long)&cpu, 0, 0, 0);
  return (int)cpu;
}

static void event_arguments(int event, long regs[4]) {
  static const long none[4] = {0};
  memcpy(regs, none, sizeof none);
  switch (event) {
    case 3:
      regs[0] = SYS_tkill;
      regs[1] = call(SYS_gettid, 0, 0, 0, 0);
      regs[2] = SIGUSR1;
      break;
    case 4:
      bind_to(here() == first_cpu ? second_cpu : first_cpu);
      regs[0] = SYS_sched_setaffinity;
      regs[2] = sizeof cpu_mask;
      regs[3] = (long)cpu_mask;
      break;
    case 5:
      regs[0] = SYS_getpid;
  }
}

/** Stores `descriptor` in the area and runs the code at `entry`; yields 0 for the end of the section, 1 for its abort. */
static long run(uint64_t *rseq_cs, uint64_t descriptor, uint64_t entry, const long regs[4]) {
  long result = regs[0];
  long first = regs[1], second = regs[2], third = regs[3];
  __asm__ volatile("movq %[descriptor], (%[rseq_cs])\n\tcall *%[entry]"
                   : "+a"(result), "+D"(first), "+S"(second), "+d"(third)
                   : [rseq_cs] "r"(rseq_cs), [descriptor] "r"(descriptor), [entry] "r"(entry)
                   : "rcx", "r11", "memory", "cc");
  return result;
}

static void put32(uint64_t at, uint32_t value) { memcpy((void *)at, &value, 4); }
static void put64(uint64_t at, uint64_t value) { memcpy((void *)at, &value, 8); }

static void make_code(int event, uint64_t entry, uint32_t signature) {
  static const uint8_t skip[] = {0xeb, 0x04};                       // over the inner signature
  static const uint8_t finish[] = {0xb8, 0, 0, 0, 0, 0xc3};         // return 0
  static const uint8_t abort_code[] = {0xb8, 1, 0, 0, 0, 0xc3};     // return 1
  memset((void *)START, 0x90, 48);
  memcpy((void *)(START + 2), skip, 2);
  put32(START + 4, signature);
  memcpy((void *)(END + 2), finish, sizeof finish);
  memcpy((void *)entry, event_code[event], 2);
  put32(ABORT - 4, signature);
  memcpy((void *)ABORT, abort_code, sizeof abort_code);
  put32(LOW_ABORT - 4, signature);
  memcpy((void *)LOW_ABORT, abort_code, sizeof abort_code);
}

static const uint64_t starts[] = {START, START, START, START, START, START, START, START, START + 2, CODE, 0, USER_END, USER_END - 16, USER_END - 16, USER_END - 8, 0xffff800000000000ul};
static const uint64_t sizes[] = {16, 16, 16, 16, 16, 16, 16, 0, 1, 2, 0x200, USER_END, (uint64_t)-1, (uint64_t)-START, (uint64_t)-0x100, 15, (uint64_t)-0x200};
static const uint64_t aborts[] = {ABORT, ABORT, ABORT, ABORT, ABORT, ABORT, ABORT, LOW_ABORT, LOW_ABORT, LOW_ABORT, LOW_ABORT, INNER_ABORT, ABORT + 4, 0, 3, 4, HOLE, USER_END, 0xffff800000000000ul};
static const uint64_t descriptors[] = {DESCRIPTORS, DESCRIPTORS, DESCRIPTORS, DESCRIPTORS, DESCRIPTORS, DESCRIPTORS, DESCRIPTORS, DESCRIPTORS + 8, DESCRIPTORS + 4096 - 32, DESCRIPTORS + 4096 - 24, HOLE, USER_END, USER_END - 16, 0xffff800000000000ul};
static const uint32_t versions[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x80000000};
static const uint32_t cs_flags[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 0x80000000};

static void section_step(const char *who) {
  if (is_readonly || last_area < AREAS || last_area + 32 > AREAS + DUMP_SIZE) return;
  int event = (int)below(6);
  uint64_t entry = below(4) ? START : END;  // in the section or behind it
  int is_plain = below(3);                  // nothing else wrong
  uint64_t start = is_plain ? START : PICK(starts), size = is_plain ? 16 : PICK(sizes);
  uint64_t abort = is_plain ? ABORT : PICK(aborts), descriptor = is_plain ? DESCRIPTORS : PICK(descriptors);
  uint32_t version = is_plain ? 0 : PICK(versions), flags = is_plain ? 0 : PICK(cs_flags);
  uint32_t signature = below(12) ? last_signature : SIGNATURE ^ 1;
  make_code(event, entry, signature);
  if (descriptor >= DESCRIPTORS && descriptor <= DESCRIPTORS + 4096 - 32) {
    put32(descriptor, version);
    put32(descriptor + 4, flags);
    put64(descriptor + 8, start);
    put64(descriptor + 16, size);
    put64(descriptor + 24, abort);
  }
  long regs[4];
  event_arguments(event, regs);
  handled = saved_pc = 0;
  say("%ssection %lx %s %lx %lx %x %x %lx %lx %lx %x", who, last_area, events[event], entry, descriptor, version, flags, start,
      size, abort, signature);
  long result = run((uint64_t *)(last_area + 8), descriptor, entry, regs);
  say(" = %ld %lx %lx %d", result, handled, saved_pc, here());
  dump();
}

static void event_step(void) {
  int event = 3 + (int)below(2);
  long regs[4];
  event_arguments(event, regs);
  say("event %s", events[event]);
  call(regs[0], regs[1], regs[2], regs[3], 0);
  say(" = %d", here());
  dump();
}

static void child_steps(const char *who, int count) {
  uint64_t area = last_area;
  uint32_t length = last_length, signature = last_signature;
  for (int i = 0; i < count; i++) {
    if (below(3)) rseq_step(who);
    else section_step(who);
  }
  last_area = area;
  last_length = length;
  last_signature = signature;
}

static const int barrier_commands[] = {0x80, 0x80, 0x80, 0x100, 0x3f0000, -1};
static const int barrier_flags[] = {0, 0, 0, 1, 2, -1};
static const int barrier_cpus[] = {0, 0, 1, 5000, -1};

static void barrier_step(void) {
  int command = PICK(barrier_commands), flags = PICK(barrier_flags), cpu = PICK(barrier_cpus);
  say("membarrier %x %x %x", command, flags, cpu);
  say(" = %ld", call(SYS_membarrier, command, flags, cpu, 0));
  dump();
}

static volatile struct {
  pid_t target;
  long size, result;
  uint8_t bytes[32];
} request;

/** Shares the memory but not the area, which may be about to kill whoever has it. */
static int debugger(void *unused) {
  (void)unused;
  pid_t pid = request.target;
  int status;
  if (call(SYS_ptrace, PTRACE_SEIZE, pid, 0, 0) == 0) {
    call(SYS_ptrace, PTRACE_INTERRUPT, pid, 0, 0);
    call(SYS_wait4, pid, (long)&status, __WALL, 0);
    request.result = call(SYS_ptrace, 0x420f, pid, request.size, (long)request.bytes);
    call(SYS_ptrace, PTRACE_DETACH, pid, 0, 0);
  }
  call(SYS_exit, 0, 0, 0, 0);
  return 0;
}

static void debugger_step(void) {
  static char stack[65536] __attribute__((aligned(16)));
  static const long sizes[] = {0, 8, 16, 23, 24, 25, 32};
  request.target = getpid();
  request.size = PICK(sizes);
  request.result = -1;
  memset((void *)request.bytes, 0xee, sizeof request.bytes);
  say("ptrace %lx", request.size);
  pid_t pid = clone(debugger, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL);
  waitpid(pid, NULL, 0);
  say(" = %ld ", request.result);
  for (size_t i = 0; i < sizeof request.bytes; i++) say("%02x", request.bytes[i]);
  dump();
}

static uint64_t child_state;

static int shared_child(void *unused) {
  (void)unused;
  child_steps("vfork ", 2);
  call(SYS_exit, 0, 0, 0, 0);
  return 0;
}

static void *thread_body(void *unused) {
  (void)unused;
  child_steps("thread ", 3);
  return NULL;
}

/** Waiting makes the parent sleep, on the CPU that the child needs: it is preempted at least once. */
static void process_step(void) {
  int kind = (int)below(3);
  say("%s = 0", kind == 0 ? "fork" : kind == 1 ? "vfork" : "thread");
  dump();
  uint64_t parent_area = last_area;
  uint32_t parent_length = last_length, parent_signature = last_signature;
  int status = 0;
  state = next() * 0x9e3779b97f4a7c15ul + 1;
  child_state = state;
  if (kind == 0) {
    pid_t pid = fork();
    if (pid == 0) {
      child_steps("fork ", 3);
      _exit(0);
    }
    waitpid(pid, &status, 0);
  } else if (kind == 1) {
    static char stack[65536] __attribute__((aligned(16)));
    pid_t pid = clone(shared_child, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
    waitpid(pid, &status, 0);
  } else {
    pthread_t thread;
    pthread_create(&thread, NULL, thread_body, NULL);
    pthread_join(thread, NULL);
  }
  state = child_state * 0x2545f4914f6cdd1dul + 1;
  last_area = parent_area;
  last_length = parent_length;
  last_signature = parent_signature;
  say("joined %d = 0", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
  dump();
}

static void exec_step(const char *self) {
  char area[32], length[32], signature[32], file[32];
  snprintf(area, sizeof area, "%lx", last_area);
  snprintf(length, sizeof length, "%x", last_length);
  snprintf(signature, sizeof signature, "%x", last_signature);
  snprintf(file, sizeof file, "%d", log_file);
  say("exec = 0");
  dump();
  execl(self, self, "--again", file, area, length, signature, NULL);
}

// ---- processes ----

static void map(uint64_t at, uint64_t size, int protection) {
  void *got = mmap((void *)at, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (got != (void *)at) abort();
}

static void map_all(void) {
  map(AREAS, 8192, PROT_READ | PROT_WRITE);
  map(READONLY, 4096, PROT_READ);
  map(CODE, 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
  map(DESCRIPTORS, 4096, PROT_READ | PROT_WRITE);
}

static void session(uint64_t seed, int steps, const char *self) {
  state = seed * 0x9e3779b97f4a7c15ul + 88172645463325252ul;
  for (int i = 0; i < 4; i++) next();
  handle(SIGUSR1);
  handle(SIGILL);
  handle(SIGTRAP);
  last_signature = SIGNATURE;
  int has_handler = below(2);
  if (has_handler) handle(SIGSEGV);
  bind_to(first_cpu);
  sched_setaffinity(0, sizeof cpu_mask, (cpu_set_t *)cpu_mask);
  say("start %d %d", has_handler, here());
  say(" = 0");
  dump();
  for (int i = 0; i < steps; i++) {
    uint32_t choice = below(32);
    if (choice < 14) rseq_step("");
    else if (choice < 22) section_step("");
    else if (choice < 26) write_step();
    else if (choice < 27) protect_step();
    else if (choice < 30) event_step();
    else if (choice < 31) process_step();
    else if (below(2)) barrier_step();
    else if (below(2)) debugger_step();
    else if (below(2)) exec_step(self);
  }
}

static void map_log(void) {
  void *got = mmap((void *)LOG, LOG_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE, log_file, 0);
  if (got != (void *)LOG) abort();
}

/** The new program: nothing is registered, and everything can be. */
static void again(char **argv) {
  log_file = atoi(argv[2]);
  map_log();
  map_all();
  last_area = strtoul(argv[3], NULL, 16);
  last_length = (uint32_t)strtoul(argv[4], NULL, 16);
  last_signature = (uint32_t)strtoul(argv[5], NULL, 16);
  for (int i = 0; i < 3; i++) {
    int flags = i != 1;
    uint64_t area = last_area ? last_area : AREAS;
    uint32_t length = last_length ? last_length : 32;
    say("rseq %lx %x %x %x", area, length, flags, last_signature);
    say(" = %ld", call(SYS_rseq, (long)area, length, flags, last_signature));
    dump();
  }
}

int main(int argc, char **argv) {
  if (argc == 6 && strcmp(argv[1], "--again") == 0) {
    again(argv);
    return 0;
  }
  if (argc != 4) return 2;
  struct utsname name;
  uname(&name);
  cpu_set_t cpus;
  sched_getaffinity(0, sizeof cpus, &cpus);
  first_cpu = second_cpu = -1;
  for (int i = 0; i < CPU_SETSIZE && second_cpu < 0; i++) {
    if (!CPU_ISSET(i, &cpus)) continue;
    if (first_cpu < 0) first_cpu = i;
    else second_cpu = i;
  }
  if (second_cpu < 0) second_cpu = first_cpu;
  printf("kernel %s %s\n", name.release, name.machine);
  printf("auxv %lu %lu\n", getauxval(27), getauxval(28));
  printf("cpus %d %d\n", first_cpu, second_cpu);
  fflush(stdout);
  log_file = memfd_create("log", 0);
  if (ftruncate(log_file, LOG_SIZE) != 0) return 1;
  map_log();
  map_all();
  uint64_t first = strtoul(argv[1], NULL, 10), count = strtoul(argv[2], NULL, 10);
  for (uint64_t seed = first; seed < first + count; seed++) {
    *log_used = 0;
    printf("seed %lu\n", seed);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
      session(seed, atoi(argv[3]), "/proc/self/exe");
      _exit(0);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    fwrite(log_text, 1, *log_used, stdout);
    if (*log_used > 0 && log_text[*log_used - 1] != '\n') printf("\n");
    printf("end %d %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0, WIFEXITED(status) ? WEXITSTATUS(status) : 0);
  }
  return 0;
}
