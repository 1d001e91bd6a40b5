"""Find group chats bound to a unit by hand: which there are, whose they are, and what happens to one that moves
(docs/rules.md 13.4).

A group bound by hand is an address with a title; without a unit it is one the bot is in. The browser's groups have no
title, so `/bind` leaves them alone."""

import secrets
from datetime import datetime

from sqlmodel import Session, col, or_, select

from models.core.errors import Refusal
from models.messaging import cards, delivery_queue
from models.messaging.addresses import Address, Reach, is_group
from models.messaging.cards import Card
from models.organisation.people import Membership
from models.organisation.units import Unit

TOPIC = "/"  # between a group's id and that of a topic in it: each topic is a chat of its own
ROBOT, ROBOTS = "robot:", "wecom"  # before the key in the chat of a WeCom group robot; and its channel
APPCHAT = "appchat:"  # before a name that we choose, in a chat that the app opens itself


def at(session: Session, channel: str, chat: str) -> Address | None:
    """Return the group of this chat, bound or not; None for a person's chat and for an unknown one."""
    return session.exec(
        select(Address).where(Address.channel == channel, Address.chat == chat, col(Address.person_id).is_(None))
        .where(is_group())
    ).first()  # fmt: skip


def meet(session: Session, channel: str, chat: str, title: str | None, now: datetime) -> Address:
    """Note that the bot is in this group, so that it can be bound. A topic has its group's name."""
    found = at(session, channel, chat)
    if found is None:
        whole = at(session, channel, chat.partition(TOPIC)[0])
        found = Address(channel=channel, account=chat, chat=chat, since=now, used_at=now)
        found.title = (whole.title if whole else None) or ""
    found.title = found.title if title is None else title
    found.reach, found.trouble = Reach.REACHABLE, None
    session.add(found)
    session.flush()
    return found


def passing(session: Session, channel: str, chat: str, now: datetime) -> Address:
    """Note a group nobody has mentioned yet, to tell it one thing. It is offered to no admin, because anybody may open
    groups."""
    group = meet(session, channel, chat, None, now)
    group.reach = Reach.RETIRED
    session.add(group)
    return group


def robot(session: Session, key: str, now: datetime) -> Address:
    """Note a WeCom group that a robot posts into; it is called by the last four letters of the key, which
    stays secret."""
    return meet(session, ROBOTS, ROBOT + key, f"…{key[-4:]}", now)


def app_chat(session: Session, unit: Unit, now: datetime) -> Address:
    """Return the WeCom chat that the app opens itself with the first post, for the people of a unit: always the same.
    Raises `groups.too_few` if fewer than two of them use WeCom (D/90245)."""
    mine = select(Membership.person_id).where(Membership.unit_id == unit.id)
    there = select(Address.person_id).where(Address.channel == ROBOTS, Address.reach == Reach.REACHABLE)
    if len(set(session.exec(there.where(col(Address.person_id).in_(mine))).all())) < 2:
        raise Refusal("groups.too_few", path=unit.path)
    begins = f"{APPCHAT}zr{unit.id}x"
    known = session.exec(select(Address.chat).where(col(Address.chat).startswith(begins, autoescape=True))).first()
    return meet(session, ROBOTS, known or begins + secrets.token_hex(6), unit.name, now)


def bindable(session: Session, unit_id: int | None) -> list[Address]:
    """Return the groups bound by hand to a unit; for None those the bot is in and that are bound to none, the newest
    first."""
    return list(
        session.exec(
            select(Address)
            .where(
                Address.unit_id == unit_id, col(Address.title).is_not(None), Address.reach != Reach.RETIRED,
                or_(Address.reach == Reach.REACHABLE, col(Address.unit_id).is_not(None)),
            )
            .order_by(col(Address.id).desc())
        ).all()
    )  # fmt: skip


def with_topics(session: Session, channel: str, chat: str) -> list[Address]:
    """Return a group as a whole: itself and its known topics."""
    return list(
        session.exec(
            select(Address).where(
                Address.channel == channel,
                col(Address.person_id).is_(None),
                is_group(),
                or_(Address.chat == chat, col(Address.chat).startswith(chat + TOPIC, autoescape=True)),
            )
        ).all()
    )


def _hand_over(session: Session, before: Address, after: Address) -> None:
    """Move what waits for one address to another, in the same slot."""
    waiting = select(Card).where(Card.address_id == before.id, col(Card.pending).is_(True))
    for card in session.exec(waiting).all():
        if cards.in_slot(session, card.slot(after)):
            delivery_queue.call_off(session, card)
        else:
            card.address_id = after.id
            session.add(card)


def move(session: Session, channel: str, before: str, after: str) -> None:
    """Give a group the id that the platform gave it: its topics move along, and nothing else changes."""
    if before == after:
        return  # another message to the same group reported it first
    there = {a.chat: a for a in with_topics(session, channel, after)}
    for group in with_topics(session, channel, before):
        chat = after + group.chat[len(before) :]
        known = there.get(chat)
        if known is None:
            group.account = group.chat = chat
        else:  # it is known under both ids
            known.unit_id, group.unit_id, group.reach = known.unit_id or group.unit_id, None, Reach.RETIRED
            session.add(known)
            _hand_over(session, group, known)
        session.add(group)
    session.flush()
