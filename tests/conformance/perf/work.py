import hashlib
import json
import re
import time


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


end = time.time() + 3
while time.time() < end:
    fib(18)
    json.loads(json.dumps([{"a": i, "b": str(i)} for i in range(300)]))
    re.findall(r"(a|b)*c", "ab" * 50 + "c")
    hashlib.sha256(b"x" * 100000).hexdigest()
    sorted(range(3000), key=lambda x: -x)
