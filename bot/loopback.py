"""Which addresses lead nowhere but to this machine."""

from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def is_loopback(url: str) -> bool:
    """Whether a URL leads nowhere but to this machine."""
    return urlsplit(url).hostname in LOOPBACK
