"""Keep secrets out of every logged line and every error that ends the program, even where it was built with one
(docs/decisions/0155-secrets-and-the-log.md).

This is the second protection; the first is that errors and messages are built without secrets. It knows every secret
setting by value, in the spellings in which libraries write it, and the shapes of what platforms hand out; it works on
finished lines, arguments and tracebacks included."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, quote, quote_plus, unquote, urlsplit

from dotenv import dotenv_values
from pydantic import SecretStr

from bot.settings import Settings

HIDDEN = "[secret]"
SHORTEST = 6  # characters: a shorter secret protects nothing, and removing it would empty half the log
SHAPES = (
    re.compile(r"(?<![0-9])[0-9]{6,20}(?::|%3A)[A-Za-z0-9_-]{20,}"),  # a bot's token
    re.compile(r"(?<=://)(?!USER:PASSWORD@)[^\s/@'\"]*:[^\s/'\"]*(?=@)"),  # NAME:PASSWORD of an address
    re.compile(r"(?<=password=)[^\s&'\"]+"),
    re.compile(r"(?<=access_token=)[^\s&'\"]+"),
    re.compile(r"(?<=secret=)[^\s&'\"]+"),
    re.compile(r"(?<=webhook/send\?key=)[^\s&'\"]+"),
    re.compile(r"(?<=/upload/)[A-Za-z0-9_-]{20,}"),
    re.compile(r"(?<=/dashboard/in/)[A-Za-z0-9_-]{20,}"),
    re.compile(r"(?<=/dashboard/token/)[A-Za-z0-9_-]{20,}"),
    re.compile(r"(?i)(?<=bearer )[A-Za-z0-9._~+/=-]+"),
    re.compile(r"(?<=tgWebAppData=)[^\s&'\"]+"),
    re.compile(r"(?<=code=)[A-Za-z0-9_-]{20,}"),
    re.compile(r"(?i)(?<=cookie: )[^\r\n]+"),
)


class Redaction:
    """The known secrets, and a function that removes them from text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._words = sorted({word for secret in secrets for word in _spellings(secret)}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for word in self._words:
            if word in text:
                text = text.replace(word, HIDDEN)
        for shape in SHAPES:
            text = shape.sub(HIDDEN, text)
        return text


def _spellings(secret: str) -> Iterator[str]:
    """Yield the secret as it stands, quoted, and, of an address or a token, the part that alone is secret."""
    try:
        password = urlsplit(secret).password if "://" in secret else None
    except ValueError:
        password = None
    bot, colon, key = secret.partition(":")
    asked = parse_qs(secret.partition("?")[2]).get("password", []) if "://" in secret else []
    whole = () if password or secret.startswith("sqlite:") else (secret,)
    for word in (*whole, *asked, password, key if colon and bot.isdecimal() else None):
        if word and len(word) >= SHORTEST:
            yield from {word, unquote(word), quote(word, safe=""), quote_plus(word), repr(word)[1:-1]}


def configured() -> Iterator[str]:
    """Yield the values of all secret settings, from wherever the program takes them, valid or not."""
    known = {name.upper(): value for name, value in (dotenv_values(".env") | os.environ).items()}
    for name, field in Settings.model_fields.items():
        if field.annotation is SecretStr:
            if value := known.get(name.upper()):
                yield value
            if path := known.get(f"{name.upper()}_FILE"):
                try:
                    yield Path(path).read_text().strip()
                except (OSError, UnicodeDecodeError):
                    continue
