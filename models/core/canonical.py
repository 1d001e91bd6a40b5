"""How records are written as bytes for digests, always in the same way."""

import hashlib
import json
from datetime import UTC, datetime


def canonical(value: object) -> bytes:
    """How values are written as bytes for digests: RFC 8785 in spirit (sorted keys, no blanks, UTF-8)."""
    return _ENCODER.encode(value).encode()


def plain(value: object) -> str:
    """What JSON has no word for, in words: instants in UTC, days as they are written."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


# made once: `json.dumps` makes one for each value, which takes longer than the value
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=plain)


def digest(values: object) -> str:
    """The sha256 of the canonical bytes, in hex."""
    return hashlib.sha256(canonical(values)).hexdigest()
