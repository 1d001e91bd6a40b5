"""Limit a process that handles what somebody sent, before it reads a byte of it."""

import os
import resource

MEGABYTE = 1024 * 1024
FILES = 64  # open at once: Python's own modules and fonts, no more


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
