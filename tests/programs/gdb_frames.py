"""Run inside gdb: the frames of every thread as lines of JSON, without those that have no frame of their own (inlined
functions, and the callers by a jump that debug information lets gdb infer).

gdb -nx -batch -ex "..." -x gdb_frames.py PROGRAM CORE
"""
import json
import gdb

for setting in ("pagination off", "backtrace past-main on", "backtrace limit unlimited", "height 0"):
    gdb.execute("set " + setting)
for thread in sorted(gdb.selected_inferior().threads(), key=lambda one: one.num):
    thread.switch()
    frames, names, reason, frame = [], [], "", None
    try:
        frame = gdb.newest_frame()
        while frame is not None:
            if frame.type() not in (gdb.INLINE_FRAME, gdb.TAILCALL_FRAME):
                frames.append("0x%x" % (frame.pc() & (1 << 64) - 1))
                names.append("<signal>" if frame.type() == gdb.SIGTRAMP_FRAME else frame.name())
            last, frame = frame, frame.older()
        reason = gdb.frame_stop_reason_string(last.unwind_stop_reason())
    except gdb.error as error:
        reason = str(error)
    print("FRAMES " + json.dumps({"tid": thread.ptid[1] or thread.ptid[0], "frames": frames, "names": names, "stop": reason}))
