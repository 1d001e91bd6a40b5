"""Say who may see which chats, and what the list of chats shows: a handful of queries, however many people."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from html import unescape
from typing import Any
from urllib.parse import quote

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from handlers.core import confirmations
from handlers.registry import ROUTES
from handlers.reporting import form_buttons, proxy, wards
from models.channels.webchat import Message
from models.messaging.addresses import Address, Reach, who
from models.messaging.contents import Picture
from models.organisation.people import Kind, Membership, Person, Role, here
from models.organisation.similar_names import sounds
from models.organisation.units import Unit, above

RANK = {Role.MEMBER: 0, Role.LEAD: 1, Role.ADMIN: 2}
# what a screen leads to, shown as its main button; a zero report is none, for it is worth no more than another
PRIMARY = {
    ROUTES.name(run) for run in (form_buttons.submit, confirmations.confirm, proxy.tap_confirm, wards.tap_confirm)
}
RECENT = 2000  # messages back to which unread marks count
MOST_FOUND = 30  # messages that a search shows
MOST_LOOKED_AT = 200
TAIL = 20  # the highest number a chat's mark shows


@dataclass(frozen=True)
class Viewer:
    """An enrolled account and the chats it may see and write in."""

    account: str
    person: Person
    chats: frozenset[str]


def viewer(session: Session, account: str, today: date) -> Viewer | None:
    """Return the person behind this account, with their own chat and the groups of their units and of those above."""
    found = who(session, "web", account)
    if found is None or found[0].left_by(today):
        return None
    person, address = found
    paths = session.exec(select(Unit.path).join(Membership).where(Membership.person_id == person.id)).all()
    seen = {top for path in paths for top in above(path)}
    groups = session.exec(select(Address.chat).join(Unit).where(_live(), col(Unit.path).in_(seen))).all()
    return Viewer(account, person, frozenset([address.chat, *groups]))


def everybody(session: Session) -> frozenset[str]:
    """Return all chats of the browser channel, which the demo's page may see."""
    return frozenset(session.exec(select(Address.chat).where(_live())).all())


def _live() -> ColumnElement[bool]:
    return (col(Address.channel) == "web") & (col(Address.reach) != Reach.RETIRED)


def people(session: Session, today: date, only: Viewer | None) -> list[dict[str, Any]]:
    """Return the people who have a chat, in the order of the tree, the leads of a unit first."""
    query = select(Person, Address).join(Address, col(Address.person_id) == col(Person.id))
    query = query.where(_live(), Person.kind == Kind.STAFF, here(today))
    if only is not None:
        query = query.where(Person.id == only.person.id)
    places = defaultdict(list)
    of_unit = select(Membership, Unit).join(Unit).order_by(col(Unit.rank))
    if only is not None:
        of_unit = of_unit.where(Membership.person_id == only.person.id)
    for membership, unit in session.exec(of_unit).all():
        places[membership.person_id].append((membership, unit))
    reporters = select(Person.reporter_id, func.count()).where(here(today)).group_by(col(Person.reporter_id))
    wards = dict(session.exec(reporters).all())
    rows = [
        _person(person, address, places[person.id], wards.get(person.id, 0)) for person, address in session.exec(query)
    ]
    return sorted(rows, key=lambda row: (row.pop("order"), -RANK[Role(row["role"])], row["staff_no"]))


def _person(person: Person, address: Address, places: list[tuple[Membership, Unit]], wards: int) -> dict[str, Any]:
    """Return a person under their highest role, placed by their home unit."""
    chief = max(places, key=lambda p: (RANK[Role(p[0].role)], p[0].home), default=None)
    return {
        "chat": address.chat,
        "account": address.account,
        "kind": "person",
        "name": person.name,
        "staff_no": person.staff_no,
        "role": Role(chief[0].role).value if chief else Role.MEMBER.value,
        "unit": chief[1].name if chief else "",
        "path": chief[1].path if chief else "",
        "paths": [unit.path for _, unit in places],
        "wards": wards,
        "order": next((unit.rank for membership, unit in places if membership.home), ""),
    }


def groups(session: Session, only: Viewer | None) -> list[dict[str, Any]]:
    """Return the group chats in the order of the tree."""
    query = select(Unit, Address.chat).join(Address).where(_live()).order_by(col(Unit.rank))
    if only is not None:
        query = query.where(col(Address.chat).in_(only.chats))
    return [
        {"chat": chat, "kind": "group", "name": unit.name, "path": unit.path}
        for unit, chat in session.exec(query).all()
    ]


def lasts(session: Session, chats: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return each chat's last message in short, and the ids of the bot's recent ones, from which unread marks are
    counted."""
    newest = (
        select(Message.id)
        .where(Message.chat == Address.chat, col(Message.deleted).is_(False))
        .order_by(col(Message.id).desc())
        .limit(1)
        .correlate(Address)
        .scalar_subquery()
    )
    wanted = set(chats)
    shown = session.exec(select(Message).where(col(Message.id).in_(select(newest).select_from(Address).where(_live()))))
    found: dict[str, dict[str, Any]] = {
        m.chat: {"id": m.id, "text": preview(m), "at": m.at.isoformat(), "recent": []}
        for m in shown
        if m.chat in wanted
    }
    top = session.exec(select(func.max(Message.id))).one() or 0
    recent = select(Message.chat, Message.id).where(
        Message.id > top - RECENT, col(Message.author).is_(None), col(Message.deleted).is_(False)
    )
    for chat, number in session.exec(recent.order_by(col(Message.id))).all():
        if chat in found:
            found[chat]["recent"] = [*found[chat]["recent"][1 - TAIL :], number]
    return found


def preview(message: Message, length: int = 80) -> str:
    """Return a message in one line."""
    if message.file and not message.text:
        return f"📎 {message.file['name']}"
    text = message.text if message.author else unescape(re.sub(r"<[^>]*>", "", message.text))
    return " ".join(text.split())[:length]


def shapes(session: Session, found: Sequence[Message]) -> list[dict[str, Any]]:
    """Return messages as the page gets them, with the names of the people who typed."""
    authors = {m.author for m in found if m.author}
    rows = select(Address.account, Person.name).join(Person, col(Address.person_id) == col(Person.id))
    names = dict(session.exec(rows.where(Address.channel == "web", col(Address.account).in_(authors))).all())
    return [shape(m, names.get(m.author or "")) for m in found]


def _does(data: str) -> str:
    """Return what a button does, without what it does it to."""
    return ".".join(data.split(".", 2)[:2])


def shape(message: Message, name: str | None) -> dict[str, Any]:
    file = message.file
    return {
        "id": message.id,
        "chat": message.chat,
        "author": message.author,
        "name": name,
        "text": message.text,
        "buttons": [[{**it, "primary": _does(it["data"]) in PRIMARY} for it in row] for row in message.buttons],
        "file": {**file, "url": f"/chat/file/{file['digest']}/{quote(file['name'], safe='')}"} if file else None,
        "picture": {"alt": message.picture["alt"], "url": f"/chat/picture/{message.picture['digest']}"}
        if message.picture
        else None,
        "at": message.at.isoformat(),
        "edited": message.edited_at.isoformat() if message.edited_at else None,
        "deleted": message.deleted,
        "change": message.change,
        "preview": preview(message),
    }


def sounding(session: Session, chats: Iterable[str], wanted: str) -> list[str]:
    """Return which of these chats are of somebody, or of a unit, whose name has this pinyin."""
    query = select(Address.chat, Person.name, Unit.name).outerjoin(Person).outerjoin(Unit)
    rows = session.exec(query.where(_live(), col(Address.chat).in_(set(chats)))).all()
    return [chat for chat, person, unit in rows if sounds(wanted, person or unit or "")]


def search(session: Session, chats: Iterable[str], wanted: str) -> list[dict[str, Any]]:
    """Return the newest messages of these chats in which the wanted words are read, each with the words around them."""
    like = "".join(f"%{'!' if it in '!%_' else ''}{it}" for it in wanted if it not in ' <>&"') + "%"  # across markup
    query = select(Message).where(col(Message.chat).in_(set(chats)), col(Message.deleted).is_(False))
    query = query.where(func.lower(Message.text).like(like.lower(), escape="!"))
    rows = session.exec(query.order_by(col(Message.id).desc()).limit(MOST_LOOKED_AT)).all()
    read = ((message, preview(message, 4096)) for message in rows)  # without the markup, in which nobody searches
    found = [(message, text) for message, text in read if wanted.lower() in text.lower()][:MOST_FOUND]
    shaped = shapes(session, [message for message, _ in found])
    return [it | {"found": _around(text, wanted)} for it, (_, text) in zip(shaped, found, strict=True)]


def _around(text: str, wanted: str) -> str:
    at = max(0, text.lower().find(wanted.lower()) - 20)
    return f"{'…' if at else ''}{text[at : at + 100]}"


def drawn_in(session: Session, digest: str, chats: Collection[str]) -> Picture | None:
    """Return the picture with this digest, if a message in one of these chats shows it."""
    rows = session.exec(select(Message).where(Message.digest == digest, col(Message.deleted).is_(False))).all()
    shown = next((m.picture for m in rows if m.picture and m.chat in chats), None)
    return Picture(**{name: it for name, it in shown.items() if name != "digest"}) if shown else None


def carrying(session: Session, digest: str) -> dict[str, dict[str, Any]]:
    """Return the chats in which a message carries this file, and how the file is described there."""
    rows = session.exec(select(Message).where(Message.digest == digest, col(Message.deleted).is_(False))).all()
    return {m.chat: m.file for m in rows if m.file}
