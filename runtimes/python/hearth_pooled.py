# A runtime that is booted before its function is known: waits to be told, and then leaves no trace of having waited.
import json
import os

REPORTS = 4
TOLD = 6
CHUNK_BYTES = 65536


def read_all(descriptor):
    chunks = []
    while True:
        chunk = os.read(descriptor, CHUNK_BYTES)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)


# /proc/self/environ is this process's own memory: what stood there at the boot gives way to the function's variables.
# Source: proc(5), /proc/pid/stat, fields 50 and 51.
def rewrite_start_environment(environment):
    # As bytes: no codec is loaded that a fresh start does not load.
    with open("/proc/self/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    start, end = int(fields[47]), int(fields[48])
    text = b"".join(b"%s=%s\0" % (os.fsencode(name), os.fsencode(value)) for name, value in environment.items())
    if len(text) > end - start:
        return
    with open("/proc/self/mem", "r+b", buffering=0) as memory:
        memory.seek(start)
        memory.write(text.ljust(end - start, b"\0"))


# Does nothing in a process that was started for a function.
def wait_for_function():
    if "_HEARTH_POOLED" not in os.environ:
        return
    os.write(REPORTS, b"waiting\n")
    os.close(REPORTS)
    environment = json.loads(read_all(TOLD))["environment"]
    os.close(TOLD)
    for name in list(os.environ):
        del os.environ[name]
    rewrite_start_environment(environment)
    os.environ.update(environment)
    os.chdir(environment["LAMBDA_TASK_ROOT"])
