"""Tell addresses that lead only to this machine."""

from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def is_loopback(url: str) -> bool:
    """Say whether a URL leads only to this machine."""
    return urlsplit(url).hostname in LOOPBACK
