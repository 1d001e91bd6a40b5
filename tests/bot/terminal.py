"""A terminal: the program is loaded once, and every command typed runs in a process of its own, forked from here.

Started by tests/bot/program.py. Starting Python and loading everything takes ten times as long as most commands do.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence

import bot.app
import bot.cli
import bot.demo


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            os._exit(_typed(**asked))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _typed(arguments: Sequence[str], folder: str, environment: Mapping[str, str], out: str, err: str) -> int:
    signal.alarm(30)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, path in ((0, os.devnull), (1, out), (2, err)):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), number)
    sys.argv = ["zeroreport", *arguments]
    try:
        bot.cli.main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    else:
        return 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


if __name__ == "__main__":
    main()
