"""Run inside gdb: for each stretch of addresses of .text, the functions and source lines there, innermost first.

gdb -nx -batch -x gdb_lines.py PROGRAM
"""
import json
import re
import gdb

text = re.search(r"(0x[0-9a-f]+) - (0x[0-9a-f]+) is \.text", gdb.execute("info files", to_string=True))
start, end = (int(one, 16) for one in text.groups())


def place(symtab, line):
    return [symtab.filename if symtab else None, line]


def frames(pc):
    sal = gdb.find_pc_line(pc)
    where = place(sal.symtab, sal.line)
    found = []
    block = gdb.block_for_pc(pc)
    while block is not None and not block.is_static and not block.is_global:
        function = block.function
        if function is not None:
            found.append([function.linkage_name or function.name] + where)
            # The line of an inlined function is that of its call.
            where = place(function.symtab, function.line)
        block = block.superblock
    return found


stretches = []
for pc in range(start, end):
    found = frames(pc)
    if stretches and stretches[-1][2] == found:
        stretches[-1][1] = "0x%x" % (pc + 1)
    else:
        stretches.append(["0x%x" % pc, "0x%x" % (pc + 1), found])
print("LINES " + json.dumps(stretches))
