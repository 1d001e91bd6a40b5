"""The roles from which behaviours may be used, and the one check of a person's role."""

from enum import IntEnum

from handlers.core.turn import Turn
from models.authority import permissions


class Access(IntEnum):
    """The lowest role that may use something: higher roles may use it as well."""

    ANYBODY = 0
    MEMBER = 1
    LEAD = 2
    ADMIN = 3


ANYBODY, MEMBER, LEAD, ADMIN = Access.ANYBODY, Access.MEMBER, Access.LEAD, Access.ADMIN


def may(turn: Turn, role: Access) -> bool:
    """Say whether the person who speaks has this role or a higher one; the behaviour checks whether the unit
    is theirs."""
    if role == ADMIN:
        return bool(permissions.administers(turn.session, turn.person))
    return role <= MEMBER or bool(permissions.leads(turn.session, turn.person, turn.today))
