/**
 * What the functions of a vDSO do.
 *
 * @module
 */

/** Words by name without `__vdso_` or `__kernel_`. */
const MEANING: Readonly<Record<string, string>> = {
  clock_gettime: "reads a clock, as clock_gettime(2)",
  clock_gettime64: "reads a clock, as clock_gettime64(2)",
  clock_getres: "resolution of a clock, as clock_getres(2)",
  gettimeofday: "time of day, as gettimeofday(2)",
  time: "time in seconds, as time(2)",
  getcpu: "CPU and NUMA node, as getcpu(2)",
  getrandom: "random bytes from a state that the caller keeps",
  sgx_enter_enclave: "enters an SGX enclave; exceptions come back as values",
  rt_sigreturn: "returns from a signal handler",
  sigreturn: "returns from a signal handler of the old kind",
  restart_syscall: "goes on with an interrupted system call",
  flush_icache: "makes written code visible",
  riscv_hwprobe: "what the processor can do, as riscv_hwprobe(2)",
  get_tbfreq: "frequency of the time base",
  sync_dicache: "makes written code visible",
};
const PREFIX = /^__(vdso|kernel)_/;

/** What a function of a vDSO does, in words; empty if that is not known. */
export function describeVdsoFunction(name: string): string {
  const plain = name.replace(PREFIX, "");
  return Object.hasOwn(MEANING, plain) ? MEANING[plain]! : "";
}

/** Whether a function is what signal handlers return to. */
export function isSignalTrampoline(name: string): boolean {
  return /^__(vdso|kernel)_(rt_)?sigreturn$/.test(name);
}
