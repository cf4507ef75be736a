/**
 * FreeBSD's signals.
 *
 * Source: FreeBSD 15, sys/sys/signal.h.
 *
 * @module
 */

/** Names by number, from 1 on, without `SIG`. */
const NAMES =
  "HUP INT QUIT ILL TRAP ABRT EMT FPE KILL BUS SEGV SYS PIPE ALRM TERM URG STOP TSTP CONT CHLD TTIN TTOU IO XCPU XFSZ VTALRM PROF WINCH INFO USR1 USR2 THR LIBRT"
    .split(" ");

/** Name of a signal: `SIGSEGV`; `SIG 99` for a number without one. */
export function signalName(number: number): string {
  const name = NAMES[number - 1];
  return name === undefined ? `SIG ${number}` : `SIG${name}`;
}
