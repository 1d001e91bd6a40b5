"""Read one file and end: a process with limits that the system keeps. bot/workers/file_reader.py starts it as `python
file_reader_child.py SECONDS MEGABYTES NAME ANSWERS`, with the file on stdin and nothing of ours in its environment."""

import json
import os
import resource
import sys
from pathlib import Path

MEGABYTE = 1024 * 1024
FILES = 64  # open at once: Python's own modules, no more
MOST = 64 * MEGABYTE  # bytes of an answer


def bound(seconds: int, memory: int) -> None:
    """Limit this process to so much processor time and memory, and to writing no file."""
    for what, most in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory * MEGABYTE),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))
    os.nice(10)  # people who tap come first


def main() -> None:
    bound(int(sys.argv[1]), int(sys.argv[2]))
    sys.path.insert(0, str(Path(__file__).parents[2]))
    sys.setrecursionlimit(500)
    from models.changes import file_readings  # found only after the path is set, and read within the bounds

    try:
        lines = list(
            file_readings.written(file_readings.read(sys.argv[3], sys.stdin.buffer.read(), json.loads(sys.argv[4])))
        )
        much = sum(map(len, lines)) > MOST
    except MemoryError:
        much = True
    if much:
        lines = list(
            file_readings.written(file_readings.refused(sys.argv[3], "files.too_much", memory=int(sys.argv[2])))
        )
    sys.stdout.buffer.writelines(lines)
    sys.stdout.buffer.flush()
    os._exit(0)  # drops what was read with the process, not piece by piece


if __name__ == "__main__":
    main()
