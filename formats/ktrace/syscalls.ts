/**
 * FreeBSD's system calls by number.
 *
 * Source: FreeBSD main of early 2026, sys/kern/syscalls.master. Numbers are never given out again, but a call that got
 * a successor is named `compatN.name` since the release behind N: older traces mean the plain name.
 *
 * @module
 */

/** A number, then the names from it on. */
const RUNS = `
0 syscall exit fork read write open close wait4
9 link unlink
12 chdir fchdir compat11.mknod chmod chown break
20 getpid mount unmount setuid getuid geteuid ptrace recvmsg sendmsg recvfrom accept getpeername getsockname access
  chflags fchflags sync kill
39 getppid
41 dup compat10.pipe getegid profil ktrace
47 getgid
49 getlogin setlogin acct
53 sigaltstack ioctl reboot revoke symlink readlink execve umask chroot
65 msync vfork
72 compat11.vadvise munmap mprotect madvise
78 mincore compat14.getgroups compat14.setgroups getpgrp setpgid setitimer
85 swapon getitimer
89 getdtablesize dup2
92 fcntl select
95 fsync setpriority socket connect
100 getpriority
104 bind setsockopt listen
116 gettimeofday getrusage getsockopt
120 readv writev settimeofday fchown fchmod
126 setreuid setregid rename
131 flock mkfifo sendto shutdown socketpair mkdir rmdir utimes
140 adjtime
147 setsid quotactl
154 nlm_syscall nfssvc
160 lgetfh getfh
165 sysarch rtprio
169 semsys msgsys shmsys
175 setfib ntp_adjtime
181 setgid setegid seteuid
188 compat11.stat compat11.fstat compat11.lstat pathconf fpathconf
194 getrlimit setrlimit compat11.getdirentries
198 __syscall
202 __sysctl mlock munlock undelete futimes getpgid
209 poll
220 compat7.__semctl semget semop
224 compat7.msgctl msgget msgsnd msgrcv shmat compat7.shmctl shmdt shmget clock_gettime clock_settime clock_getres
  ktimer_create ktimer_delete ktimer_settime ktimer_gettime ktimer_getoverrun nanosleep ffclock_getcounter
  ffclock_setestimate ffclock_getestimate clock_nanosleep
247 clock_getcpuclockid2 ntp_gettime
250 minherit rfork
253 issetugid lchown aio_read aio_write lio_listio
272 compat11.getdents
274 lchmod
276 lutimes
278 compat11.nstat compat11.nfstat compat11.nlstat
289 preadv pwritev
298 fhopen compat11.fhstat modnext modstat modfnext modfind kldload kldunload kldfind kldnext kldstat kldfirstmod
  getsid setresuid setresgid
314 aio_return aio_suspend aio_cancel aio_error
321 yield
324 mlockall munlockall __getcwd sched_setparam sched_getparam sched_setscheduler sched_getscheduler sched_yield
  sched_get_priority_max sched_get_priority_min sched_rr_get_interval utrace
337 kldsym jail nnpfs_syscall sigprocmask sigsuspend
343 sigpending
345 sigtimedwait sigwaitinfo __acl_get_file __acl_set_file __acl_get_fd __acl_set_fd __acl_delete_file
  __acl_delete_fd __acl_aclcheck_file __acl_aclcheck_fd extattrctl extattr_set_file extattr_get_file
  extattr_delete_file aio_waitcomplete getresuid getresgid kqueue compat11.kevent
371 extattr_set_fd extattr_get_fd extattr_delete_fd __setugid
376 eaccess afs3_syscall nmount
384 __mac_get_proc __mac_set_proc __mac_get_fd __mac_get_file __mac_set_fd __mac_set_file kenv lchflags uuidgen
  sendfile mac_syscall compat11.getfsstat compat11.statfs compat11.fstatfs compat11.fhstatfs
400 ksem_close ksem_post ksem_wait ksem_trywait ksem_init ksem_open ksem_unlink ksem_getvalue ksem_destroy
  __mac_get_pid __mac_get_link __mac_set_link extattr_set_link extattr_get_link extattr_delete_link __mac_execve
  sigaction sigreturn
421 getcontext setcontext swapcontext compat13.swapoff __acl_get_link __acl_set_link __acl_delete_link
  __acl_aclcheck_link sigwait thr_create thr_exit thr_self thr_kill compat10._umtx_lock compat10._umtx_unlock
  jail_attach extattr_list_fd extattr_list_file extattr_list_link
441 ksem_timedwait thr_suspend thr_wake kldunloadf audit auditon getauid setauid getaudit setaudit getaudit_addr
  setaudit_addr auditctl _umtx_op thr_new sigqueue kmq_open kmq_setattr kmq_timedreceive kmq_timedsend kmq_notify
  kmq_unlink abort2 thr_set_name aio_fsync rtprio_thread
471 sctp_peeloff sctp_generic_sendmsg sctp_generic_sendmsg_iov sctp_generic_recvmsg pread pwrite mmap lseek truncate
  ftruncate thr_kill2 compat12.shm_open shm_unlink cpuset cpuset_setid cpuset_getid cpuset_getaffinity
  cpuset_setaffinity faccessat fchmodat fchownat fexecve compat11.fstatat futimesat linkat mkdirat mkfifoat
  compat11.mknodat openat readlinkat renameat symlinkat unlinkat posix_openpt
506 jail_get jail_set jail_remove compat12.closefrom __semctl msgctl shmctl lpathconf
515 __cap_rights_get cap_enter cap_getmode pdfork pdkill pdgetpid
522 pselect getloginclass setloginclass rctl_get_racct rctl_get_rules rctl_get_limits rctl_add_rule rctl_remove_rule
  posix_fallocate posix_fadvise wait6 cap_rights_limit cap_ioctls_limit cap_ioctls_get cap_fcntls_limit
  cap_fcntls_get bindat connectat chflagsat accept4 pipe2 aio_mlock procctl ppoll futimens utimensat
550 fdatasync fstat fstatat fhstat getdirentries statfs fstatfs getfsstat fhstatfs mknodat kevent cpuset_getdomain
  cpuset_setdomain getrandom getfhat fhlink fhlinkat fhreadlink funlinkat copy_file_range __sysctlbyname shm_open2
  shm_rename sigfastblock __realpathat close_range rpctls_syscall __specialfd aio_writev aio_readv fspacectl
  sched_getcpu swapoff kqueuex membarrier timerfd_create timerfd_gettime timerfd_settime kcmp getrlimitusage fchroot
  setcred exterrctl inotify_add_watch_at inotify_rm_watch getgroups setgroups jail_attach_jd jail_remove_jd
  kexec_load pdrfork pdwait renameat2
`;

/** Names by number; numbers that are free or of calls long gone are missing. */
export const SYSCALLS: ReadonlyMap<number, string> = readRuns();

function readRuns(): Map<number, string> {
  const names = new Map<number, string>();
  let number = 0;
  for (const word of RUNS.trim().split(/\s+/)) {
    if (/^\d+$/.test(word)) number = Number(word);
    else names.set(number++, word);
  }
  return names;
}

/** Name of a system call, `[700]` for a number without one. */
export function syscallName(code: number): string {
  return SYSCALLS.get(code) ?? `[${code}]`;
}
