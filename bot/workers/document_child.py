"""Draw one paper, or check one template, and end: a process with limits that the system keeps. bot/workers/documents.py
starts it as `python document_child.py SECONDS MEGABYTES`; on stdin comes the paper, on stdout goes a line of JSON and
the file."""

import json
import os
import sys
from pathlib import Path
from typing import Any


def drawn(data: bytes) -> bytes:
    from models.documents import paper  # found only after the path is set, and read within the bounds

    made, kind = paper.unpacked(data)
    if kind == "word":
        from models.documents import word

        return word.draw(made)
    from models.documents import pdf

    return pdf.draw(made)


def answer(said: dict[str, Any], data: bytes = b"") -> None:
    sys.stdout.buffer.write(json.dumps(said, ensure_ascii=False).encode() + b"\n" + data)
    sys.stdout.buffer.flush()


def main() -> None:
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from bot.workers.process_limits import bound  # found only after the path is set

    bound(int(sys.argv[1]), int(sys.argv[2]))
    sys.setrecursionlimit(2000)
    from models.core.errors import Refusals

    try:
        made = drawn(sys.stdin.buffer.read())
        answer({"size": len(made)}, made)
    except MemoryError:
        answer({"wrong": [["documents.too_much", {}]]})
    except Refusals as refused:
        answer({"wrong": [[it.key, it.values] for it in refused.refusals]})
    os._exit(0)  # drops what was drawn with the process, not piece by piece


if __name__ == "__main__":
    main()
