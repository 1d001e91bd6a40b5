"""Answer people whom nobody enrolled: codes and what the platform vouches for are looked at, anything else gets one
polite line."""

from datetime import timedelta

from sqlmodel import col, select

from handlers import typed_commands
from handlers.core.context import Context
from handlers.core.incoming import Event
from handlers.core.turn import Turn
from handlers.messaging import enrolment
from handlers.organisation import start
from models.channels import code_attempts
from models.messaging import addresses
from models.messaging.addresses import Address
from models.messaging.cards import Card


def answer(turn: Turn) -> None:
    """Answer a stranger with one polite line, at most once an hour; look at codes and at what the platform
    vouches for."""
    session, incoming = turn.session, turn.incoming
    if not addresses.private(incoming.account, incoming.chat) or (incoming.vouched and enrolment.vouched(turn)):
        return
    if incoming.event is Event.JOINED:
        return  # there may be thousands in the same moment, and none of them asked
    address = session.exec(
        select(Address).where(
            Address.channel == incoming.channel, Address.account == incoming.account, Address.chat == incoming.chat
        )
    ).first()
    if address is None:
        address = Address(
            channel=incoming.channel, account=incoming.account, chat=incoming.chat, since=turn.now, used_at=turn.now
        )
        session.add(address)
        session.flush()
    turn.address = address
    name, rest = typed_commands.split((incoming.text or "").strip())
    if name == "start" and rest:
        start.start(turn, rest)
        return
    last = session.exec(
        select(Card.created_at).where(Card.address_id == address.id).order_by(col(Card.id).desc()).limit(1)
    ).first()
    if last is None or turn.now - last > timedelta(hours=1):
        start.start(turn, "")


def guessed(context: Context, times: int, accounts: int) -> None:
    """Note wrong codes that were dropped for want of room, and tell the admins of an attack."""
    counts = code_attempts.turned_away(context.session, times, accounts, context.now)
    if counts:
        enrolment.tell_of_guessing(context, *counts)
