# Threads at rest at several depths of Python's own recursion.
import threading
import time


def deep(depth):
    if depth == 0:
        time.sleep(1e6)
    else:
        deep(depth - 1)


for i in range(4):
    threading.Thread(target=deep, args=(i * 20,), daemon=True).start()
deep(100)
