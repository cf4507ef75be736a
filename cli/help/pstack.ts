/**
 * The help of `framewalk pstack`.
 *
 * @module
 */

/** What `framewalk pstack --help` prints. */
export const PSTACK_HELP: string = `Usage: framewalk pstack [OPTIONS] PID

Prints the stack of every thread of a running process of this Linux machine. The
process stands still for some milliseconds: its threads are stopped, registers
and stacks copied, and then they go on. No signal is sent, and if framewalk ends
in whatever way, they go on as well. PID may be that of a thread; then only that
thread is shown.

All permissions are needed (deno run -A), since Deno guards /proc. Processes of
other users are for root to look at.

Process:
  --tid TID          only this thread; the others are not stopped
  --rseq             also each thread's rseq area, as the kernel has it
                     registered, and the critical section that it names
  --watch [SECONDS]  look again and again (default: every 2 seconds)
  -v, --verbose      tell how long the process stood still

Files:
  --sysroot DIR      look for debug files and deleted files under DIR first; may
                     be repeated
  --sidecars DIR     unwind tables kept aside, as for framewalk bt
  --debuginfod URL   ask this server, as for framewalk bt

Stacks and output, as for framewalk bt:
  --max-frames N     at most N frames of each thread (default: all)
  --tables LIST      what may lead from frame to frame
  --no-symbols       addresses only
  --no-demangle      names as the linker knows them
  --no-lines         neither source lines nor inlined functions
  --json             one JSON object instead of text
  --color WHEN       auto, always or never
  -h, --help         this text

A thread that waits in epoll_wait, semop or sigtimedwait may see that call fail
with EINTR, as under every debugger: so does the kernel.

Exit status: 0 fine, 1 the process or a thread of it cannot be looked at,
2 wrong arguments.

Examples:
  framewalk pstack 1234
  framewalk pstack --watch 0.5 --tid 1240 1234
  framewalk pstack --json $(pidof server) | jq '.threads | length'
`;
