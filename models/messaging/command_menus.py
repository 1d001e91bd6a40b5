"""Remember which command menu a person's chat shows, if it differs from everybody's. The channel asks `stale` and
reports `shown`. A retired account gets a member's menu again, an unreachable one waits."""

from datetime import date

from sqlmodel import Field, Session, col, or_, select

from models.absence import deputies
from models.absence.deputies import Deputy
from models.core.table import Table
from models.messaging.addresses import Address, Reach
from models.organisation.people import Membership, Person, Role

RANK = {Role.MEMBER: 0, Role.LEAD: 1, Role.ADMIN: 2}


class Menu(Table, table=True):
    """The menu of a role in a language, as a chat should have it and as it has it; None: nothing was set for this chat
    yet, so it has everybody's."""

    address_id: int = Field(foreign_key="address.id", primary_key=True)
    role: str
    locale: str
    shown_role: str | None = None
    shown_locale: str | None = None


def refresh(session: Session, locale: str, day: date, only: Person | None = None) -> None:
    """Compute which menus chats should have on a day, in all chats or in one person's. `locale` is the organisation's,
    in which everybody has a member's menu from the start."""
    held = roles(session, day, only)
    query = select(Address, Person).join(Person, col(Person.id) == col(Address.person_id))
    if only is not None:
        query = query.where(Address.person_id == only.id)
    else:
        own = select(Menu.address_id)
        query = query.where(
            or_(col(Person.id).in_(held), col(Person.locale).is_not(None), col(Address.id).in_(own))
        )  # fmt: skip
    for address, person in session.exec(query).all():
        role = Role.MEMBER if address.reach == Reach.RETIRED else held.get(person.id, Role.MEMBER)
        _want(session, address, role, person.locale or locale, locale)


def roles(session: Session, day: date, only: Person | None = None) -> dict[int, Role]:
    """Return the highest role of everybody who has one, or of one person, by the person's id; deputies for leads
    included."""
    held = select(Membership.person_id, Membership.role).where(Membership.role != Role.MEMBER)
    standing = select(Deputy.deputy_id).where(deputies.on(day), col(Deputy.unit_id).is_not(None))
    if only is not None:
        held, standing = held.where(Membership.person_id == only.id), standing.where(Deputy.deputy_id == only.id)
    found = dict.fromkeys(session.exec(standing).all(), Role.LEAD)
    for person_id, role in session.exec(held).all():
        found[person_id] = max(found.get(person_id, Role.MEMBER), Role(role), key=RANK.__getitem__)
    return found


def _want(session: Session, address: Address, role: Role, locale: str, default: str) -> None:
    menu = session.get(Menu, address.id)
    if menu is None and (role is Role.MEMBER and locale == default):
        return
    menu = menu or Menu(address_id=address.id, role=role, locale=locale)
    menu.role, menu.locale = role, locale
    session.add(menu)


def stale(session: Session, channel: str, limit: int) -> list[tuple[Address, str, str]]:
    """Return the chats of a channel that have another menu than they should: address, role, locale."""
    rows = session.exec(
        select(Address, Menu)
        .join(Menu, col(Menu.address_id) == col(Address.id))
        .where(
            Address.channel == channel,
            Address.reach != Reach.UNREACHABLE,
            or_(
                col(Menu.shown_role).is_(None), col(Menu.shown_role) != col(Menu.role),
                col(Menu.shown_locale) != col(Menu.locale),
            ),
        )
        .order_by(col(Address.id))
        .limit(limit)
    ).all()  # fmt: skip
    return [(address, menu.role, menu.locale) for address, menu in rows]


def shown(session: Session, address_id: int, role: str, locale: str) -> None:
    """Note that this chat has this menu now."""
    menu = session.get_one(Menu, address_id)
    menu.shown_role, menu.shown_locale = role, locale
    session.add(menu)
