"""Say whose files are read, and tell the sender while reading takes a while."""

from datetime import date

from sqlmodel import Session

from handlers.core.context import Context
from handlers.core.incoming import Incoming
from models.authority import permissions
from models.changes import file_readings
from models.files import blobs
from models.messaging import addresses, cards
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation import units


def is_read(session: Session, incoming: Incoming, data: bytes, today: date) -> bool:
    """Say whether this may be a roster or a form from somebody who administers something, or a duty table from somebody
    who leads, on this day, in a chat of their own."""
    file = incoming.file
    if file is None or not incoming.private or file.size > blobs.LARGEST:
        return False
    meant = file_readings.may_be_meant(file.name, data)
    if not meant and not file_readings.may_be_duty(file.name, data):
        return False
    found = addresses.who(session, incoming.channel, incoming.account)
    if found is None:
        return False
    if meant and permissions.administers(session, found[0]):
        return True
    return file_readings.may_be_duty(file.name, data) and bool(permissions.leads(session, found[0], today))


def of_the_whole(session: Session, incoming: Incoming) -> bool:
    """Say whether this is from an admin of the whole: only their files may hold everybody up for a while."""
    found, top = addresses.who(session, incoming.channel, incoming.account), units.root(session)
    return top is None or (found is not None and permissions.may_admin(session, found[0], top.path))


def say_being_read(context: Context, incoming: Incoming, name: str) -> None:
    found = addresses.who(context.session, incoming.channel, incoming.account)
    if found:
        person, address = found
        content = context.words_for(person).content("core/file_being_read", name=name)
        cards.want(
            context.session, Slot.of(Subject.FILE_BEING_READ, address, *incoming.id), Kind.REPLY, content, context.now
        )
