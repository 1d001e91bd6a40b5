"""Bring up to date what the chats show of what was changed at the terminal."""

from datetime import datetime

from sqlmodel import Session

from bot.settings import Settings
from handlers.core import settling
from handlers.core.context import Context
from handlers.core.events import SetupMoved
from handlers.organisation import checklist


def organisation_moved(session: Session, settings: Settings, now: datetime) -> None:
    """Do what the chat does after a change; the program that runs delivers it."""
    settling.organisation_moved(Context(session, now, settings.defaults, {SetupMoved: (checklist.redraw,)}))
