"""The program's threads share the memory they give back."""

import platform
import subprocess
import sys

import pytest

COUNTED = """
import ctypes, os, tempfile, threading
{first}
together = threading.Barrier(4)
def work():
    together.wait(60)
    compile("x = [" + "1, " * 20000 + "]", "", "exec")
    together.wait(60)
threads = [threading.Thread(target=work) for _ in range(4)]
for it in threads: it.start()
for it in threads: it.join()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
with tempfile.TemporaryDirectory() as folder:
    name = os.path.join(folder, "told")
    told = libc.fopen(name.encode(), b"w")
    libc.malloc_info(0, ctypes.c_void_p(told))
    libc.fclose(ctypes.c_void_p(told))
    print(open(name).read().count("<heap nr="))
"""


def arenas(first: str) -> int:
    """Return how many arenas four busy threads use."""
    told = subprocess.run([sys.executable, "-c", COUNTED.format(first=first)], capture_output=True, check=True)
    return int(told.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has arenas")
def test_threads_take_memory_from_one_place() -> None:
    assert arenas("") > 1
    assert arenas("from bot.memory import share_memory; share_memory()") == 1
