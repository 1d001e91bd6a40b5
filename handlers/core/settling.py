"""Bring up to date what people see of the organisation after it changed, through whichever door."""

from handlers.core.context import Context
from handlers.core.events import SetupMoved
from models.messaging import command_menus


def organisation_moved(context: Context) -> None:
    """Give everybody the menu of their role, and show the admins' first steps as they are now."""
    command_menus.refresh(context.session, context.defaults.locale, context.today)
    context.emit(SetupMoved())
