"""Run inside gdb: the frames of every thread with their source lines, inlined functions as frames of their own; without
those that gdb infers from jumps.

gdb -nx -batch -x gdb_source_frames.py PROGRAM CORE
"""
import json
import gdb

for setting in ("pagination off", "backtrace past-main on", "backtrace limit unlimited", "height 0"):
    gdb.execute("set " + setting)
for thread in sorted(gdb.selected_inferior().threads(), key=lambda one: one.num):
    thread.switch()
    frames, frame = [], gdb.newest_frame()
    try:
        while frame is not None:
            if frame.type() != gdb.TAILCALL_FRAME:
                place = frame.find_sal()
                symtab = place.symtab
                # Of a frame that has frames inlined into it, the function; of those the inlined one.
                frames.append({
                    "pc": "0x%x" % (frame.pc() & (1 << 64) - 1),
                    "inlined": frame.type() == gdb.INLINE_FRAME,
                    "name": frame.name(),
                    "file": symtab.fullname() if symtab else None,
                    "line": place.line if symtab else None,
                })
            frame = frame.older()
    except gdb.error as error:
        print(error)
    print("SOURCES " + json.dumps({"tid": thread.ptid[1] or thread.ptid[0], "frames": frames}))
