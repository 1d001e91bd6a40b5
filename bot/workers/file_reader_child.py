"""Read one file and end: a process with limits that the system keeps. bot/workers/file_reader.py starts it as `python
file_reader_child.py SECONDS MEGABYTES NAME`, with nothing of ours in its environment; on stdin come a line of JSON with
what people said about earlier files, and the file."""

import json
import os
import sys
from pathlib import Path

MOST = 64 * 1024 * 1024  # bytes of an answer


def main() -> None:
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from bot.workers.process_limits import bound  # found only after the path is set

    bound(int(sys.argv[1]), int(sys.argv[2]))
    sys.setrecursionlimit(500)
    from models.changes import file_readings  # found only after the path is set, and read within the bounds

    try:
        answers = json.loads(sys.stdin.buffer.readline())
        lines = list(file_readings.written(file_readings.read(sys.argv[3], sys.stdin.buffer.read(), answers)))
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
