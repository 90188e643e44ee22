# Compiles a package without running a line of it, and hands the compiled files over: started where a function is published,
# as `python3.x /var/runtime/hearth_fill_cache.py`, so that its environments need not compile.
import compileall
import os
import struct
import sys
from py_compile import PycInvalidationMode

CACHE = "/tmp/cache"
OUT = 5


def write_all(content):
    while content:
        content = content[os.write(OUT, content) :]


# One file: lengths of name and content, name, content.
def hand_over(path):
    name = os.fsencode(os.path.relpath(path, CACHE))
    with open(path, "rb") as file:
        content = file.read()
    write_all(struct.pack(">II", len(name), len(content)) + name + content)


sys.pycache_prefix = CACHE
# By content, which the platform has checked: the files' times differ from worker to worker.
compileall.compile_dir(
    os.environ["LAMBDA_TASK_ROOT"], maxlevels=40, quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH
)
for directory, _, names in os.walk(CACHE):
    for name in names:
        hand_over(os.path.join(directory, name))
