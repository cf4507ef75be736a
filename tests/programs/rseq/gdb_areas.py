"""gdb: prints as JSON what it reads of each thread's area, OFFSET bytes from the thread pointer."""
import gdb
import json

offset = int(gdb.parse_and_eval("*(long *)&__rseq_offset"))
size = int(gdb.parse_and_eval("*(unsigned *)&__rseq_size"))
threads = []
for thread in gdb.selected_inferior().threads():
    thread.switch()
    base = int(gdb.parse_and_eval("(unsigned long)$fs_base"))
    area = base + offset

    def read(kind, at):
        return int(gdb.parse_and_eval("*(%s *)%d" % (kind, area + at)))

    section = read("unsigned long", 8)
    threads.append({
        "tid": thread.ptid[1],
        "threadPointer": hex(base),
        "address": hex(area),
        "cpuIdStart": read("unsigned", 0),
        "cpuId": read("int", 4),
        "rseqCs": hex(section),
        "flags": read("unsigned", 16),
        "nodeId": read("unsigned", 20),
        "mmCid": read("unsigned", 24),
        "pc": hex(int(gdb.parse_and_eval("(unsigned long)$pc"))),
    })
threads.sort(key=lambda thread: thread["tid"])
print("JSON " + json.dumps({"tool": "gdb " + gdb.VERSION, "offset": offset, "size": size, "threads": threads}))
