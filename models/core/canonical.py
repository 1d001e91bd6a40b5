"""Write records as canonical bytes for digests."""

import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal


def canonical(value: object) -> bytes:
    """Return `value` as bytes for digests: RFC 8785 in spirit (sorted keys, no blanks, UTF-8)."""
    return _ENCODER.encode(value).encode()


def plain(value: object) -> str:
    """Return as text what JSON has no type for: instants in UTC, days in ISO form, decimals without empty places."""
    if isinstance(value, Decimal):
        return f"{value.normalize() + 0:f}"
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


# made once: `json.dumps` would make an encoder for each value, which takes longer than encoding it
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=plain)


def digest(values: object) -> str:
    """Return the SHA-256 of the canonical bytes, in hex."""
    return hashlib.sha256(canonical(values)).hexdigest()
