"""Keep what memory the program holds small."""

import contextlib
import ctypes

ARENA_MAX = -8  # M_ARENA_MAX in glibc's malloc.h


def share_memory() -> None:
    """Have all threads take memory from one arena: glibc gives each thread its own, and what a thread took for a moment
    the others cannot use again. To be called before there are threads; where there is no glibc, nothing is done."""
    with contextlib.suppress(
        AttributeError, OSError, TypeError
    ):  # musl and macOS have no mallopt, Windows no CDLL(None)
        ctypes.CDLL(None).mallopt(ARENA_MAX, 1)
