"""Turn WeCom's messages (D/90239) and events (D/90240) into Incoming."""

import hashlib
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from bot.channels.wecom.locations import on_earth
from handlers.core.incoming import Event, Incoming, Location, Remote

NAME = "wecom"
NO_CARDS = "no-cards"  # the menu key of people who see no cards
MEDIA = {"image": ("image.jpg", "image/jpeg"), "voice": ("voice.amr", "audio/amr"), "video": ("video.mp4", "video/mp4")}
COMINGS = {"subscribe": Event.JOINED, "enter_agent": Event.BACK, "unsubscribe": Event.BLOCKED}


def key_of(told: dict[str, str]) -> str:
    """Return the key by which a repeated callback is recognised: of a message its sender and id, because WeCom promises
    a unique id for one sender only; of an event sender, second, kind, key and task (D/90239, D/90240); of anything
    without an id all that it says. Not the nonce, because WeCom promises nothing about it."""
    sender, kind = told.get("FromUserName", ""), told.get("MsgType", "")
    if kind == "event":
        names = ("CreateTime", "Event", "EventKey", "TaskId")
        return _key("e", told.get("AgentID", ""), sender, *(told.get(name, "") for name in names))
    number = told.get("MsgId") or "".join(f"{name}={told[name]}\n" for name in sorted(told))
    return _key("m", told.get("AgentID", ""), sender, kind, number)


def _key(*parts: str) -> str:
    """Join the parts so that no two lists give the same key; a long key ends in its digest."""
    joined = ":".join(quote(part, safe="@.|") for part in parts)
    return joined if len(joined) <= 200 else f"{joined[:100]}#{hashlib.sha256(joined.encode()).hexdigest()}"


def stem(task: str) -> str:
    """Return the part of a task id that stays the same when the card changes."""
    return task.partition("_")[0]


def tap_of(told: dict[str, str]) -> tuple[str, str] | None:
    """Return, for a tap on a card, which card it is and the code with which it may be changed once."""
    if told.get("Event") == "template_card_event" and told.get("ResponseCode") and told.get("TaskId"):
        return stem(told["TaskId"]), told["ResponseCode"]
    return None


def wants_no_cards(told: dict[str, str]) -> bool:
    return told.get("Event") == "click" and told.get("EventKey") == NO_CARDS


def incoming(told: dict[str, str], bot: str) -> Incoming | None:
    """Return the Incoming; None if nobody did anything, or it does not concern us."""
    account, what = told.get("FromUserName", ""), _what(told)
    if not account or what is None:
        return None
    return Incoming(
        channel=NAME, bot=bot, update=key_of(told), account=account, chat=account, private=True,
        at=_at(told.get("CreateTime", "")), vouched=account, **what,
    )  # fmt: skip


def _at(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds) if seconds.isdecimal() and len(seconds) < 11 else 0, UTC)


def _what(told: dict[str, str]) -> dict[str, Any] | None:
    kind = told.get("MsgType", "")
    if kind == "event":
        return _happened(told)
    if kind == "text":
        return {"text": told.get("Content", "")}
    if kind == "link":
        return {"text": "\n".join(filter(None, (told.get("Title"), told.get("Url"))))}
    if kind == "location":
        place = _place(told)
        return {"location": place} if place else None
    if kind in MEDIA and told.get("MediaId"):
        return {"remote": Remote(told["MediaId"], *MEDIA[kind])}
    return None


def _happened(told: dict[str, str]) -> dict[str, Any] | None:
    event, key = told.get("Event", ""), told.get("EventKey", "")
    if event in COMINGS:
        return {"event": COMINGS[event]}
    if event == "click":
        return {"text": key if key != NO_CARDS else "/start"}
    if event == "template_card_event" and key:
        return {"data": key, "message": told.get("TaskId", "")}
    return None


def _place(told: dict[str, str]) -> Location | None:
    try:
        return on_earth(float(told["Location_X"]), float(told["Location_Y"]))
    except (KeyError, ValueError):
        return None
