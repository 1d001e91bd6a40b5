"""Open the dashboard as a Mini App: Telegram signs who looks, with the bot's token (core.telegram.org/bots/webapps,
"Validating data received via the Mini App")."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import parse_qsl

from bot.channels.package import Arrived, Handing
from models.core.errors import Refusal

FRAGMENT = "tgWebAppData"
WEB = "https://web.telegram.org"  # shows Mini Apps in a frame; every other client shows them as pages of their own
KEY = b"WebAppData"
FRESH = timedelta(minutes=5)  # what is older may have been copied
AHEAD = timedelta(minutes=1)  # by which Telegram's clock may be ahead of ours
MOST = 4096  # characters


def door(token: str) -> Handing:
    """Return the way in for people of this bot."""
    return Handing(FRAGMENT, WEB, partial(read, hmac.digest(KEY, token.encode(), hashlib.sha256)))


def read(key: bytes, data: str, now: datetime) -> Arrived:
    """Return who looks. Raises `dashboard.not_proven` if Telegram did not sign it, `dashboard.proof_old` if it did so
    too long ago."""
    told = dict(parse_qsl(data[: MOST + 1], keep_blank_values=True)) if len(data) <= MOST else {}
    signature = told.pop("hash", "")
    said = "\n".join(f"{name}={told[name]}" for name in sorted(told))
    right = hmac.new(key, said.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(right.encode(), signature.encode()):
        raise Refusal("dashboard.not_proven")
    try:
        at, account = datetime.fromtimestamp(int(told["auth_date"]), UTC), int(json.loads(told["user"])["id"])
    except (KeyError, ValueError, TypeError, OverflowError):
        raise Refusal("dashboard.not_proven") from None
    if not -AHEAD <= now - at <= FRESH:
        raise Refusal("dashboard.proof_old")
    return Arrived(str(account), signature)
