"""Read with care what requests carry."""

import json
import re

from starlette.requests import Request

from bot.web.pages import Fault
from models.core import characters


def number(text: str) -> int:
    if not re.fullmatch("-?[0-9]{1,18}", text):
        raise Fault(400, "not_understood")
    return int(text)


def whole(text: str) -> int:
    """Return the number, 0 for what cannot be an id."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 0


clean = characters.text


async def fields(request: Request, *names: str) -> dict[str, str]:
    """Return the strings and numbers of a JSON body, as text; all `names` have to be there."""
    try:
        told = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise Fault(400, "not_understood") from None
    if not isinstance(told, dict):
        raise Fault(400, "not_understood")
    found = {name: clean(str(value)) for name, value in told.items() if isinstance(value, (str, int))}
    if not all(name in found for name in names):
        raise Fault(400, "not_understood")
    return found
