"""What WeCom tells, as what somebody did (D/90239 messages, D/90240 events)."""

from datetime import UTC, datetime
from typing import Any

from bot.channels.wecom_places import on_earth
from handlers.turn import Event, Incoming, Location, Remote

NAME = "wecom"
NO_CARDS = "no-cards"  # the menu's key for whoever sees no cards
MEDIA = {"image": ("image.jpg", "image/jpeg"), "voice": ("voice.amr", "audio/amr"), "video": ("video.mp4", "video/mp4")}
COMINGS = {"subscribe": Event.BACK, "enter_agent": Event.BACK, "unsubscribe": Event.BLOCKED}


def key_of(told: dict[str, str]) -> str:
    """What names it for ever: a message has an id; an event only its sender, second, kind, key and task."""
    if told.get("MsgId") and told.get("MsgType") != "event":
        return f"m:{told['MsgId']}"
    return "e:" + ":".join(told.get(n, "") for n in ("FromUserName", "CreateTime", "Event", "EventKey", "TaskId"))


def stem(task: str) -> str:
    """The part of a task id that stays the same when the card changes."""
    return task.partition("_")[0]


def tap_of(told: dict[str, str]) -> tuple[str, str, str] | None:
    """Of a tap on a card: who, which card, and the code with which it may be changed once."""
    if told.get("Event") == "template_card_event" and told.get("ResponseCode") and told.get("TaskId"):
        return told["FromUserName"], stem(told["TaskId"]), told["ResponseCode"]
    return None


def wants_no_cards(told: dict[str, str]) -> bool:
    return told.get("Event") == "click" and told.get("EventKey") == NO_CARDS


def incoming(told: dict[str, str], bot: str) -> Incoming | None:
    """None for what is nobody's doing, or says nothing to us."""
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
